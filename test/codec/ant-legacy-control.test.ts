import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { antLegacy } from '../../src/codec/ant-legacy';
import type { AntLegacyMemory } from '../../src/codec/ant-legacy/queries';
import { IS_LOCKED as LOCKED } from '../../src/codec/ant-legacy/emulator';
import type { Decoded, ScriptInput, Protocol } from '../../src/codec/protocol';
import { antVector, legacyStatus, sealed } from '../support/ant';
import { ControlBench } from '../support/control-scenes';
import { actionOf, checkExchange, drive, orderFor, type Respond } from '../support/action-script';
import type { Run } from '../support/script';
import type { Exchange } from '../support/vectors';

const PASSWORD = '12345678';
const UNLOCK = 'a5a5f1313254a5a5f2333459a5a5f335365ea5a5f4373863';
const UNLOCKED = 'a5a5f50001f6a5a5f50001f6a5a5f50001f6a5a5f4373863';
const IS_LOCKED = 'a5a5f50001f6';
const KEEP_ALIVE = '5a5aff0000ff';
const CHARGE_ON = 'a5a5fa0001fb';
const CHARGE_OFF = 'a5a5fa0000fa';
const TOGGLE = 'a5a5fc0000fc';

const BEFORE: Decoded = { reading: { balancing: false, designCapacity: 100 } };

function order(value: ActionValue, more: Partial<ScriptInput> = {}): ScriptInput {
  return orderFor(antLegacy, value, { before: BEFORE, ...more });
}

function run(name: ActionName, wanted: ScriptInput, respond: Respond): Run<void> {
  return drive(antLegacy, actionOf(antLegacy, name).script(wanted), respond);
}

const echo: Respond = (request) => request;

function exchange(number: string, tx: string): Exchange {
  const found = antVector('ant-legacy', number).exchanges.find((entry) => entry.tx === tx);
  assert.ok(found, `${number} has no ${tx}`);
  return found;
}

/** What an action says of a status. */
function stateOf(name: ActionName, change: (frame: Buffer) => void): unknown {
  const frame = legacyStatus();
  change(frame);
  const { confirm } = actionOf(antLegacy, name);
  const look = drive(antLegacy, confirm.read(order(true).target), () => sealed(frame).toString('hex'));
  return look.result && confirm.state(look.result);
}

