import assert from 'node:assert/strict';
import type { SettingsLevel } from '../../../src/battery/settings/classes';
import type { SettingKey, SettingValues } from '../../../src/battery/settings/vocabulary';
import { documentOf } from '../../../src/codec/settings/document';
import { planSettings, type SettingsPlan } from '../../../src/codec/settings/plan';
import { MADE_UP, madeUpBoard } from '../../support/settings/board';

interface Wanted {
  readonly level?: SettingsLevel;
  readonly allowExperimental?: boolean;
  readonly board?: ReturnType<typeof madeUpBoard>;
}

function plan(values: SettingValues, { level = 'structure', allowExperimental = false, ...more }: Wanted = {}) {
  const { board = madeUpBoard() } = more;
  return planSettings({
    board,
    wanted: { kind: 'keys', values },
    permission: { level, allowExperimental },
    isOwn: true,
  });
}

/** The plan for a document that was taken of another board, or of the same. */
function planDocument(taken: SettingValues, isOwn: boolean, level: SettingsLevel = 'structure'): SettingsPlan {
  const document = documentOf(madeUpBoard(taken));
  const permission = { level, allowExperimental: true };
  return planSettings({ board: madeUpBoard(), wanted: { kind: 'document', document }, permission, isOwn });
}

const refusals = ({ refused }: SettingsPlan): [SettingKey, string][] => refused.map(({ key, code }) => [key, code]);
const sent = ({ writes }: SettingsPlan): [string, SettingKey[]][] =>
  writes.map(({ register, parameters }) => [register, parameters.map(({ key }) => key)]);

