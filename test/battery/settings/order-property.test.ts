import assert from 'node:assert/strict';
import fc from 'fast-check';
import { holds, orderOfWrites, type SettingChange } from '../../../src/battery/settings/order';
import type { OrderingRule } from '../../../src/battery/settings/ordering-rule';
import * as rules from '../../../src/battery/settings/ordering-rules';
import type { SettingKey, SettingValues } from '../../../src/battery/settings/vocabulary';

/** In CI; at night `OPENBMS_SETTINGS_RUNS=100000`. */
const RUNS = Number(process.env.OPENBMS_SETTINGS_RUNS ?? 2000);

/** What some protocol keeps, all at once: more than any board has to keep. */
const ALL: readonly OrderingRule[] = [
  ...rules.RECOVERY_RULES,
  ...rules.SECOND_LEVEL_RULES,
  ...rules.OVERCURRENT_RULES,
  ...rules.BALANCING_RULES,
  ...rules.HARDWARE_RULES,
  ...rules.FULL_AND_EMPTY_RULES,
  ...rules.CHARGE_PROFILE_RULES,
  ...rules.socTableRules(),
];

const KEYS = [...new Set(ALL.flatMap(({ upper, lower }) => [upper, lower]))];

/** Any set that keeps the rules: random numbers, each raised above what must be below it, by little or not at all where that may be. */
const validSet = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: KEYS.length, maxLength: KEYS.length }), fc.boolean())
  .map(([numbers]) => {
    const drawn = new Map(KEYS.map((key, i) => [key, numbers[i] ?? 0]));
    const values = new Map<SettingKey, number>();
    const valueOf = (key: SettingKey): number => {
      const known = values.get(key);
      if (known !== undefined) return known;
      const least = ALL.filter(({ upper }) => upper === key).map(
        ({ lower, orEqual }) => valueOf(lower) + (orEqual ? 0 : 1),
      );
      const value = Math.max(drawn.get(key) ?? 0, ...least);
      values.set(key, value);
      return value;
    };
    KEYS.forEach(valueOf);
    return Object.fromEntries(values);
  });

function changesBetween(
  from: SettingValues,
  to: SettingValues,
  registerOf = (key: SettingKey): string => key,
): SettingChange[] {
  return KEYS.flatMap((key) => {
    const [before, after] = [from[key], to[key]];
    return after === undefined || before === after ? [] : [{ key, register: registerOf(key), from: before, to: after }];
  });
}

/** Writes one register after the other; after each, every rule must hold. */
function assertStepwise(writes: readonly (readonly SettingChange[])[], from: SettingValues, to: SettingValues): void {
  const now = { ...from };
  for (const write of writes) {
    for (const change of write) {
      assert.equal(now[change.key], change.from);
      now[change.key] = change.to;
    }
    const broken = ALL.filter((rule) => !holds(rule, now[rule.upper], now[rule.lower]));
    assert.deepEqual(broken, [], `after ${write.map(({ key }) => key).join(', ')}`);
  }
  assert.deepEqual(now, to);
}

function reversed(writes: readonly (readonly SettingChange[])[]): SettingChange[][] {
  return [...writes].reverse().map((write) => write.map((each) => ({ ...each, from: each.to, to: each.from ?? null })));
}

describe('the order in which settings are written', () => {
  it('keeps every rule at every step, forwards and put back, between any two valid sets', () => {
    fc.assert(
      fc.property(validSet, validSet, fc.subarray(KEYS), (from, all, chosen) => {
        const to = { ...from, ...Object.fromEntries(chosen.map((key) => [key, all[key]])) };
        const changes = changesBetween(from, to);
        const { writes, broken, alreadyBroken } = orderOfWrites(changes, from, ALL);
        assert.deepEqual(alreadyBroken, []);
        assert.ok(writes !== undefined, 'no order');
        if (broken.length > 0) return;
        assertStepwise(writes, from, to);
        assertStepwise(reversed(writes), to, from);
      }),
      { numRuns: RUNS },
    );
  });

  it('keeps them where settings share registers, or finds no order', () => {
    let found = 0;
    fc.assert(
      fc.property(validSet, validSet, fc.integer({ min: 2, max: 40 }), (from, to, registers) => {
        const registerOf = (key: SettingKey): string => String(KEYS.indexOf(key) % registers);
        const { writes } = orderOfWrites(changesBetween(from, to, registerOf), from, ALL);
        if (writes === undefined) return;
        found += 1;
        assertStepwise(writes, from, to);
        assertStepwise(reversed(writes), to, from);
      }),
      { numRuns: RUNS / 4 },
    );
    assert.ok(found > RUNS / 100, `an order in ${found} runs only`);
  });
});