describe('ant-legacy control (section 5)', () => {
  it('sends the captured commands, and takes the captured echoes, behind that of a keep-alive too', () => {
    for (const [tx, name, value] of [
      [CHARGE_ON, 'charge', true],
      [CHARGE_OFF, 'charge', false],
      ['a5a5f90001fa', 'discharge', true],
    ] as const) {
      const captured = exchange('10', tx);
      const taken = run(name, order(value), () => captured.rx);
      assert.deepEqual([taken.sent, taken.error], [[tx], undefined]);
      checkExchange(antLegacy, actionOf(antLegacy, name), order(value), { ...captured, rx: [tx] });
    }
    assert.ok(exchange('10', CHARGE_OFF).rx.join('').startsWith(KEEP_ALIVE));
  });

  it('sends the commands of the sheet that nobody has captured', () => {
    for (const [name, value, tx] of [
      ['discharge', false, 'a5a5f90000f9'],
      ['zeroCurrent', true, 'a5a5f80000f8'],
      ['restart', true, 'a5a5fe0000fe'],
      ['shutdown', true, 'a5a5f70000f7'],
    ] as const) {
      checkExchange(antLegacy, actionOf(antLegacy, name), order(value), { tx, rx: [tx], what: '' });
    }
    for (const name of ['zeroCurrent', 'restart', 'shutdown'] as const) {
      assert.equal(actionOf(antLegacy, name).dangerous, true);
    }
    assert.equal(actionOf(antLegacy, 'shutdown').confirm.state(BEFORE), undefined);
  });

  it('a keep-alive, a status, or the echo of another command acknowledges nothing', () => {
    const status = sealed(legacyStatus()).toString('hex');
    for (const answer of [KEEP_ALIVE, status, CHARGE_OFF, 'a5a5f90001fa', '5a5afa0001fb', 'a55afa0001fb']) {
      assert.equal(run('charge', order(true), () => answer).error?.code, 'timeout', answer);
    }
    assert.equal(run('charge', order(true), () => status + KEEP_ALIVE + CHARGE_ON).error, undefined);
    assert.equal(run('charge', order(true), () => [`${KEEP_ALIVE}a5`, 'a5fa0001', 'fb']).error, undefined);
  });

  it('confirms by the status, in which 15 is off by hand', () => {
    for (const [code, on] of [
      [1, true],
      [0, false],
      [15, false],
      [2, false],
    ] as const) {
      assert.equal(
        stateOf('charge', (frame) => (frame[103] = code)),
        on,
      );
      assert.equal(
        stateOf('discharge', (frame) => (frame[104] = code)),
        on,
      );
    }
    assert.equal(
      stateOf('balancing', (frame) => (frame[105] = 4)),
      true,
    );
    assert.equal(
      stateOf('zeroCurrent', (frame) => frame.writeInt32BE(-3, 70)),
      false,
    );
    assert.equal(
      stateOf('zeroCurrent', (frame) => frame.writeInt32BE(0, 70)),
      true,
    );
  });

  it('asks for the status in the way that the board answers', () => {
    const read = (memory: AntLegacyMemory) =>
      drive(antLegacy, actionOf(antLegacy, 'charge').confirm.read({ address: 0, memory }), () => '').sent;
    assert.deepEqual(read({ kind: 'serial' }), ['5a5a00000000']);
    assert.deepEqual(read({ kind: 'module' }), ['dbdb00000000']);
  });

  it('the echo of a half-duplex line looks like an acknowledgement: what is read back decides', async () => {
    const bench = new ControlBench(antLegacy);
    bench.mischief = 'not obeyed';
    assert.equal(await bench.wish({ action: 'charge', value: false }), 'not_confirmed');
    assert.equal(bench.commands.length, 1);
    await bench.close();
  });
});

describe('ant-legacy balancer, a toggle (section 5)', () => {
  it('is sent only when it must change', () => {
    for (const [value, balances, sent] of [
      [true, false, [TOGGLE]],
      [false, true, [TOGGLE]],
      [true, true, []],
      [false, false, []],
    ] as const) {
      const before = { reading: { balancing: balances } };
      const got = run('balancing', order(value, { before }), () => (value ? 'a5a5fc0001fd' : TOGGLE));
      assert.deepEqual([got.sent, got.error], [sent, undefined]);
    }
  });

  it('is acknowledged with the new state', () => {
    checkExchange(antLegacy, actionOf(antLegacy, 'balancing'), order(true), {
      tx: TOGGLE,
      rx: ['a5a5fc0001fd'],
      what: '',
    });
    assert.equal(run('balancing', order(true), () => CHARGE_ON).error?.code, 'timeout');
    assert.equal(run('balancing', order(true), () => IS_LOCKED).error?.code, 'denied');
  });

  it('turns the balancer on once, and leaves it on', async () => {
    const bench = new ControlBench(antLegacy);
    for (const [value, toggles] of [
      [true, 1],
      [true, 1],
      [false, 2],
      [false, 2],
    ] as const) {
      const outcome = await bench.wish({ action: 'balancing', value });
      assert.ok(typeof outcome === 'object', JSON.stringify(outcome));
      assert.equal(outcome.after, value);
      assert.equal(bench.link.sent.filter((request) => request === TOGGLE).length, toggles);
    }
    assert.equal(await bench.close(), 0);
  });
});

