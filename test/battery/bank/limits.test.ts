import assert from 'node:assert/strict';
import { combinedLimit, type LimitOptions } from '../../../src/battery/bank/current-limit';
import { roundedDown } from '../../../src/battery/derive';
import { limitsOf } from '../../../src/battery/bank/pack-limits';
import { newState } from '../../../src/battery/bank/state';
import { steadyLimit } from '../../../src/battery/bank/steady-limit';
import type { PackLimits } from '../../../src/battery/bank/member';
import type { CurrentRule } from '../../../src/battery/bank/settings';
import type { Unit } from '../../../src/battery/bank/unit';
import { bankOf } from '../../../src/battery/bank/bank';
import { BankBench, NAMES } from '../../support/bank';

interface LimitedPack {
  readonly limit: number;
  readonly share?: number;
  readonly isHeld?: boolean;
  readonly chargeEnabled?: boolean;
}

const unit = ({ limit, isHeld, chargeEnabled }: LimitedPack, i: number): Unit => {
  const name = NAMES[i] ?? '';
  const values = { chargeCurrentLimit: limit, chargeEnabled };
  return { name, packs: [name], values, capacity: 100, size: 100, isLive: isHeld !== true };
};

const options = (packs: readonly LimitedPack[], currentRule: CurrentRule, balanceAssist = false): LimitOptions => ({
  currentRule,
  balanceAssist,
  shareOf: (name) => packs[NAMES.indexOf(name as (typeof NAMES)[number])]?.share,
});

const packs = (limits: readonly number[], shares: readonly number[] = []): LimitedPack[] =>
  limits.map((limit, i) => ({ limit, share: shares[i] }));

const third = 1 / 3;
const [firstPack = { limit: 50 }] = packs([50, 50]);
const blocked = { limit: 0, chargeEnabled: true };

/** Worked examples of bank.md 8: what packs of equal capacity allow together, A. */
const ROWS: readonly (readonly [number: string, rule: CurrentRule, packs: readonly LimitedPack[], limit: number])[] = [
  ['20', 'share', packs([50, 50, 10], [0.35, 0.35, 0.3]), 30.3],
  ['20', 'sum', packs([50, 50, 10]), 110],
  ['20', 'lowest', packs([50, 50, 10]), 30],
  ['21', 'share', packs([50, 50, 10], [0.44, 0.44, 0.12]), 60],
  ['22', 'share', packs([50, 50, 10]), 24],
  ['23', 'share', packs([14.4, 7.2], [0.282, 0.718]), 9.1],
  [
    '24',
    'share',
    packs([100, 100, 100], [third, third, third]).map((pack, i) => ({ ...pack, isHeld: i === 2 })),
    181.8,
  ],
  ['25', 'share', [...packs([50, 50]), blocked], 0],
  ['25', 'sum', [...packs([50, 50]), blocked], 0],
  ['25, off', 'share', [...packs([50, 50]), { ...blocked, chargeEnabled: false }], 80],
];

describe('the limits of a bank', () => {
  for (const [number, rule, given, expected] of ROWS) {
    it(`are those of row ${number} by the rule "${rule}"`, () => {
      const limit = combinedLimit('charge', given.map(unit), options(given, rule));
      assert.equal(roundedDown(limit ?? NaN, 1), expected);
    });
  }

  it('stop the bank for a pack whose charging is off where balancing is assisted', () => {
    const given = [...packs([50, 50]), { ...blocked, chargeEnabled: false }];
    assert.equal(combinedLimit('charge', given.map(unit), options(given, 'share', true)), 0);
  });

  it('take the greatest target below all ceilings (row 26)', () => {
    const voltage = (ceiling?: number, chargeEnabled?: boolean, isMixed = false): number | undefined => {
      const limits: PackLimits[] = [
        { chargeVoltageTarget: 55.2 },
        { chargeVoltageTarget: 53.6, chargeVoltageCeiling: ceiling },
      ];
      const units = [firstPack, { limit: 50, chargeEnabled }].map((pack, i) => ({
        unit: unit(pack, i),
        limits: limits[i] ?? {},
      }));
      return limitsOf(units, options([], 'share'), isMixed).chargeVoltageLimit;
    };
    assert.equal(voltage(), 55.2);
    assert.equal(voltage(54.46), 54.46);
    assert.equal(voltage(54.46, false), 55.2);
    assert.equal(voltage(undefined, undefined, true), 53.6);
  });

  it('come from those of the packs where each has its own', () => {
    const bench = new BankBench();
    const readings = [
      { current: 0, fullCapacity: 100 },
      { current: 0, fullCapacity: 300 },
    ];
    const limits = {
      chargeVoltageTarget: 55.2,
      chargeCurrentLimit: 40,
      dischargeCurrentLimit: 80,
      dischargeVoltageLimit: 44,
    };
    const members = bench.members(readings).map((member) => ({ ...member, limits }));
    assert.deepEqual(bankOf(bench.settings, members, undefined, 0).limits, {
      ...{ chargeVoltageLimit: 55.2, dischargeVoltageLimit: 44 },
      ...{ chargeCurrentLimit: 42.6, dischargeCurrentLimit: 85.3 },
    });
    const [first, ...others] = members;
    const oneWithout = first === undefined ? [] : [{ ...first, limits: undefined }, ...others];
    assert.equal(bankOf(bench.settings, oneWithout, undefined, 0).limits, undefined);
  });

  it('do not fall for the noise of a pack whose charging is off', () => {
    const bench = new BankBench();
    const frozen = { current: 0.1, fullCapacity: 100, chargeCurrentLimit: 0, chargeEnabled: false };
    const { reading } = bench.run([{ current: 20, fullCapacity: 100, chargeCurrentLimit: 50 }, frozen], 10);
    assert.equal(reading?.chargeCurrentLimit, 50);
  });

  it('fall at once for a pack that carries more than it may (row 27)', () => {
    const state = newState(0);
    const quiet = { hasChanged: false, isStale: false };
    const loads = [{ name: 'A', current: 10.3, limit: 7.2 }];
    assert.equal(steadyLimit(state, 'x', 14.4, loads, quiet), 14.4);
    state.clock = 3000;
    assert.equal(roundedDown(steadyLimit(state, 'x', 14.4, loads, quiet), 1), 9.5);
    state.clock = 33_000;
    assert.equal(roundedDown(steadyLimit(state, 'x', 14.4, [], quiet), 1), 9.5);
    state.clock = 43_000;
    assert.equal(roundedDown(steadyLimit(state, 'x', 14.4, [], quiet), 1), 12.4);
  });
});
