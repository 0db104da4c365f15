import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { ant } from '../../src/codec/ant';
import { BOARD_MEMORY } from '../../src/codec/ant/emulator';
import { buildFrame } from '../../src/codec/ant/wire';
import type { Decoded, ScriptInput } from '../../src/codec/protocol';
import { antFrame, antVector, segment } from '../support/ant';
import { ControlBench } from '../support/control-scenes';
import { actionOf, checkExchange, drive, orderFor, type Respond } from '../support/action-script';
import type { Run } from '../support/script';
import type { Exchange } from '../support/vectors';

const LEVEL_1 = '12345678';
const LEVEL_5 = '123456789012';
const VERIFY_1 = '7ea1234a01083132333435363738db50aa55';
const VERIFIED_1 = '7ea1434a010201009d5bff0500002031aa55';
const VERIFY_5 = '7ea1236a010c3132333435363738393031328cbfaa55';
const VERIFIED_5 = '7ea1436a010205001e5caa55';
const CHARGE_OFF = '7ea151040000c8e4aa55';
const SAVE = '7ea15107000038e4aa55';
const SAVED = '7ea1610700020100b62baa55';
/** 50 % of 100 Ah, from the sheet */
const HALF = '7ea122a6000480f0fa02a1feaa55';

const FULL: Decoded = { reading: { designCapacity: 100, remainingCapacity: 100 }, memory: { level: 0 } };

function order(value: ActionValue, more: Partial<ScriptInput> = {}): ScriptInput {
  return orderFor(ant, value, { before: FULL, ...more });
}

function run(name: ActionName, wanted: ScriptInput, respond: Respond): Run<void> {
  return drive(ant, actionOf(ant, name).script(wanted), respond);
}

/** The answer to a command. */
function result(code: number, value: number): string {
  return antFrame(0xa1, 0x61, code, Buffer.from([value, 0])).toString('hex');
}

/** The answer to a write, which echoes the data whatever it means. */
function written(request: string, code: number, data = ''): string {
  const bytes = Buffer.from(request, 'hex');
  const echoed = bytes.subarray(6, 6 + bytes.readUInt8(5));
  return antFrame(0xa1, 0x42, bytes.readUInt16LE(3), echoed, segment(0xff, code, data)).toString('hex');
}

function verified(register: number, level: number, rest = ''): string {
  return antFrame(0xa1, 0x43, register, Buffer.from([level, 0]), rest).toString('hex');
}

function exchanges(number: string): Exchange[] {
  return antVector('ant', number).exchanges;
}

function exchange(number: string, tx: string): Exchange {
  const found = exchanges(number).find((entry) => entry.tx === tx);
  assert.ok(found, `${number} has no ${tx}`);
  return found;
}

/** What an action says of the statuses of a vector, one after the other. */
function states(number: string, name: ActionName): unknown[] {
  const { confirm } = actionOf(ant, name);
  return exchanges(number)
    .filter(({ tx }) => tx.startsWith('7ea101'))
    .map(({ rx }) => {
      const look = drive(ant, confirm.read(order(true).target), () => rx);
      return look.result && confirm.state(look.result);
    });
}