describe('ant-legacy passwords (section 5)', () => {
  /** A board that is locked until its password has come. */
  const locked =
    (answer: string | undefined): Respond =>
    (request, count) =>
      request === UNLOCK ? answer : count === 1 ? IS_LOCKED : request;

  it('locked, and no password configured: denied, and it says where to enter it', () => {
    const captured = exchange('09', CHARGE_ON);
    const { sent, error } = run('charge', order(true), () => captured.rx);
    assert.deepEqual([sent, error?.code], [[CHARGE_ON], 'denied']);
    assert.match(error?.message ?? '', /enter its password in the device/);
    const delayed = run('charge', order(true), () => [
      KEEP_ALIVE + captured.rx.join('').slice(0, 4),
      '01f6',
      IS_LOCKED,
    ]);
    assert.equal(delayed.error?.code, 'denied');
  });

  it('four frames in one write; that the last is echoed is what counts; the command is sent again', () => {
    const { tx, rx } = exchange('10', UNLOCK);
    assert.deepEqual([tx, rx.join('')], [UNLOCK, UNLOCKED]);
    for (const answer of [
      UNLOCKED,
      UNLOCK,
      `${KEEP_ALIVE}${UNLOCKED}`,
      UNLOCKED.replace('f6a5', `f6${KEEP_ALIVE}a5`),
    ]) {
      const { sent, error, steps } = run('charge', order(true, { password: PASSWORD }), locked(answer));
      assert.deepEqual([sent, error], [[CHARGE_ON, UNLOCK, CHARGE_ON], undefined]);
      assert.equal(steps[1]?.isWrite, true);
      assert.ok(!steps.some(({ name }) => name.includes(PASSWORD)));
    }
  });

  it('is not sent to a board that is open', () => {
    const { sent } = run('charge', order(true, { password: PASSWORD }), echo);
    assert.deepEqual(sent, [CHARGE_ON]);
  });

  it('a wrong one: denied, without another try, and not in the message', () => {
    const [wrong] = antVector('ant-legacy', '11').exchanges;
    assert.ok(wrong);
    for (const answer of [wrong.rx.join(''), IS_LOCKED.repeat(4)]) {
      const respond: Respond = (request) => (request === wrong.tx ? answer : IS_LOCKED);
      const { sent, error } = run('charge', order(true, { password: '12345679' }), respond);
      assert.deepEqual([sent, error?.code], [[CHARGE_ON, wrong.tx], 'denied']);
      assert.ok(!error?.message.includes('12345679'));
    }
  });

  it('one that cannot be a password is not sent', () => {
    for (const password of ['1234567', '123456789', 'pässwort', '1234567\n']) {
      const { sent, error } = run('charge', order(true, { password }), () => IS_LOCKED);
      assert.deepEqual([sent, error?.code], [[CHARGE_ON], 'denied']);
      assert.ok(!error?.message.includes(password));
    }
  });

  it('answers that do not come leave it in doubt', () => {
    for (const answer of [undefined, IS_LOCKED.repeat(3), CHARGE_ON, UNLOCKED.slice(0, -2)]) {
      const { sent, error } = run('charge', order(true, { password: PASSWORD }), locked(answer));
      assert.deepEqual([sent, error?.code], [[CHARGE_ON, UNLOCK], 'timeout'], answer);
    }
  });

  it('a board that stays locked after the right one: denied after one more try', () => {
    const respond: Respond = (request) => (request === UNLOCK ? UNLOCKED : IS_LOCKED);
    const { sent, error } = run('charge', order(true, { password: PASSWORD }), respond);
    assert.deepEqual([sent, error?.code], [[CHARGE_ON, UNLOCK, CHARGE_ON], 'denied']);
  });

  it('opens a locked board once, and finds it open the next time', async () => {
    const bench = new ControlBench(antLegacy, { password: PASSWORD });
    bench.pack.memory.set(LOCKED, 1);
    assert.equal(typeof (await bench.wish({ action: 'charge', value: false })), 'object');
    assert.equal(typeof (await bench.wish({ action: 'soc', value: 40 })), 'object');
    assert.equal(bench.link.sent.filter((request) => request === UNLOCK).length, 1);
    assert.equal(bench.commands.length, 2);
    assert.equal(await bench.close(), 0);
  });

  it('a wrong or missing one leaves a locked board as it was', async () => {
    for (const [password, tries] of [
      ['', 0],
      ['12345679', 1],
    ] as const) {
      const bench = new ControlBench(antLegacy, { password });
      bench.pack.memory.set(LOCKED, 1);
      assert.equal(await bench.wish({ action: 'balancing', value: true }), 'denied');
      assert.equal(bench.link.sent.filter((request) => request.startsWith('a5a5f1')).length, tries);
      assert.deepEqual([bench.commands.length, bench.pack.memory.get(LOCKED)], [0, 1]);
      await bench.close();
    }
  });
});

