import assert from 'node:assert/strict';
import type { ActionName } from '../../src/battery/action';
import { antLegacy } from '../../src/codec/ant-legacy';
import { IS_LOCKED } from '../../src/codec/ant-legacy/emulator';
import type { AntLegacyMemory } from '../../src/codec/ant-legacy/queries';
import type { Decoded } from '../../src/codec/protocol';
import { actionOf, checkExchange, drive, orderFor, type Respond } from '../support/action-script';
import { antExchange, antVector, legacyStatus, play, sealed, type Bytes, type Scene } from '../support/ant';
import { ControlBench } from '../support/control-scenes';
import { hex } from '../support/sheet';

const PASSWORD = '12345678';
const UNLOCK = 'a5a5f1313254a5a5f2333459a5a5f335365ea5a5f4373863';
const UNLOCKED = 'a5a5f50001f6a5a5f50001f6a5a5f50001f6a5a5f4373863';
const LOCKED = 'a5a5f50001f6';
const KEEP_ALIVE = '5a5aff0000ff';
const CHARGE_ON = 'a5a5fa0001fb';
const CHARGE_OFF = 'a5a5fa0000fa';
const TOGGLE = 'a5a5fc0000fc';
const TOGGLED_ON = 'a5a5fc0001fd';

const BEFORE: Decoded = { reading: { balancing: false, designCapacity: 100 } };

const echo: Respond = (request) => request;

const chargeOn = (respond: Respond, more: Partial<Scene> = {}): void =>
  void play(antLegacy, { action: 'charge', value: true, before: BEFORE, respond, sent: [CHARGE_ON], ...more });
const halfFull = (respond: Respond, more: Partial<Scene> = {}): void =>
  void play(antLegacy, { action: 'soc', value: 50, before: BEFORE, respond, sent: [], ...more });

/** The state of an action in a status. */
function stateOf(name: ActionName, bytes: Bytes): unknown {
  const { confirm } = actionOf(antLegacy, name);
  const look = drive(antLegacy, confirm.read({ address: 0, memory: {} }), () =>
    sealed(legacyStatus(bytes)).toString('hex'),
  );
  return look.result && confirm.state(look.result);
}

describe('ant-legacy control (section 5)', () => {
  for (const [name, value, tx, rx = tx] of [
    ['charge', true, CHARGE_ON],
    ['charge', false, CHARGE_OFF],
    ['discharge', true, 'a5a5f90001fa'],
    ['discharge', false, 'a5a5f90000f9'],
    ['balancing', true, TOGGLE, TOGGLED_ON],
    ['zeroCurrent', true, 'a5a5f80000f8'],
    ['restart', true, 'a5a5fe0000fe'],
    ['shutdown', true, 'a5a5f70000f7'],
  ] as const) {
    it(`${name} ${String(value)} as captured, or as in the sheet`, () => {
      const action = actionOf(antLegacy, name);
      const order = orderFor(antLegacy, value, { before: BEFORE });
      checkExchange(antLegacy, action, order, { tx, rx: [rx], what: '' });
      const captured = antVector('ant-legacy', '10').exchanges.find((exchange) => exchange.tx === tx);
      if (captured) assert.equal(drive(antLegacy, action.script(order), () => captured.rx).error, undefined);
      assert.equal(action.dangerous === true, ['zeroCurrent', 'restart', 'shutdown'].includes(name));
    });
  }

  it('the echo of a keep-alive, a status, or another command acknowledges nothing', () => {
    const status = sealed(legacyStatus()).toString('hex');
    for (const answer of [KEEP_ALIVE, status, CHARGE_OFF, 'a5a5f90001fa', '5a5afa0001fb', 'a55afa0001fb']) {
      chargeOn(() => answer, { error: 'timeout' });
    }
    chargeOn(() => status + KEEP_ALIVE + CHARGE_ON);
    chargeOn(() => [`${KEEP_ALIVE}a5`, 'a5fa0001', 'fb']);
    assert.ok(antExchange('ant-legacy', '10', CHARGE_OFF).rx.join('').startsWith(KEEP_ALIVE));
  });

  it('confirms by the status, in which 15 is off by hand', () => {
    for (const [name, bytes, state] of [
      ...(['01', '00', '0f', '02'] as const).flatMap(
        (code) =>
          [
            ['charge', { 103: code }, code === '01'],
            ['discharge', { 104: code }, code === '01'],
          ] as const,
      ),
      ['balancing', { 105: '04' }, true],
      ['zeroCurrent', { 70: 'fffffffd' }, false],
      ['zeroCurrent', { 70: '00000000' }, true],
      ['shutdown', {}, undefined],
    ] as const) {
      assert.equal(stateOf(name, bytes), state, `${name} ${JSON.stringify(bytes)}`);
    }
  });

  it('asks for the status in the way that the board answers', () => {
    const { read } = actionOf(antLegacy, 'charge').confirm;
    const asked = (memory: AntLegacyMemory) => drive(antLegacy, read({ address: 0, memory }), () => '').sent;
    assert.deepEqual([asked({ kind: 'serial' }), asked({ kind: 'module' })], [['5a5a00000000'], ['dbdb00000000']]);
  });
});

