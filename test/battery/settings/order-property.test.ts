import assert from 'node:assert/strict';
import fc from 'fast-check';
import { holds, orderOfWrites, type SettingChange } from '../../../src/battery/settings/order';
import type { OrderingRule } from '../../../src/battery/settings/ordering-rule';
import * as rules from '../../../src/battery/settings/ordering-rules';
import type { SettingKey, SettingValues } from '../../../src/battery/settings/vocabulary';
import { replays } from '../../support/settings/replay';

/** In CI; at night `SETTINGS_RUNS=100000`. */
const RUNS = Number(process.env.SETTINGS_RUNS ?? 2000);

/** The common rules all at once: more than any board has to keep. */
const COMMON: readonly OrderingRule[] = [
  ...rules.RECOVERY_RULES,
  ...rules.SECOND_LEVEL_RULES,
  ...rules.OVERCURRENT_RULES,
  ...rules.BALANCING_RULES,
  ...rules.HARDWARE_RULES,
  ...rules.FULL_AND_EMPTY_RULES,
  ...rules.CHARGE_PROFILE_RULES,
  ...rules.socTableRules(),
];

/** Those, and what captured boards of each protocol keep. */
const RULE_SETS: readonly (readonly [name: string, rules: readonly OrderingRule[]])[] = [
  ['all common rules', COMMON],
  ...replays().map((replay) => {
    const all = replay.boards().flatMap(({ access, target, image }) => access.rules(target, image));
    return [replay.protocol.id, all] as const;
  }),
];

type Writes = readonly (readonly SettingChange[])[];

/** Sets of settings under some rules, and the order between them. */
class Bench {
  readonly keys: readonly SettingKey[];

  constructor(private readonly rules: readonly OrderingRule[]) {
    this.keys = [...new Set(rules.flatMap(({ upper, lower }) => [upper, lower]))];
  }

  /** Any set that keeps the rules: numbers at random, each raised above what must be below it where it is not. */
  get validSet(): fc.Arbitrary<SettingValues> {
    const { length } = this.keys;
    return fc.array(fc.integer({ min: 0, max: 12 }), { minLength: length, maxLength: length }).map((numbers) => {
      const values = new Map<SettingKey, number>();
      const valueOf = (key: SettingKey): number => {
        const known = values.get(key);
        if (known !== undefined) return known;
        const below = this.rules.filter(({ upper }) => upper === key);
        const least = below.map(({ lower, orEqual }) => valueOf(lower) + (orEqual ? 0 : 1));
        const value = Math.max(numbers[this.keys.indexOf(key)] ?? 0, ...least);
        values.set(key, value);
        return value;
      };
      this.keys.forEach(valueOf);
      return Object.fromEntries(values);
    });
  }

  order(from: SettingValues, to: SettingValues, registerOf = (key: SettingKey): string => key) {
    const changes = this.keys.flatMap((key): SettingChange[] => {
      const after = to[key];
      return after === undefined || after === from[key]
        ? []
        : [{ key, register: registerOf(key), from: from[key], to: after }];
    });
    return orderOfWrites(changes, from, this.rules);
  }

  /** Writes one register after the other, and puts all back: after each, every rule must hold. */
  check(writes: Writes, from: SettingValues, to: SettingValues): void {
    this.checkForward(writes, from, to);
    const back = [...writes]
      .reverse()
      .map((write) => write.map((each) => ({ ...each, from: each.to, to: each.from ?? null })));
    this.checkForward(back, to, from);
  }

  private checkForward(writes: Writes, from: SettingValues, to: SettingValues): void {
    const now = { ...from };
    for (const write of writes) {
      for (const { key, from: before, to: after } of write) {
        if (now[key] !== before) assert.fail(`${key} is not what it was`);
        now[key] = after;
      }
      const isBroken = this.rules.some((rule) => !holds(rule, now[rule.upper], now[rule.lower]));
      if (isBroken) assert.fail(`a rule is broken after ${write.map(({ key }) => key).join(', ')}`);
    }
    assert.deepEqual(now, to);
  }
}

describe('the order in which settings are written', () => {
  for (const [name, set] of RULE_SETS) {
    const bench = new Bench(set);
    if (bench.keys.length === 0) continue;

    it(`keeps every rule at every step, forwards and put back, between any two valid sets: ${name}`, () => {
      fc.assert(
        fc.property(bench.validSet, bench.validSet, fc.subarray([...bench.keys]), (from, all, chosen) => {
          const some = { ...from, ...Object.fromEntries(chosen.map((key) => [key, all[key]])) };
          for (const to of [all, some]) {
            const { writes, broken, alreadyBroken } = bench.order(from, to);
            assert.deepEqual(alreadyBroken, []);
            assert.ok(writes !== undefined, 'no order');
            assert.ok(to === some || broken.length === 0);
            if (broken.length === 0) bench.check(writes, from, to);
          }
        }),
        { numRuns: RUNS },
      );
    });
  }

  it('keeps them where settings share registers, or finds no order', () => {
    const bench = new Bench(COMMON);
    let found = 0;
    fc.assert(
      fc.property(bench.validSet, bench.validSet, fc.integer({ min: 2, max: 40 }), (from, to, registers) => {
        const { writes } = bench.order(from, to, (key) => String(bench.keys.indexOf(key) % registers));
        if (writes === undefined) return;
        found += 1;
        bench.check(writes, from, to);
      }),
      { numRuns: RUNS / 4 },
    );
    assert.ok(found > RUNS / 100, `an order in ${found} runs only`);
  });
});
