import assert from 'node:assert/strict';
import type { BmsError } from '../../../src/battery/errors';
import { holds } from '../../../src/battery/settings/order';
import * as rules from '../../../src/battery/settings/ordering-rules';
import { PRESET_CHEMISTRIES, quickSetup, type QuickSetup } from '../../../src/battery/settings/presets';
import { SETTINGS, type SettingKey, type SettingValues } from '../../../src/battery/settings/vocabulary';

/** Boards count by a table of voltages, as JBD and ANT do, or from empty to full, as JK does. */
const hasTable = (key: SettingKey): boolean => SETTINGS.has(key);
const hasEnds = (key: SettingKey): boolean => !/^socVoltage[1-9]0$/.test(key);

const COMMON = [
  ...rules.RECOVERY_RULES,
  ...rules.SECOND_LEVEL_RULES,
  ...rules.BALANCING_RULES,
  ...rules.HARDWARE_RULES,
  ...rules.FULL_AND_EMPTY_RULES,
];

function proposed(setup: Partial<QuickSetup>, has = hasTable): SettingValues {
  return quickSetup({ chemistry: 'lfp', cells: 16, capacity: 280, ...setup }, has).values;
}

describe('quick setup', () => {
  for (const chemistry of PRESET_CHEMISTRIES) {
    it(`of ${chemistry} keeps what boards keep`, () => {
      const withTable = proposed({ chemistry });
      const withEnds = proposed({ chemistry }, hasEnds);
      const broken = [
        ...[...COMMON, ...rules.socTableRules()].filter(
          (rule) => !holds(rule, withTable[rule.upper], withTable[rule.lower]),
        ),
        ...rules.CHARGE_PROFILE_RULES.filter((rule) => !holds(rule, withEnds[rule.upper], withEnds[rule.lower])),
      ];
      assert.deepEqual(broken, []);
      // JBD: what counts as full and empty encloses its table (settings-jbd.md 7).
      assert.ok(Number(withTable.fullChargeCellVoltage) >= Number(withTable.socVoltage80));
      assert.ok(Number(withTable.emptyCellVoltage) < Number(withTable.socVoltage20));
    });
  }

  it('is of the number of cells, and of the capacity', () => {
    const values = proposed({ cells: 15, capacity: 105 });
    const { chemistry, cellCount, designCapacity, cycleCountCapacity } = values;
    assert.deepEqual([chemistry, cellCount, designCapacity, cycleCountCapacity], ['lfp', 15, 105, 84]);
    assert.deepEqual([values.packOvervoltageProtection, values.packUndervoltageRecovery], [54, 45]);
    assert.deepEqual([values.socVoltage90, values.socVoltage80, values.socVoltage0], [3.425, 3.4, 2.9]);
  });

  it('proposes what the board has, and says to look into the data sheet', () => {
    const { values, note } = quickSetup({ chemistry: 'nmc', cells: 14, capacity: 50 }, (key) => key === 'cellCount');
    assert.deepEqual(values, { cellCount: 14 });
    assert.match(String(note), /data sheet of your cells/);
  });

  it('has the recipe for cells of 4.3 V, on ANT boards', () => {
    const values = proposed({ chemistry: 'nmc', isHighVoltage: true });
    const { cellOvervoltageProtection, balanceLimitVoltage, antSocMethod, cellUndervoltageProtection } = values;
    assert.deepEqual([cellOvervoltageProtection, balanceLimitVoltage, antSocMethod], [4.3, 4.3, 3]);
    assert.equal(cellUndervoltageProtection, 2.9);
    assert.deepEqual(
      COMMON.filter((rule) => rule.upper !== 'hardwareCellOvervoltageProtection').filter(
        (rule) => !holds(rule, values[rule.upper], values[rule.lower]),
      ),
      [],
    );
  });

  const BAD: [what: string, setup: Partial<QuickSetup>, has: (key: SettingKey) => boolean, code: string][] = [
    ['no cells', { cells: 0 }, hasTable, 'bad_value'],
    ['half a cell', { cells: 15.5 }, hasTable, 'bad_value'],
    ['no capacity', { capacity: 0 }, hasTable, 'bad_value'],
    ['a capacity that is no number', { capacity: NaN }, hasTable, 'bad_value'],
    ['another chemistry', { chemistry: 'lead' as 'lfp' }, hasTable, 'bad_value'],
    ['4.3 V of LFP', { isHighVoltage: true }, hasTable, 'unsupported'],
    [
      '4.3 V on another board',
      { chemistry: 'nmc', isHighVoltage: true },
      (key) => key !== 'antSocMethod',
      'unsupported',
    ],
  ];
  for (const [what, setup, has, code] of BAD) {
    it(`refuses ${what}`, () =>
      assert.throws(
        () => proposed(setup, has),
        (error: BmsError) => error.code === code,
      ));
  }
});