describe('ant-legacy balancer, a toggle (section 5)', () => {
  it('is sent only when it must change, and acknowledged with the new state', () => {
    for (const [value, balancing, sent] of [
      [true, false, [TOGGLE]],
      [false, true, [TOGGLE]],
      [true, true, []],
      [false, false, []],
    ] as const) {
      const respond: Respond = () => (value ? TOGGLED_ON : TOGGLE);
      play(antLegacy, { action: 'balancing', value, before: { reading: { balancing } }, respond, sent });
    }
    for (const [answer, error] of [
      [CHARGE_ON, 'timeout'],
      [LOCKED, 'denied'],
    ] as const) {
      const scene = {
        action: 'balancing',
        value: true,
        before: BEFORE,
        respond: () => answer,
        sent: [TOGGLE],
      } as const;
      play(antLegacy, { ...scene, error });
    }
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
      assert.ok(typeof outcome === 'object' && outcome.after === value, JSON.stringify(outcome));
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
      request.startsWith('a5a5f1') ? answer : count === 1 ? LOCKED : request;

  it('are not sent to a board that is open', () => chargeOn(echo, { password: PASSWORD }));

  it('none configured: denied, and the error asks for it', () => {
    const captured = antExchange('ant-legacy', '09', CHARGE_ON).rx;
    const pattern = /enter its password in the device/;
    chargeOn(() => captured, { error: 'denied', pattern });
    chargeOn(() => [KEEP_ALIVE + captured.join('').slice(0, 4), '01f6', LOCKED], { error: 'denied', pattern });
  });

  it('four frames in one write; that the last is echoed is what counts; the command is sent again', () => {
    assert.equal(antExchange('ant-legacy', '10', UNLOCK).rx.join(''), UNLOCKED);
    const between = UNLOCKED.replace('f6a5', `f6${KEEP_ALIVE}a5`);
    for (const answer of [UNLOCKED, UNLOCK, `${KEEP_ALIVE}${UNLOCKED}`, between]) {
      chargeOn(locked(answer), { password: PASSWORD, sent: [CHARGE_ON, UNLOCK, CHARGE_ON] });
    }
    const stays: Respond = (request) => (request === UNLOCK ? UNLOCKED : LOCKED);
    chargeOn(stays, { password: PASSWORD, sent: [CHARGE_ON, UNLOCK, CHARGE_ON], error: 'denied' });
  });

  it('a wrong one is denied without another try; one that cannot be a password is not sent', () => {
    const [wrong] = antVector('ant-legacy', '11').exchanges;
    assert.ok(wrong);
    for (const answer of [wrong.rx.join(''), LOCKED.repeat(4)]) {
      chargeOn(locked(answer), { password: '12345679', sent: [CHARGE_ON, wrong.tx], error: 'denied' });
    }
    for (const password of ['1234567', '123456789', 'pässwort', '1234567\n']) {
      chargeOn(() => LOCKED, { password, error: 'denied' });
    }
  });

  it('answers that do not come leave it in doubt', () => {
    for (const answer of [undefined, LOCKED.repeat(3), CHARGE_ON, UNLOCKED.slice(0, -2)]) {
      chargeOn(locked(answer), { password: PASSWORD, sent: [CHARGE_ON, UNLOCK], error: 'timeout' });
    }
  });

  for (const [password, tries, comesTo] of [
    ['', 0, 'denied'],
    ['12345679', 1, 'denied'],
    [PASSWORD, 1, 'done'],
  ] as const) {
    it(`a locked board and the password "${password}": ${comesTo}, for all that follows`, async () => {
      const bench = new ControlBench(antLegacy, { password });
      bench.pack.memory.set(IS_LOCKED, 1);
      for (const wish of [
        { action: 'balancing', value: true },
        { action: 'soc', value: 40 },
      ] as const) {
        const outcome = await bench.wish(wish);
        assert.equal(typeof outcome === 'object' ? 'done' : outcome, comesTo);
      }
      assert.equal(bench.link.sent.filter((request) => request.startsWith('a5a5f1')).length, tries);
      const isOpen = comesTo === 'done';
      assert.deepEqual([bench.commands.length, bench.pack.memory.get(IS_LOCKED)], isOpen ? [2, 0] : [0, 1]);
      assert.equal(await bench.close(), 0);
    });
  }
});

describe('ant-legacy SOC (section 6)', () => {
  it('writes the lower half, the upper half, and applies them', () => {
    for (const [value, designCapacity, low, high] of [
      [50, 100, 'a5a521f08091', 'a5a52202fa1e'],
      [0, 100, 'a5a521000021', 'a5a522000022'],
      [100, 100, 'a5a521e10002', 'a5a52205f51c'],
      [100, 4294.967295, 'a5a521ffff1f', 'a5a522ffff20'],
    ] as const) {
      halfFull(echo, { value, before: { reading: { designCapacity } }, sent: [low, high, 'a5a5ff0000ff'] });
    }
    halfFull(echo, { before: { reading: {} }, error: 'unsupported' });
  });

  it('is not applied when one half is lost', () => {
    const halves = ['a5a521f08091', 'a5a52202fa1e'];
    for (const lost of [1, 2]) {
      const respond: Respond = (request, count) => (count === lost ? undefined : request);
      halfFull(respond, { sent: halves.slice(0, lost), error: 'timeout' });
    }
  });
});

describe('ant-legacy emulator that is commanded', () => {
  const { pack } = new ControlBench(antLegacy);
  const ask = (request: string): string | undefined =>
    antLegacy.emulate(hex(request))?.answer(pack.read(), pack).toString('hex');

  it('answers as the captured one did', () => {
    pack.memory.set(IS_LOCKED, 1);
    const captured = ['09', '10', '11'].flatMap((number) => antVector('ant-legacy', number).exchanges);
    for (const { tx, rx } of captured) {
      if (tx !== KEEP_ALIVE) assert.equal(ask(tx), rx.join('').replace(KEEP_ALIVE, ''), tx);
    }
    assert.equal(ask(CHARGE_ON), LOCKED, 'a wrong password locks a board that was open');
  });

  it('is silent on commands without a board, and on those that it does not have', () => {
    assert.equal(antLegacy.emulate(hex(CHARGE_ON))?.answer({ cellVoltages: [3.3] }).length, 0);
    const mixed = `${CHARGE_ON}5a5a00000000`;
    for (const request of ['a5a5fd0000fd', 'a5a5320e4282', `${CHARGE_ON}a5`, 'a5a5fa0001fa', mixed, '']) {
      assert.equal(antLegacy.emulate(hex(request)), undefined, request);
    }
  });

  it('applies nothing before both halves have come', () => {
    const { pack: other } = new ControlBench(antLegacy);
    const { soc } = other.read();
    for (const request of ['a5a5ff0000ff', 'a5a521f08091', 'a5a5ff0000ff']) {
      assert.equal(antLegacy.emulate(hex(request))?.answer(other.read(), other).toString('hex'), request);
    }
    assert.equal(other.read().soc, soc);
  });
});