describe('ant-legacy SOC (section 6)', () => {
  it('writes the lower half, the upper half, and applies them', () => {
    const { sent, error, steps } = run('soc', order(50), echo);
    assert.deepEqual([sent, error], [['a5a521f08091', 'a5a52202fa1e', 'a5a5ff0000ff'], undefined]);
    assert.ok(steps.every(({ isWrite: once }) => once));
  });

  it('at the ends of the range', () => {
    for (const [value, capacity, low, high] of [
      [0, 100, 'a5a521000021', 'a5a522000022'],
      [100, 100, 'a5a521e10002', 'a5a52205f51c'],
      [100, 4294.967295, 'a5a521ffff1f', 'a5a522ffff20'],
    ] as const) {
      const { sent } = run('soc', order(value, { before: { reading: { designCapacity: capacity } } }), echo);
      assert.deepEqual(sent.slice(0, 2), [low, high]);
    }
  });

  it('is not applied when one half is lost', () => {
    for (const lost of [1, 2]) {
      const { sent, error } = run('soc', order(50), (request, count) => (count === lost ? undefined : request));
      assert.deepEqual([sent.length, error?.code], [lost, 'timeout']);
    }
  });

  it('a board that does not know its capacity cannot be told its SOC', () => {
    const { sent, error } = run('soc', order(50, { before: { reading: {} } }), echo);
    assert.deepEqual([sent, error?.code], [[], 'unsupported']);
  });
});

describe('ant-legacy board that is commanded (serve)', () => {
  const board = (): { ask(request: string): string | undefined; lock(): void } => {
    const { pack } = new ControlBench(antLegacy);
    return {
      ask: (request) => antLegacy.emulate(Buffer.from(request, 'hex'))?.answer(pack.read(), pack).toString('hex'),
      lock: () => void pack.memory.set(LOCKED, 1),
    };
  };

  it('answers as the captured one did', () => {
    const { ask, lock } = board();
    lock();
    const captured = [...antVector('ant-legacy', '09').exchanges, ...antVector('ant-legacy', '10').exchanges];
    const [wrong] = antVector('ant-legacy', '11').exchanges;
    for (const { tx, rx } of [...captured, ...(wrong ? [wrong] : [])]) {
      if (tx !== KEEP_ALIVE) assert.equal(ask(tx), rx.join('').replace(KEEP_ALIVE, ''), tx);
    }
    assert.equal(ask(CHARGE_ON), IS_LOCKED);
  });

  it('says nothing to commands when it only reads, and to what it does not know', () => {
    const silent: Protocol = antLegacy;
    const served = silent.emulate(Buffer.from(CHARGE_ON, 'hex'));
    assert.equal(served?.answer({ cellVoltages: [3.3] }).length, 0);
    for (const request of [
      'a5a5fd0000fd',
      'a5a5030e4253',
      `${CHARGE_ON}a5`,
      'a5a5fa0001fa',
      `${CHARGE_ON}5a5a00000000`,
      '',
    ]) {
      assert.equal(silent.emulate(Buffer.from(request, 'hex')), undefined, request);
    }
  });

  it('applies nothing before both halves have come', () => {
    const { ask } = board();
    assert.equal(ask('a5a5ff0000ff'), 'a5a5ff0000ff');
    assert.equal(ask('a5a521f08091'), 'a5a521f08091');
    assert.equal(ask('a5a5ff0000ff'), 'a5a5ff0000ff');
  });
});
