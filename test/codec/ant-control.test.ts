import assert from 'node:assert/strict';
import type { ActionName } from '../../src/battery/action';
import { ant } from '../../src/codec/ant';
import { BOARD_MEMORY } from '../../src/codec/ant/emulator';
import { buildFrame } from '../../src/codec/ant/wire';
import type { Decoded } from '../../src/codec/protocol';
import { actionOf, checkExchange, drive, orderFor, type Respond } from '../support/action-script';
import { antExchange, antFrame, antVector, play, segment, type Scene } from '../support/ant';
import { ControlBench } from '../support/control-scenes';
import { hex } from '../support/sheet';

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

const frame = (func: number, register: number, data: string, rest = '', address = 0xa1): string =>
  antFrame(address, func, register, hex(data), rest).toString('hex');

/** The answer to a command, and to a write, which echoes the data whatever it means. */
const result = (code: number, value: number): string => frame(0x61, code, `0${value}00`);
const written = (request: string, code: number, data = ''): string =>
  frame(0x42, hex(request).readUInt16LE(3), request.slice(12, -8), segment(0xff, code, data));

const chargeOff = (respond: Respond, more: Partial<Scene> = {}): void =>
  void play(ant, { action: 'charge', value: false, before: FULL, respond, sent: [CHARGE_OFF], ...more });
const halfFull = (respond: Respond, more: Partial<Scene> = {}): void =>
  void play(ant, { action: 'soc', value: 50, before: FULL, respond, sent: [HALF, SAVE], ...more });

/** The state of an action in the statuses of a vector, one after the other. */
function states(number: string, name: ActionName): unknown[] {
  const { confirm } = actionOf(ant, name);
  const statuses = antVector('ant', number).exchanges.filter(({ tx }) => tx.startsWith('7ea101'));
  return statuses.map(({ rx }) => {
    const look = drive(ant, confirm.read({ address: 0xa1, memory: {} }), () => rx);
    return look.result && confirm.state(look.result);
  });
}

describe('ant control (section 7)', () => {
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
    it(`${name} ${value ? 'on' : 'off'} as captured (${number})`, () =>
      checkExchange(ant, actionOf(ant, name), orderFor(ant, value), antExchange('ant', number, tx)));
  }

  for (const [name, tx, rx] of [
    ['zeroCurrent', '7ea15108000008e7aa55', '7ea1610800020100e22aaa55'],
    ['restart', '7ea1510900005927aa55', '7ea1610900020100dfeaaa55'],
    ['shutdown', '7ea1510b0000f8e7aa55', '7ea1610b00020100a62aaa55'],
  ] as const) {
    it(`${name} as in the sheet`, () => {
      checkExchange(ant, actionOf(ant, name), orderFor(ant, true), { tx, rx: [rx], what: '' });
      assert.equal(actionOf(ant, name).dangerous, true);
    });
  }

  it('is confirmed by the status; code 0, through which charge passes, is not on', () => {
    assert.deepEqual([states('11', 'charge'), states('11', 'discharge')], [[false], [false]]);
    assert.deepEqual(states('15', 'discharge'), [false, true, true]);
    assert.deepEqual(states('14', 'charge'), [false, true]);
    assert.deepEqual([states('12', 'balancing'), states('13', 'balancing')], [[true, false], [true]]);
    assert.equal(actionOf(ant, 'restart').confirm.state(FULL), undefined);
  });

  it('the answer to another command, of another board, or a status answers nothing', () => {
    const status = antExchange('ant', '14', '7ea1010000be1855aa55').rx.join('');
    const refusedLog = antVector('ant', '19').exchanges[0]?.rx.join('') ?? '';
    const others = [
      status,
      result(0x06, 1),
      frame(0x61, 4, '0100', '', 0xa2),
      frame(0x61, 4, '01'),
      CHARGE_OFF,
      refusedLog,
    ];
    for (const other of others) chargeOff(() => other, { error: 'timeout' });
    chargeOff(() => status + CHARGE_OFF + result(0x04, 1));
  });

  it('any other result is a refusal', () => {
    for (const code of [0, 2, 4, 5, 6, 7, 9]) {
      chargeOff(() => result(0x04, code), { password: LEVEL_5, error: 'rejected' });
    }
  });
});