describe('the plan of a write', () => {
  it('has what changes, in order, with the image of the board after each write', () => {
    const found = plan({ cellOvervoltageRecovery: 3.6, cellOvervoltageProtection: 3.7504, sleepDelay: null });
    assert.deepEqual(found.plan, [
      { key: 'cellOvervoltageProtection', from: 3.65, to: 3.75, rounded: true },
      { key: 'cellOvervoltageRecovery', from: 3.5, to: 3.6 },
    ]);
    assert.deepEqual([found.refused, found.notes, found.stop], [[], [], undefined]);
    const states = found.writes.map(({ image }) => image.get('10')?.subarray(0, 4).toString('hex'));
    assert.deepEqual(states, ['0ea60dac', '0ea60e10']);
  });

  it('writes settings of one register together, and shows what changes along', () => {
    const bits = plan({ jbdLed: false, jbdLoadDetection: true });
    assert.deepEqual(sent(bits), [['10d', ['jbdLed', 'jbdLoadDetection']]]);
    assert.equal(bits.writes[0]?.image.get('10')?.[6], 0xaa);
    const shared = plan({ shortCircuitProtection: 500 });
    assert.deepEqual(shared.plan, [
      { key: 'shortCircuitProtection', from: 400, to: 500 },
      { key: 'jbdShortCircuitThreshold', from: 0.4, to: 0.5 },
    ]);
    assert.deepEqual(sent(shared), [['112', ['shortCircuitProtection']]]);
    assert.deepEqual(refusals(plan({ shortCircuitProtection: 500, jbdShortCircuitThreshold: 0.5 })), []);
  });

  it('is empty where the board holds it all, whatever is allowed', () => {
    const found = plan({ cellOvervoltageProtection: 3.6502, boardAddress: 1, cellCount: 16 }, { level: 'none' });
    assert.deepEqual([found.plan, found.refused, found.writes], [[], [], []]);
  });

  const REFUSED: [what: string, values: SettingValues, code: string, wanted?: Wanted][] = [
    ['that the board does not have', { balanceDelta: 0.01 }, 'unsupported'],
    ['of a class that is never written', { boardAddress: 2 }, 'unsupported'],
    ['that is a state', { cycleCount: 0 }, 'unsupported'],
    ['that is only read', { fullChargeCellVoltage: 3.4 }, 'unsupported'],
    ['above the level of the device', { sleepDelay: 60 }, 'denied', { level: 'none' }],
    ['of protection where comfort is allowed', { shortCircuitProtection: 1 }, 'denied', { level: 'comfort' }],
    ['of structure where protection is allowed', { cellCount: 8 }, 'denied', { level: 'protection' }],
    ['that is experimental', { balanceStartVoltage: 3.3 }, 'denied'],
    ['out of its range', { cellOvervoltageProtection: 4.6 }, 'bad_value'],
    ['that the wire cannot say', { sleepDelay: 1e6 }, 'bad_value'],
    ['of another type', { jbdLed: 1 }, 'bad_value'],
    ['that can not be off', { cellOvervoltageProtection: null }, 'bad_value'],
    ['against a rule', { cellOvervoltageRecovery: 3.65 }, 'bad_value'],
  ];
  for (const [what, values, code, wanted] of REFUSED) {
    it(`refuses one ${what}, and with it all others`, () => {
      const found = plan({ jbdLed: false, ...values }, wanted);
      assert.ok(refusals(found).some((each) => each[0] === Object.keys(values)[0] && each[1] === code));
      assert.deepEqual(found.writes, []);
    });
  }

  it('refuses two that contradict each other, and what the board does not show', () => {
    const contradiction = plan({ shortCircuitProtection: 500, jbdShortCircuitThreshold: 0.6 });
    assert.deepEqual(refusals(contradiction), [['shortCircuitProtection', 'bad_value']]);
    const board = madeUpBoard();
    board.image.get('10')?.writeUInt16BE(0xffff, 16);
    assert.deepEqual(refusals(plan({ socVoltage100: 3.4 }, { board })), [['socVoltage100', 'unsupported']]);
  });

  it('lets what is experimental pass where the device allows it, and what must be named where it is', () => {
    const found = plan({ balanceStartVoltage: 3.3, forbidChargeTime: 0 }, { allowExperimental: true });
    assert.deepEqual(refusals(found), []);
    assert.equal(found.writes.length, 2);
  });

  it('names a rule by its settings with their values, and notes one that the board breaks already', () => {
    const wrong = plan({ cellOvervoltageProtection: 3.5 }).refused.map(
      ({ key, reason }) => `${key}: ${String(reason)}`,
    );
    assert.deepEqual(wrong, [
      'cellOvervoltageProtection: cellOvervoltageProtection (3.5 V) must be above cellOvervoltageRecovery (3.5 V). Nothing was written.',
    ]);
    const board = madeUpBoard({ balanceStartVoltage: 3.7, sleepDelay: 60 });
    const found = plan({ sleepDelay: null }, { board });
    assert.equal(found.writes.length, 1);
    assert.match(String(found.notes[0]), /^cellOvervoltageProtection \(3\.65 V\) must be above balanceStartVoltage/);
  });

  it('refuses everything on a board to which no way of writing is known', () => {
    const { write, ...access } = MADE_UP;
    assert.ok(write);
    const board = { ...madeUpBoard(), access };
    assert.deepEqual(refusals(plan({ jbdLed: false }, { board })), [['jbdLed', 'unsupported']]);
  });

  it('puts back a document of the same board, but for what is never written from a file', () => {
    const taken: SettingValues = {
      cellOvervoltageProtection: 3.7,
      boardAddress: 5,
      cycleCount: 1,
      forbidChargeTime: 1,
      fullChargeCellVoltage: 3.3,
    };
    const found = planDocument(taken, true);
    assert.deepEqual(sent(found), [['10a', ['cellOvervoltageProtection']]]);
    assert.deepEqual(found.refused, []);
    assert.deepEqual(
      found.notes.map((note) => String(note).split(' ')[0]),
      ['forbidChargeTime', 'fullChargeCellVoltage'],
    );
    assert.deepEqual(refusals(planDocument(taken, true, 'comfort')), [['cellOvervoltageProtection', 'denied']]);
  });

  it('stops at a document of a pack that is built otherwise, and never copies how it is built', () => {
    const own = planDocument({ cellCount: 8 }, true);
    assert.match(String(own.stop), /cellCount is 16 here, 8 there/);
    assert.deepEqual(sent(own), [['10e', ['cellCount']]]);
    const sister = planDocument({ cellCount: 8, sleepDelay: 60 }, false);
    assert.match(String(sister.stop), /cellCount/);
    assert.deepEqual(sent(sister), [['10c', ['sleepDelay']]]);
  });
});
