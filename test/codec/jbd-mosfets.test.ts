import assert from 'node:assert/strict';
import { alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { jbd } from '../../src/codec/jbd';
import { actionOf, carryOut, type Respond, type Wanted } from '../support/action-script';
import { ENTER, LEAVE, LOCK, ON, read, refuse, willing } from '../support/jbd';
import { loadVector } from '../support/vectors';

describe('jbd control: the locks of the MOSFETs', () => {
  const UNDER = alarm('cell_undervoltage', 'protection');
  const OVER = alarm('cell_overvoltage', 'protection');
  const HOT = alarm('afe_fault', 'fault');

  /** The word that is written for an action of a board in this state. */
  function word(action: 'charge' | 'discharge', value: boolean, before: Reading): number {
    const { sent } = carryOut(jbd, action, { value, before }, willing());
    return Number.parseInt((sent[0] ?? '').slice(8, 12), 16);
  }

  const state = (charge: boolean, discharge: boolean, ...alarms: Reading['alarms'] & object): Reading => ({
    chargeEnabled: charge,
    dischargeEnabled: discharge,
    alarms,
  });

  for (const [what, before, on, off] of [
    ['no lock, both conduct', state(true, true), 0, 1],
    ['no lock: a protection alone has opened the other', state(true, false, UNDER), 0, 1],
    ['no lock: nothing explains why the other is open', state(true, false), 0, 1],
    ['a lock, the other conducts: it is this one’s', state(false, true, LOCK), 0, 1],
    ['a lock, this one conducts: it is the other’s', state(true, false, LOCK), 2, 3],
    ['a lock, this one conducts: the other’s, protection or not', state(true, false, LOCK, UNDER), 2, 3],
    ['a lock, both open, nothing else explains the other', state(false, false, LOCK), 2, 3],
    ['a lock, both open, a protection explains this one', state(false, false, LOCK, OVER), 2, 3],
    [
      'a lock, both open, a protection explains the other: the lock is this one’s',
      state(false, false, LOCK, UNDER),
      0,
      1,
    ],
    ['a lock, both open, protections explain both: it stays open', state(false, false, LOCK, UNDER, OVER), 2, 3],
    ['a lock, both open, one fault explains both: it stays open', state(false, false, LOCK, HOT), 2, 3],
    ['a warning opens nothing', state(false, false, LOCK, alarm('cell_undervoltage', 'warning')), 2, 3],
  ] as const) {
    it(what, () => {
      assert.equal(word('charge', true, before), on);
      assert.equal(word('charge', false, before), off);
    });
  }

  it('works the same way round for the discharge MOSFET', () => {
    assert.equal(word('discharge', true, state(false, false, LOCK, OVER)), 0);
    assert.equal(word('discharge', true, state(false, true, LOCK)), 1);
    assert.equal(word('discharge', false, state(false, false, LOCK)), 3);
    assert.equal(word('discharge', false, {}), 2);
  });

  it('a captured lock is seen as one', () => {
    const [exchange] = loadVector('jbd', 'readme-software-lock').exchanges;
    const reading = read(jbd, '03', Buffer.from(exchange?.rx[0] ?? '', 'hex'));
    const { sent } = carryOut(jbd, 'discharge', { value: false, before: reading }, willing());
    assert.deepEqual(sent, ['dd5ae1020003ff1a77']);
  });

  it('off is shown by the MOSFET, and by the lock where the MOSFET was off already', () => {
    const { shows } = actionOf(jbd, 'discharge').confirm;
    const now = (after: Reading, value: boolean, before: Reading) =>
      shows?.({ reading: after }, value, { reading: before });
    assert.equal(now(state(true, false), false, state(true, true)), true);
    assert.equal(now(state(true, false, UNDER), false, state(true, false, UNDER)), false);
    assert.equal(now(state(true, false, UNDER, LOCK), false, state(true, false, UNDER)), true);
    assert.equal(now({ dischargeEnabled: false }, false, {}), false);
    assert.equal(now(state(true, true), false, state(true, true)), false);
    assert.equal(now(state(true, true), true, state(true, false)), true);
  });

  it('is on where the MOSFET conducts, or where only a protection holds open what is switched on', () => {
    const isOn = (reading: Reading) => actionOf(jbd, 'discharge').confirm.state({ reading });
    const held = (dischargeSwitch: boolean | undefined, ...alarms: Reading['alarms'] & object) =>
      isOn({ ...state(true, false, ...alarms), dischargeSwitch });
    assert.deepEqual([isOn(state(true, true)), isOn(state(true, false)), isOn({})], [true, false, undefined]);
    assert.deepEqual([held(true, UNDER), held(false, UNDER), held(undefined, UNDER)], [true, false, false]);
    assert.deepEqual([held(true), held(true, OVER)], [false, false]);
  });

  it('has taken effect where the MOSFET is as wanted, or a protection alone holds it', () => {
    const { hasTakenEffect } = actionOf(jbd, 'discharge').confirm;
    const has = (reading: Reading, value: boolean) => hasTakenEffect?.({ reading }, value);
    assert.deepEqual([has(state(true, true), true), has(state(true, false), false)], [true, true]);
    assert.deepEqual([has(state(true, false), true), has(state(true, true), false)], [false, false]);
    assert.equal(has(state(true, false, UNDER), true), true);
  });
});

describe('jbd control: factory mode and password', () => {
  const E1 = 'dd5ae1020001ff1c77';
  const PASSWORD = 'dd5a060706070605080208ffc977';
  const FB = 'dd5afb020101ff0177';
  const off: Wanted = { value: false, before: ON };

  /** A board that answers with these statuses, one after the other; -1 is silence. */
  function statuses(...list: number[]): Respond {
    return (request, n) => {
      const status = list[n - 1] ?? 0;
      return status < 0 ? undefined : refuse(request, status);
    };
  }

  for (const [what, answers, sent, code] of [
    ['81: in factory mode', [0x81], [E1, ENTER, E1, LEAVE], undefined],
    ['80, as older boards say: in factory mode', [0x80], [E1, ENTER, E1, LEAVE], undefined],
    ['80 there too: the newer command', [0x80, 0, 0x80], [E1, ENTER, E1, LEAVE, FB], undefined],
    ['no factory mode: the newer command', [0x80, 0x80], [E1, ENTER, FB], undefined],
    ['80 to everything', [0x80, 0, 0x80, 0, 0x80], [E1, ENTER, E1, LEAVE, FB], 'rejected'],
    ['an unknown status is a no', [0x9f], [E1], 'rejected'],
    ['82: it came damaged and was not done', [0x82], [E1], 'rejected'],
    ['silence is not answered with another way', [-1], [E1], 'timeout'],
    ['silence in factory mode: it is left', [0x81, 0, -1], [E1, ENTER, E1, LEAVE], 'timeout'],
    ['a refusal in factory mode: it is left', [0x81, 0, 0x9f], [E1, ENTER, E1, LEAVE], 'rejected'],
    ['entering unanswered: it may have been entered', [0x81, -1], [E1, ENTER, LEAVE], 'timeout'],
    ['entering came damaged', [0x81, 0x82], [E1, ENTER, LEAVE], 'checksum'],
    ['leaving is refused: then it is out', [0x81, 0, 0, 0x81], [E1, ENTER, E1, LEAVE], undefined],
    ['leaving unanswered', [0x81, 0, 0, -1], [E1, ENTER, E1, LEAVE], 'timeout'],
  ] as const) {
    it(`MOSFETs, ${what}`, () => {
      const run = carryOut(jbd, 'charge', off, statuses(...answers));
      assert.deepEqual(run.sent, sent);
      assert.equal(run.error?.code, code);
    });
  }

  const known: Wanted = { ...off, password: '765828' };
  for (const [what, wanted, answers, sent, code] of [
    ['81 in factory mode cures', known, [0x81, 0, 0x81], [E1, ENTER, E1, PASSWORD, E1, LEAVE], undefined],
    ['83 cures outside', known, [0x83], [E1, PASSWORD, E1], undefined],
    ['81 to entering cures', known, [0x81, 0x81], [E1, ENTER, PASSWORD, ENTER, E1, LEAVE], undefined],
    ['a wrong one is tried once', known, [0x81, 0, 0x83, 0x83], [E1, ENTER, E1, PASSWORD, LEAVE], 'denied'],
    ['goes out once in an action', known, [0x83, 0, 0x81, 0, 0x81], [E1, PASSWORD, E1, ENTER, E1, LEAVE], 'rejected'],
    ['does not help', known, [0x81, 0, 0x81, 0, 0x83], [E1, ENTER, E1, PASSWORD, E1, LEAVE], 'denied'],
    ['unanswered', known, [0x83, -1], [E1, PASSWORD], 'timeout'],
    [
      'unknown to the board: it had another reason',
      known,
      [0x81, 0, 0x81, 0x80],
      [E1, ENTER, E1, PASSWORD, LEAVE],
      'rejected',
    ],
    ['none is set', off, [0x83], [E1], 'denied'],
    ['none is set, in factory mode', off, [0x81, 0, 0x81], [E1, ENTER, E1, LEAVE], 'denied'],
    ['not six digits', { ...off, password: '1234567' }, [0x83], [E1], 'denied'],
    ['not digits', { ...off, password: 'abcdef' }, [0x83], [E1], 'denied'],
    ['not needed, it may be anything', { ...off, password: 'abcdef' }, [0], [E1], undefined],
  ] as const) {
    it(`password, ${what}`, () => {
      const run = carryOut(jbd, 'charge', wanted, statuses(...answers));
      assert.deepEqual(run.sent, sent);
      assert.equal(run.error?.code, code);
      const told = [run.error?.message, ...run.steps.map(({ name }) => name)].join(' ');
      for (const secret of ['765828', '1234567', 'abcdef', PASSWORD]) assert.ok(!told.includes(secret), told);
    });
  }

  it('password: the sentence says what to do', () => {
    const message = (password: string, ...answers: number[]): string =>
      carryOut(jbd, 'charge', { ...off, password }, statuses(...answers)).error?.message ?? '';
    assert.match(message('', 0x83), /enter its password in the device/);
    assert.match(message('12345', 0x83), /six digits/);
    assert.match(message('123456', 0x83, 0x83), /does not accept the password/);
  });
});