describe('ant passwords (section 9)', () => {
  const refused = result(0x04, 3);
  const taken = result(0x04, 1);
  /** A board on which a command demands a level. @param then what it answers to the command after the password */
  const locked =
    (answer: string, then: string | undefined = taken): Respond =>
    (request, count) =>
      request.startsWith('7ea123') ? answer : count === 1 ? refused : then;
  const verified = (register: number, level: number, rest = ''): string => frame(0x43, register, `0${level}00`, rest);
  const withLevel = (level: number): Decoded => ({ ...FULL, memory: { level } });

  it('are not sent when the board does not demand one', () => {
    for (const password of ['', LEVEL_1, LEVEL_5, 'nonsense that is long']) chargeOff(() => taken, { password });
  });

  it('level 1 is checked once, although a result 5 comes with it, and the command sent again; level 5 has 12 characters', () => {
    assert.deepEqual(antExchange('ant', '10', VERIFY_1).rx.join(''), VERIFIED_1);
    for (const [password, verify, answer] of [
      [LEVEL_1, VERIFY_1, VERIFIED_1],
      [LEVEL_5, VERIFY_5, VERIFIED_5],
    ] as const) {
      const sent = [CHARGE_OFF, verify, CHARGE_OFF];
      chargeOff(locked(answer), { password, sent });
      chargeOff(locked(answer), { password, sent, before: { reading: {} } });
    }
    const { steps } = play(ant, {
      ...{ action: 'charge', value: false, password: LEVEL_1, respond: locked(VERIFIED_1) },
      sent: [CHARGE_OFF, VERIFY_1, CHARGE_OFF],
    });
    assert.equal(steps[1]?.timeoutMs, 4000);
  });

  it('none configured: denied, and the error asks for it', () =>
    chargeOff(() => refused, { error: 'denied', pattern: /enter its password in the device/ }));

  it('a wrong one: denied, without another try in any slot', () => {
    for (const [password, verify, register, level] of [
      [LEVEL_1, VERIFY_1, 330, 0],
      [LEVEL_5, VERIFY_5, 362, 0],
      [LEVEL_5, VERIFY_5, 362, 4],
    ] as const) {
      const respond = locked(verified(register, level, segment(0xff, 5)));
      chargeOff(respond, { password, sent: [CHARGE_OFF, verify], error: 'denied' });
    }
  });

  it('one that cannot be a password, or whose level is in force already, is not sent', () => {
    for (const password of ['1234567', '123456789', '1234567890123', 'pässword', '1234567\n']) {
      chargeOff(() => refused, { password, error: 'denied' });
    }
    for (const [password, level] of [
      [LEVEL_1, 1],
      [LEVEL_1, 5],
      [LEVEL_5, 5],
    ] as const) {
      chargeOff(() => refused, { password, before: withLevel(level), error: 'denied' });
    }
  });

  it('after a right one: a level that is too low is denied after one more try, and other failures are passed on', () => {
    const sent = [CHARGE_OFF, VERIFY_1, CHARGE_OFF];
    for (const [then, error, pattern] of [
      [refused, 'denied', /level 5/],
      [result(0x04, 2), 'rejected', /result 2/],
    ] as const) {
      chargeOff(locked(VERIFIED_1, then), { password: LEVEL_1, sent, error, pattern });
    }
    const lost: Respond = (request, count) => (count === 3 ? undefined : locked(VERIFIED_1)(request, count));
    chargeOff(lost, { password: LEVEL_1, sent, error: 'timeout' });
  });

  it('the answer for another slot, of another board, or without a level is none', () => {
    const others = [verified(338, 2), frame(0x43, 330, '0100', '', 0xa2), frame(0x43, 330, '01'), taken];
    for (const other of others) {
      chargeOff(locked(other), { password: LEVEL_1, sent: [CHARGE_OFF, VERIFY_1], error: 'timeout' });
    }
  });

  for (const [password, tries, charge, soc] of [
    ['', 0, 'denied', 'denied'],
    ['87654321', 1, 'denied', 'denied'],
    ['999999999999', 1, 'denied', 'denied'],
    // Parameters demand more than level 1 on this board.
    [LEVEL_1, 1, 'done', 'denied'],
    [LEVEL_5, 1, 'done', 'done'],
  ] as const) {
    it(`a locked board and the password "${password}": charge is ${charge}, soc is ${soc}`, async () => {
      const bench = new ControlBench(ant, { password });
      bench.pack.memory.set(BOARD_MEMORY.level, 0);
      const done = (outcome: unknown): unknown => (typeof outcome === 'object' ? 'done' : outcome);
      assert.equal(done(await bench.wish({ action: 'charge', value: false })), charge);
      assert.equal(done(await bench.wish({ action: 'soc', value: 40 })), soc);
      assert.equal(bench.link.sent.filter((request) => request.startsWith('7ea123')).length, tries);
      assert.equal(bench.commands.length, [charge, soc].filter((outcome) => outcome === 'done').length);
      assert.equal(await bench.close(), 0);
    });
  }
});