describe('ant control (section 7)', () => {
  it('sends the captured commands, and takes the captured answers', () => {
    for (const [number, tx, name, value] of [
      ['11', CHARGE_OFF, 'charge', false],
      ['11', '7ea151010000d8e5aa55', 'discharge', false],
      ['12', '7ea1510d000018e6aa55', 'balancing', true],
      ['12', '7ea1510e0000e8e6aa55', 'balancing', false],
      ['13', '7ea1510d000018e6aa55', 'balancing', true],
      ['14', '7ea1510600006924aa55', 'charge', true],
      ['15', '7ea151010000d8e5aa55', 'discharge', false],
      ['15', '7ea1510300007925aa55', 'discharge', true],
    ] as const) {
      checkExchange(ant, actionOf(ant, name), order(value), exchange(number, tx));
    }
  });

  it('sends the commands of the sheet that nobody has captured', () => {
    for (const [name, tx, rx] of [
      ['zeroCurrent', '7ea15108000008e7aa55', '7ea1610800020100e22aaa55'],
      ['restart', '7ea1510900005927aa55', '7ea1610900020100dfeaaa55'],
      ['shutdown', '7ea1510b0000f8e7aa55', '7ea1610b00020100a62aaa55'],
    ] as const) {
      const action = actionOf(ant, name);
      checkExchange(ant, action, order(true), { tx, rx: [rx], what: '' });
      assert.equal(action.dangerous, true);
    }
    assert.equal(actionOf(ant, 'restart').confirm.state(FULL), undefined);
  });

  it('confirms by the status: both MOSFETs off', () => {
    assert.deepEqual([states('11', 'charge'), states('11', 'discharge')], [[false], [false]]);
    assert.deepEqual(states('15', 'discharge'), [false, true, true]);
  });

  it('a charge that is switched on passes through code 0, which is not on', () => {
    assert.deepEqual(states('14', 'charge'), [false, true]);
  });

  it('confirms the balancer as it reports itself', () => {
    assert.deepEqual(states('12', 'balancing'), [true, false]);
    assert.deepEqual(states('13', 'balancing'), [true]);
  });

  it('the answer to another command, of another board, or a status answers nothing', () => {
    const status = exchange('14', '7ea1010000be1855aa55').rx.join('');
    const foreign = antFrame(0xa2, 0x61, 0x04, Buffer.from([1, 0])).toString('hex');
    const short = antFrame(0xa1, 0x61, 0x04, Buffer.from([1])).toString('hex');
    for (const answer of [status, result(0x06, 1), foreign, short, CHARGE_OFF]) {
      assert.equal(run('charge', order(false), () => answer).error?.code, 'timeout', answer);
    }
    assert.equal(run('charge', order(false), () => status + CHARGE_OFF + result(0x04, 1)).error, undefined);
    // A log that was refused is nobody's answer here.
    const refused = exchanges('19')[0]?.rx.join('') ?? '';
    assert.equal(run('charge', order(false), () => refused).error?.code, 'timeout');
  });

  it('any other result is a refusal', () => {
    for (const code of [0, 2, 4, 5, 6, 7, 9]) {
      const { sent, error } = run('charge', order(false, { password: LEVEL_5 }), () => result(0x04, code));
      assert.deepEqual([sent, error?.code], [[CHARGE_OFF], 'rejected'], `${code}`);
    }
  });
});

