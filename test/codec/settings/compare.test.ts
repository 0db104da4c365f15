import assert from 'node:assert/strict';
import type { SettingValues } from '../../../src/battery/settings/vocabulary';
import { compareBoards, compareSettings } from '../../../src/codec/settings/compare';
import { documentOf } from '../../../src/codec/settings/document';
import { MADE_UP, madeUpBoard } from '../../support/settings/board';

const PERMISSION = { level: 'protection', allowExperimental: false } as const;

function compare(values: SettingValues) {
  return compareSettings(madeUpBoard(), { kind: 'keys', values }, PERMISSION);
}

describe('the comparison of settings', () => {
  it('goes by what the board can hold, and says what may be written', () => {
    const found = compare({
      cellOvervoltageProtection: 3.6502,
      packOvervoltageProtection: 57.604,
      sleepDelay: 60,
      balanceStartVoltage: 3.3,
      jbdLed: true,
    });
    const common = { unit: 'V', class: 'P', writable: true };
    assert.deepEqual(found.differences, [
      { key: 'sleepDelay', present: null, wanted: 60, unit: 's', class: 'O', writable: true },
      { key: 'balanceStartVoltage', present: 3.4, wanted: 3.3, unit: 'V', class: 'B', writable: false },
      { key: 'packOvervoltageProtection', present: 58.4, wanted: 57.6, ...common, rounded: true },
    ]);
    assert.deepEqual([found.same, found.apart, found.onlyHere, found.onlyThere], [false, [], [], []]);
  });

  it('shows a value that the board cannot hold as it is', () => {
    const [difference] = compare({ cellOvervoltageProtection: 5 }).differences;
    assert.deepEqual([difference?.wanted, difference?.rounded], [5, undefined]);
  });

  it('with a document of the same board is the same, whatever its state; what is of one board alone stands apart', () => {
    const document = documentOf(
      madeUpBoard({ cycleCount: 99, boardAddress: 3, shuntResistance: 0.2, deviceModel: 'B' }),
    );
    const found = compareSettings(madeUpBoard(), { kind: 'document', document }, PERMISSION);
    assert.deepEqual([found.same, found.differences, found.stop], [true, [], undefined]);
    assert.deepEqual(
      found.apart.map(({ key, present, wanted, writable }) => [key, present, wanted, writable]),
      [
        ['boardAddress', 1, 3, false],
        ['shuntResistance', 0.1, 0.2, false],
      ],
    );
  });

  it('of two boards names what only one of them has, in the steps of the first', () => {
    const other = madeUpBoard({ packOvervoltageProtection: 57.6 });
    const fewer: typeof MADE_UP = {
      ...MADE_UP,
      parameters: (...given) => MADE_UP.parameters(...given).filter(({ key }) => key !== 'jbdLed'),
    };
    const found = compareBoards({ ...madeUpBoard(), access: fewer }, other, PERMISSION);
    assert.deepEqual([found.onlyHere, found.onlyThere], [[], ['jbdLed']]);
    assert.deepEqual(
      found.differences.map(({ key }) => key),
      ['packOvervoltageProtection'],
    );
    const turned = compareBoards(other, { ...madeUpBoard(), access: fewer }, PERMISSION);
    assert.deepEqual([turned.onlyHere, turned.onlyThere, turned.same], [['jbdLed'], [], false]);
  });

  it('stops where the packs are not built alike', () => {
    const { stop, differences } = compare({ cellCount: 8 });
    assert.match(String(stop), /cellCount is 16 here, 8 there\. The settings are probably those of another pack\./);
    assert.equal(differences.length, 1);
  });
});