describe('ant SOC (sections 10.1, 10.4)', () => {
  /** A board that takes writes and saves them. */
  const obedient: Respond = (request) => (request === SAVE ? SAVED : written(request, 10));

  it('writes the remaining capacity, then saves, as the app was seen to', () => {
    halfFull(obedient);
    const captured = antVector('ant', '18').exchanges.filter(({ tx }) => tx.startsWith('7ea122'));
    for (const { tx, rx } of captured) {
      const bytes = hex(tx);
      assert.equal(buildFrame(0xa1, 0x22, bytes.readUInt16LE(3), bytes.subarray(6, 8)).toString('hex'), tx);
      assert.equal(rx.join(''), written(tx, 10));
    }
    assert.equal(antExchange('ant', '18', SAVE).rx.join(''), SAVED);
  });

  it('at the ends of the range, and of a pack that nobody else has', () => {
    for (const [value, designCapacity, raw] of [
      [0, 100, '00000000'],
      [100, 100, '00e1f505'],
      [33.3, 80, '807e9601'],
      [0.1, 0.000001, '00000000'],
      [100, 4294.967295, 'ffffffff'],
    ] as const) {
      const before = { reading: { designCapacity } };
      halfFull(obedient, { value, before, sent: [frame(0x22, 166, raw), SAVE] });
    }
    halfFull(obedient, { before: { reading: {} }, sent: [], error: 'unsupported' });
  });

  it('in two halves, the lower one first, when the board refuses four bytes', () => {
    const low = frame(0x22, 166, '80f0');
    const high = frame(0x22, 168, 'fa02');
    const whole =
      (otherwise: Respond): Respond =>
      (request, count) =>
        request === HALF ? written(request, 4) : otherwise(request, count);
    halfFull(whole(obedient), { sent: [HALF, low, high, SAVE] });
    halfFull((request) => written(request, 4), { sent: [HALF, low], error: 'unsupported' });
    halfFull(
      whole(() => undefined),
      { sent: [HALF, low], error: 'timeout' },
    );
  });

  it('the echo of the data means nothing: the result counts, and has the limit', () => {
    for (const [code, data, error, pattern] of [
      [1, '', 'denied', /password/],
      [2, 'a6000500', 'bad_value', /below its least value, which is 5 /],
      [2, '', 'bad_value', /below its least value\./],
      [3, 'a600e803', 'bad_value', /above its greatest value, which is 1000 /],
      [3, '', 'bad_value', /above its greatest value\./],
      [5, '', 'denied', /battery type/],
      [17, '', 'rejected', /17/],
    ] as const) {
      halfFull((request) => written(request, code, data), { sent: [HALF], error, pattern });
    }
    const echo = frame(0x42, 166, '80f0fa02');
    halfFull((request) => (request === SAVE ? SAVED : echo), {});
  });

  it('the answer for another register or of another board is none', () => {
    for (const [register, address] of [
      [162, 0xa1],
      [166, 0xa2],
    ] as const) {
      const answer = frame(0x42, register, '80f0fa02', segment(0xff, 10), address);
      const { error } = drive(ant, actionOf(ant, 'soc').script(orderFor(ant, 50, { before: FULL })), () => answer);
      assert.equal(error?.code, 'timeout');
    }
  });

  it('after a lost answer the register is read, and saved only when the value is there', () => {
    const read = '7ea102a60004';
    const holding = (raw: string, func = 0x12, register = 166): string => frame(func, register, raw, segment(0xff, 11));
    for (const [answer, isSaved] of [
      [holding('80f0fa02'), true],
      [holding('98ecfa02'), true],
      [holding('00879303'), false],
      [holding('ffffffff'), false],
      [holding('80f0fa02', 0x12, 162), false],
      [holding('80f0'), false],
      [holding('80f0fa02', 0x42), false],
      [frame(0x12, 166, '80f0fa02', segment(0xff, 1)), false],
      [undefined, false],
    ] as const) {
      const respond: Respond = (asked) => (asked === SAVE ? SAVED : asked.startsWith(read) ? answer : undefined);
      const { sent, error, steps } = drive(
        ant,
        actionOf(ant, 'soc').script(orderFor(ant, 50, { before: FULL })),
        respond,
      );
      assert.deepEqual([sent.slice(2), error?.code], isSaved ? [[SAVE], undefined] : [[], 'timeout'], answer);
      assert.deepEqual([sent[1]?.startsWith(read), steps[1]?.isWrite], [true, false]);
    }
  });

  for (const [name, prepare] of [
    ['a board that takes only halves', (bench: ControlBench) => void bench.pack.memory.set(BOARD_MEMORY.wordsOnly, 1)],
    ['a lost answer', (bench: ControlBench) => void (bench.mischief = 'acknowledgement lost')],
  ] as const) {
    it(`${name} ends up with the same SOC, saved once`, async () => {
      const bench = new ControlBench(ant);
      prepare(bench);
      const outcome = await bench.wish({ action: 'soc', value: 42 });
      assert.ok(typeof outcome === 'object' && Math.abs(Number(outcome.after) - 42) <= 1, JSON.stringify(outcome));
      assert.equal(bench.commands.length, 1);
      assert.equal(bench.link.sent.filter((request) => request === SAVE).length, 1);
      assert.equal(await bench.close(), 0);
    });
  }
});