describe('ant passwords (section 9)', () => {
  /** A board on which a command wants a level that a password gives. */
  const locked =
    (verify: string, answer: string): Respond =>
    (request, count) => {
      if (request === verify) return answer;
      return result(0x04, count === 1 ? 3 : 1);
    };

  it('are not sent when the board does not want one', () => {
    for (const password of ['', LEVEL_1, LEVEL_5, 'nonsense that is long']) {
      const { sent, error } = run('charge', order(false, { password }), () => result(0x04, 1));
      assert.deepEqual([sent, error], [[CHARGE_OFF], undefined]);
    }
  });

  it('level 1: checked once, although a result 5 comes with it, and the command sent again', () => {
    const [captured] = exchanges('10');
    assert.deepEqual([captured?.tx, captured?.rx.join('')], [VERIFY_1, VERIFIED_1]);
    const { sent, error, steps } = run('charge', order(false, { password: LEVEL_1 }), locked(VERIFY_1, VERIFIED_1));
    assert.deepEqual([sent, error], [[CHARGE_OFF, VERIFY_1, CHARGE_OFF], undefined]);
    const unread = order(false, { password: LEVEL_1, before: { reading: {} } });
    assert.equal(run('charge', unread, locked(VERIFY_1, VERIFIED_1)).error, undefined);
    assert.deepEqual([steps[1]?.isWrite, steps[1]?.timeoutMs], [true, 4000]);
    assert.ok(!steps.some(({ name }) => name.includes(LEVEL_1)));
  });

  it('level 5 has the slot of 12 characters', () => {
    const { sent, error } = run('charge', order(false, { password: LEVEL_5 }), locked(VERIFY_5, VERIFIED_5));
    assert.deepEqual([sent, error], [[CHARGE_OFF, VERIFY_5, CHARGE_OFF], undefined]);
  });

  it('none configured: denied, and it says where to enter it', () => {
    const { sent, error } = run('charge', order(false), () => result(0x04, 3));
    assert.deepEqual([sent, error?.code], [[CHARGE_OFF], 'denied']);
    assert.match(error?.message ?? '', /enter its password in the device/);
  });

  it('a wrong one: denied, without another try in any slot, and not in the message', () => {
    for (const [password, register, level] of [
      [LEVEL_1, 330, 0],
      [LEVEL_5, 362, 0],
      [LEVEL_5, 362, 4],
    ] as const) {
      const respond: Respond = (_request, count) =>
        count === 1 ? result(0x04, 3) : verified(register, level, segment(0xff, 5));
      const { sent, error } = run('charge', order(false, { password }), respond);
      assert.deepEqual([sent.length, error?.code], [2, 'denied']);
      assert.ok(!error?.message.includes(password));
    }
  });

  it('one that cannot be a password is not sent', () => {
    for (const password of ['1234567', '123456789', '1234567890123', 'pässword', '1234567\n']) {
      const { sent, error } = run('charge', order(false, { password }), () => result(0x04, 3));
      assert.deepEqual([sent, error?.code], [[CHARGE_OFF], 'denied'], JSON.stringify(password));
      assert.ok(!error?.message.includes(password));
    }
  });

  it('one whose level is in force already is of no use and not sent', () => {
    for (const [password, level] of [
      [LEVEL_1, 1],
      [LEVEL_1, 5],
      [LEVEL_5, 5],
    ] as const) {
      const before = { ...FULL, memory: { level } };
      const { sent, error } = run('charge', order(false, { password, before }), () => result(0x04, 3));
      assert.deepEqual([sent, error?.code], [[CHARGE_OFF], 'denied']);
    }
  });

  it('a right one whose level is too low: denied after one more try', () => {
    const respond: Respond = (request) => (request === VERIFY_1 ? VERIFIED_1 : result(0x04, 3));
    const { sent, error } = run('charge', order(false, { password: LEVEL_1 }), respond);
    assert.deepEqual([sent, error?.code], [[CHARGE_OFF, VERIFY_1, CHARGE_OFF], 'denied']);
    assert.match(error?.message ?? '', /level 5/);
  });

  it('what else goes wrong after a right one is told as it is', () => {
    for (const [answer, code] of [
      [result(0x04, 2), 'rejected'],
      [undefined, 'timeout'],
    ] as const) {
      const respond: Respond = (request, count) =>
        request === VERIFY_1 ? VERIFIED_1 : count === 1 ? result(0x04, 3) : answer;
      assert.equal(run('charge', order(false, { password: LEVEL_1 }), respond).error?.code, code);
    }
  });

  it('the answer for another slot, of another board, or without a level is none', () => {
    for (const answer of [
      verified(338, 2),
      antFrame(0xa2, 0x43, 330, Buffer.from([1, 0])).toString('hex'),
      antFrame(0xa1, 0x43, 330, Buffer.from([1])).toString('hex'),
      result(0x04, 1),
    ]) {
      const respond = locked(VERIFY_1, answer);
      const { sent, error } = run('charge', order(false, { password: LEVEL_1 }), respond);
      assert.deepEqual([sent.length, error?.code], [2, 'timeout']);
    }
  });

  it('opens a locked board once, and finds it open the next time', async () => {
    const bench = new ControlBench(ant, { password: LEVEL_1 });
    bench.pack.memory.set(BOARD_MEMORY.level, 0);
    const outcome = await bench.wish({ action: 'charge', value: false });
    assert.deepEqual(outcome, { action: 'charge', value: false, before: true, after: false });
    assert.equal(typeof (await bench.wish({ action: 'charge', value: true })), 'object');
    assert.equal(bench.link.sent.filter((request) => request === VERIFY_1).length, 1);
    assert.equal(bench.commands.length, 2);
    // parameters want more than level 1 on this board
    assert.equal(await bench.wish({ action: 'soc', value: 40 }), 'denied');
    assert.equal(bench.link.sent.filter((request) => request.startsWith('7ea123')).length, 1);
    assert.equal(await bench.close(), 0);
  });

  it('a wrong or missing one leaves a locked board as it was', async () => {
    for (const [password, tries] of [
      ['', 0],
      ['87654321', 1],
      ['999999999999', 1],
    ] as const) {
      const bench = new ControlBench(ant, { password });
      bench.pack.memory.set(BOARD_MEMORY.level, 0);
      assert.equal(await bench.wish({ action: 'discharge', value: false }), 'denied', password);
      assert.equal(bench.link.sent.filter((request) => request.startsWith('7ea123')).length, tries);
      assert.deepEqual([bench.commands.length, bench.pack.switches.discharge], [0, true]);
      await bench.close();
    }
  });

  it('level 5 opens parameters', async () => {
    const bench = new ControlBench(ant, { password: LEVEL_5 });
    bench.pack.memory.set(BOARD_MEMORY.level, 0);
    assert.equal(typeof (await bench.wish({ action: 'soc', value: 40 })), 'object');
    assert.equal(bench.link.sent.filter((request) => request === VERIFY_5).length, 1);
    await bench.close();
  });
});

