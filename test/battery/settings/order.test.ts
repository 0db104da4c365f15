import assert from 'node:assert/strict';
import { orderOfWrites, type SettingChange, type WriteOrder } from '../../../src/battery/settings/order';
import { CHARGE_PROFILE_RULES, RECOVERY_RULES, SECOND_LEVEL_RULES } from '../../../src/battery/settings/ordering-rules';
import type { SettingKey, SettingValue, SettingValues } from '../../../src/battery/settings/vocabulary';

const RULES = [...RECOVERY_RULES, ...SECOND_LEVEL_RULES, ...CHARGE_PROFILE_RULES];

/** The order of changes, each by its key with from and to. */
function order(changes: Readonly<Record<string, [from: SettingValue, to: SettingValue]>>, others: SettingValues = {}) {
  const list = Object.entries(changes).map(([key, [from, to]]): SettingChange => ({
    key: key as SettingKey,
    register: key,
    from,
    to,
  }));
  const present = { ...others, ...Object.fromEntries(list.map(({ key, from }) => [key, from])) };
  return orderOfWrites(list, present, RULES);
}

const keysOf = ({ writes }: WriteOrder): SettingKey[] | undefined => writes?.flat().map(({ key }) => key);

describe('the order of settings', () => {
  it('goes from the top of a chain down when it rises, from the bottom up when it falls', () => {
    const up = order({
      cellOvervoltageRecovery: [3.38, 3.6],
      socVoltage100: [3.39, 3.62],
      cellOvervoltageProtection: [3.4, 3.65],
    });
    const down = order({
      cellOvervoltageProtection: [3.65, 3.4],
      socVoltage100: [3.62, 3.39],
      cellOvervoltageRecovery: [3.6, 3.38],
    });
    const chain = ['cellOvervoltageProtection', 'socVoltage100', 'cellOvervoltageRecovery'];
    assert.deepEqual(keysOf(up), chain);
    assert.deepEqual(keysOf(down), [...chain].reverse());
  });

  it('puts first what protects more, last what protects less, where rules leave it open', () => {
    const found = order({
      cellOvervoltageProtection: [3.6, 3.65],
      cellUndervoltageDelay: [5, 2],
      cellUndervoltageProtection: [2.5, 2.6],
      balanceDelta: [0.01, 0.02],
      dischargeOvercurrentRecoveryDelay: [30, 20],
      dischargeOvercurrentProtection: [null, 200],
      jkDischargeOvercurrent2: [true, false],
      shutdownCellVoltage: [2.2, 2.3],
    });
    assert.deepEqual(keysOf(found), [
      'cellUndervoltageProtection',
      'cellUndervoltageDelay',
      'dischargeOvercurrentProtection',
      'shutdownCellVoltage',
      'balanceDelta',
      'cellOvervoltageProtection',
      'dischargeOvercurrentRecoveryDelay',
      'jkDischargeOvercurrent2',
    ]);
  });

  it('names the rules that would not hold, and those that do not hold now and stay as they are', () => {
    const found = order(
      { cellOvervoltageProtection: [3.65, 3.5] },
      { cellOvervoltageRecovery: 3.55, cellUndervoltageProtection: 2.8, cellUndervoltageRecovery: 2.7 },
    );
    const named = (rules: WriteOrder['broken']) => rules.map(({ rule, upper, lower }) => [rule.upper, upper, lower]);
    assert.deepEqual(named(found.broken), [['cellOvervoltageProtection', 3.5, 3.55]]);
    assert.deepEqual(named(found.alreadyBroken), [['cellUndervoltageRecovery', 2.7, 2.8]]);
  });

  it('asks nothing of a protection that is off', () => {
    const found = order({ cellOvervoltage2Protection: [4.3, null] }, { cellOvervoltageProtection: 4.2 });
    assert.deepEqual([found.broken, keysOf(found)], [[], ['cellOvervoltage2Protection']]);
  });

  it('goes by the direction where the board holds two settings the wrong way round', () => {
    const up = order({ cellOvervoltageRecovery: [3.6, 3.7], cellOvervoltageProtection: [3.5, 3.8] });
    const down = order({ cellOvervoltageProtection: [3.5, 3.4], cellOvervoltageRecovery: [3.6, 3.3] });
    assert.deepEqual(keysOf(up), ['cellOvervoltageProtection', 'cellOvervoltageRecovery']);
    assert.deepEqual(keysOf(down), ['cellOvervoltageRecovery', 'cellOvervoltageProtection']);
  });

  it('does not exist where two registers would each have to go first', () => {
    const changes: SettingChange[] = [
      { key: 'cellOvervoltageProtection', register: 'a', from: 3.4, to: 3.6 },
      { key: 'cellOvervoltageRecovery', register: 'b', from: 3.3, to: 3.5 },
      { key: 'packOvervoltageProtection', register: 'a', from: 56, to: 52 },
      { key: 'packOvervoltageRecovery', register: 'b', from: 54, to: 50 },
    ];
    const present = Object.fromEntries(changes.map(({ key, from }) => [key, from]));
    assert.equal(orderOfWrites(changes, present, RULES).writes, undefined);
  });
});