describe('ant emulator that is commanded', () => {
  const STATE = { cellVoltages: [3.3], designCapacity: 100, remainingCapacity: 40 };
  const ZERO = '7ea15108000008e7aa55';
  const emulated = (request: string): string | undefined => ant.emulate(hex(request))?.answer(STATE).toString('hex');

  it('does nothing without a board, and does not know what is never sent to it', () => {
    for (const [request, answer] of [
      [CHARGE_OFF, result(0x04, 2)],
      [SAVE, result(0x07, 2)],
      [HALF, written(HALF, 17)],
      [VERIFY_1, ''],
      ['7ea1511c000048e3aa55', undefined],
      ['7ea1510c00004926aa55', undefined],
      [frame(0x22, 330, '3132333435363738'), undefined],
    ] as const) {
      assert.equal(emulated(request), answer, request);
    }
  });

  it('does not zero its meter while current flows, and takes no halves of four bytes', () => {
    const { pack } = new ControlBench(ant);
    const answer = (request: string): string | undefined =>
      ant.emulate(hex(request))?.answer(pack.read(), pack).toString('hex');
    assert.equal(answer(ZERO), result(0x08, 6));
    pack.execute('discharge', false);
    assert.equal(answer(ZERO), result(0x08, 1));
    const high = frame(0x22, 168, '80f0fa02');
    assert.equal(answer(high), written(high, 4));
  });

  it('tells the remaining capacity', () => {
    const { sent } = drive(ant, actionOf(ant, 'soc').script(orderFor(ant, 40, { before: FULL })), () => undefined);
    assert.equal(emulated(sent[1] ?? ''), frame(0x12, 166, '005a6202', segment(0xff, 11)));
  });
});