describe('ant SOC (sections 10.1, 10.4)', () => {
  /** A board that takes writes and saves them. */
  const obedient: Respond = (request) => (request === SAVE ? SAVED : written(request, 10));

  it('writes the remaining capacity, then saves', () => {
    const { sent, error, steps } = run('soc', order(50), obedient);
    assert.deepEqual([sent, error], [[HALF, SAVE], undefined]);
    assert.ok(steps.every(({ isWrite: once }) => once));
  });

  it('saves as the app was seen to', () => {
    const save = exchange('18', SAVE);
    const respond: Respond = (request) => (request === SAVE ? save.rx : written(request, 10));
    assert.equal(run('soc', order(50), respond).error, undefined);
  });

  it('writes registers as the app was seen to', () => {
    for (const { tx, rx } of exchanges('18').filter(({ tx: request }) => request.startsWith('7ea122'))) {
      const bytes = Buffer.from(tx, 'hex');
      const data = bytes.subarray(6, 8);
      assert.equal(buildFrame(0xa1, 0x22, bytes.readUInt16LE(3), data).toString('hex'), tx);
      assert.equal(rx.join(''), written(tx, 10));
    }
  });

  it('at the ends of the range, and of a pack that nobody else has', () => {
    for (const [value, capacity, raw] of [
      [0, 100, 0],
      [100, 100, 100_000_000],
      [33.3, 80, 26_640_000],
      [0.1, 0.000001, 0],
      [100, 4294.967295, 4_294_967_295],
    ] as const) {
      const before = { reading: { designCapacity: capacity } };
      const { sent } = run('soc', order(value, { before }), obedient);
      const data = Buffer.alloc(4);
      data.writeUInt32LE(raw);
      assert.equal(sent[0], antFrame(0xa1, 0x22, 166, data).toString('hex'), `${value} % of ${capacity} Ah`);
    }
  });

  it('a board that does not know its capacity cannot be told its SOC', () => {
    const { sent, error } = run('soc', order(50, { before: { reading: {} } }), obedient);
    assert.deepEqual([sent, error?.code], [[], 'unsupported']);
  });

  it('in two halves, the lower one first, when the board refuses four bytes', () => {
    const low = antFrame(0xa1, 0x22, 166, Buffer.from('80f0', 'hex')).toString('hex');
    const high = antFrame(0xa1, 0x22, 168, Buffer.from('fa02', 'hex')).toString('hex');
    const respond: Respond = (request) => (request === HALF ? written(request, 4) : obedient(request, 0));
    const { sent, error } = run('soc', order(50), respond);
    assert.deepEqual([sent, error], [[HALF, low, high, SAVE], undefined]);
    const never: Respond = (request) => written(request, 4);
    const refused = run('soc', order(50), never);
    assert.deepEqual([refused.sent, refused.error?.code], [[HALF, low], 'unsupported']);
    const silent: Respond = (request) => (request === HALF ? written(request, 4) : undefined);
    const lost = run('soc', order(50), silent);
    assert.deepEqual([lost.sent, lost.error?.code], [[HALF, low], 'timeout']);
  });

  it('the echo of the data says nothing: the result does, and names the limit', () => {
    for (const [code, data, comesTo, words] of [
      [1, '', 'denied', /password/],
      [2, 'a6000500', 'bad_value', /below its least value, which is 5 /],
      [3, 'a600e803', 'bad_value', /above its greatest value, which is 1000 /],
      [3, '', 'bad_value', /above its greatest value\./],
      [5, '', 'denied', /battery type/],
      [17, '', 'rejected', /17/],
    ] as const) {
      const { sent, error } = run('soc', order(50), (request) => written(request, code, data));
      assert.deepEqual([sent, error?.code], [[HALF], comesTo], `${code}`);
      assert.match(error?.message ?? '', words);
    }
  });

  it('an answer without a result is only an acknowledgement: what is read back decides', () => {
    const echo = antFrame(0xa1, 0x42, 166, Buffer.from('80f0fa02', 'hex')).toString('hex');
    const { sent, error } = run('soc', order(50), (request) => (request === SAVE ? SAVED : echo));
    assert.deepEqual([sent, error], [[HALF, SAVE], undefined]);
  });

  it('the answer for another register or of another board is none', () => {
    for (const answer of [
      antFrame(0xa1, 0x42, 162, Buffer.from('80f0fa02', 'hex'), segment(0xff, 10)),
      antFrame(0xa2, 0x42, 166, Buffer.from('80f0fa02', 'hex'), segment(0xff, 10)),
    ]) {
      assert.equal(run('soc', order(50), () => answer.toString('hex')).error?.code, 'timeout');
    }
  });

  it('after a lost answer the register is read, and saved only when the value is there', () => {
    const READ = antFrame(0xa1, 0x02, 166, Buffer.alloc(0)).toString('hex');
    const request = '7ea102a60004';
    assert.ok(READ.startsWith('7ea102a600'));
    const holding = (raw: number, func = 0x12, register = 166, length = 4): string => {
      const data = Buffer.alloc(4);
      data.writeUInt32LE(raw);
      return antFrame(0xa1, func, register, data.subarray(0, length), segment(0xff, 11)).toString('hex');
    };
    for (const [answer, saved] of [
      [holding(50_000_000), true],
      [holding(49_999_000), true],
      [holding(60_000_000), false],
      [holding(0xffffffff), false],
      [holding(50_000_000, 0x12, 162), false],
      [holding(50_000_000, 0x12, 166, 2), false],
      [holding(50_000_000, 0x42), false],
      [antFrame(0xa1, 0x12, 166, Buffer.alloc(4), segment(0xff, 1)).toString('hex'), false],
      [undefined, false],
    ] as const) {
      const respond: Respond = (asked) => (asked === SAVE ? SAVED : asked.startsWith(request) ? answer : undefined);
      const { sent, error, steps } = run('soc', order(50), respond);
      assert.deepEqual([sent.length, sent[2], error?.code], saved ? [3, SAVE, undefined] : [2, undefined, 'timeout']);
      assert.ok(sent[1]?.startsWith(request));
      assert.equal(steps[1]?.isWrite, false);
    }
  });

  it('a board that takes only halves ends up with the same SOC', async () => {
    const bench = new ControlBench(ant);
    bench.pack.memory.set(BOARD_MEMORY.wordsOnly, 1);
    const outcome = await bench.wish({ action: 'soc', value: 42 });
    assert.ok(typeof outcome === 'object', JSON.stringify(outcome));
    assert.ok(Math.abs(Number(outcome.after) - 42) <= 1);
    assert.equal(bench.commands.length, 1);
    assert.equal(await bench.close(), 0);
  });

  it('a lost answer: read back, saved, done, with one write', async () => {
    const bench = new ControlBench(ant);
    bench.mischief = 'acknowledgement lost';
    assert.equal(typeof (await bench.wish({ action: 'soc', value: 42 })), 'object');
    assert.equal(bench.link.sent.filter((request) => request.startsWith('7ea122')).length, 1);
    assert.equal(bench.link.sent.filter((request) => request === SAVE).length, 1);
    await bench.close();
  });
});

describe('ant board that is commanded (serve)', () => {
  const pack = { cellVoltages: [3.3], designCapacity: 100, remainingCapacity: 40 };

  function serve(request: string): string | undefined {
    return ant.emulate(Buffer.from(request, 'hex'))?.answer(pack).toString('hex');
  }

  it('does nothing when it only reads', () => {
    assert.equal(serve(CHARGE_OFF), result(0x04, 2));
    assert.equal(serve(SAVE), result(0x07, 2));
    assert.equal(serve(HALF), written(HALF, 17));
    assert.equal(serve(VERIFY_1), '');
  });

  it('does not zero its meter while current flows', () => {
    const { pack: board } = new ControlBench(ant);
    const zero = (): string | undefined =>
      ant.emulate(Buffer.from('7ea15108000008e7aa55', 'hex'))?.answer(board.read(), board).toString('hex');
    assert.equal(zero(), result(0x08, 6));
    board.execute('discharge', false);
    assert.equal(zero(), result(0x08, 1));
  });

  it('does not know what is never sent to it', () => {
    for (const request of ['7ea1511c000048e3aa55', '7ea1510c00004926aa55', '7ea1235201083132333435363738a5f0aa55']) {
      assert.equal(serve(request), undefined, request);
    }
  });

  it('tells the remaining capacity', () => {
    const request = '7ea102a60004';
    const data = Buffer.from('005a6202', 'hex');
    const answer = antFrame(0xa1, 0x12, 166, data, segment(0xff, 11)).toString('hex');
    const asked = drive(ant, actionOf(ant, 'soc').script(order(40)), () => undefined).sent[1] ?? '';
    assert.ok(asked.startsWith(request));
    assert.equal(serve(asked), answer);
  });

  it('has one register that can be written, and no halves of four bytes', () => {
    assert.equal(serve(antFrame(0xa1, 0x22, 162, Buffer.from('80f0fa02', 'hex')).toString('hex')), undefined);
    const request = antFrame(0xa1, 0x22, 168, Buffer.from('80f0fa02', 'hex'));
    const { pack: board } = new ControlBench(ant);
    const answer = ant.emulate(request)?.answer(pack, board).toString('hex');
    assert.equal(answer, written(request.toString('hex'), 4));
  });
});
