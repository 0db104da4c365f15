import assert from 'node:assert/strict';
import { freshFor, LEAST_FRESH } from '../../../src/battery/fresh-for';
import {
  CHEMISTRY_PRESETS,
  checkLimitsSettings,
  COMMON_PRESET,
  LIMITS_CHEMISTRIES,
  type LimitsSettings,
  type LimitsState,
} from '../../../src/battery/limits/limits';
import { AT_WORK, cellsWith, LFP, LimitsBench, packOf } from '../../support/limits';

const PLAIN = packOf(cellsWith({}));
const DAY = 86_400;

describe('settings of charge limits', () => {
  for (const chemistry of LIMITS_CHEMISTRIES) {
    it(`of ${chemistry} may be used as they are`, () => {
      checkLimitsSettings({ ...COMMON_PRESET, ...CHEMISTRY_PRESETS[chemistry] });
    });
  }

  /** What is refused, and the two figures that the sentence names (charge-limits.md 2). */
  const REFUSED: readonly (readonly [changes: Partial<LimitsSettings>, named: RegExp])[] = [
    [{ rebulkVoltage: 3.35 }, /rebulkVoltage is 3.35; it must be below floatVoltage, which is 3.35/],
    [{ floatVoltage: 3.46 }, /floatVoltage is 3.46; it must not be above absorptionVoltage, which is 3.45/],
    [{ restVoltage: 3.3 }, /restVoltage is 3.3; it must be below rebulkVoltage, which is 3.3/],
    [{ undervoltage: 2.75 }, /protectionMargin is 2.85; it must not be above dischargeByCell, which is 2.8/],
    [{ coldBlock: 1 }, /coldBlock is 1; it must not be above chargeByTemperature, which is 0/],
    [
      {
        chargeByCell: [
          [3.45, 1],
          [3.61, 0],
        ],
      },
      /chargeByCell is 3.61; .* which is 3.6/,
    ],
    [
      {
        chargeByCell: [
          [3.45, 1],
          [3.6, 0.1],
        ],
      },
      /chargeByCell must be 0 at 3.6; it is 0.1/,
    ],
    [
      {
        chargeByCell: [
          [3.3, 1],
          [3.4, 0],
        ],
      },
      /chargeByCell is 0 at absorptionVoltage, 3.45/,
    ],
    [
      {
        chargeByTemperature: [
          [0, 0.1],
          [5, 1],
        ],
      },
      /chargeByTemperature must be 0 at 0; it is 0.1/,
    ],
    [
      {
        dischargeByMos: [
          [80, 1],
          [70, 0],
        ],
      },
      /points of dischargeByMos must rise: 80, 70/,
    ],
    [{ chargeBySoc: [[80, 1.1]] }, /fraction of chargeBySoc is 1.1/],
    [{ absorptionVoltage: NaN }, /absorptionVoltage, which is NaN/],
  ];
  for (const [changes, named] of REFUSED) {
    it(`are refused with ${JSON.stringify(changes)}`, () => {
      assert.throws(() => checkLimitsSettings({ ...LFP, ...changes }), { code: 'bad_value', message: named });
    });
  }

  it('say how long a reading is fresh', () => {
    assert.deepEqual([LEAST_FRESH, freshFor(0), freshFor(1), freshFor(10)], [15, 600, 15, 30]);
  });
});

describe('charge limits', () => {
  it('begin with no charge current, which rises without hold, and with the whole discharge current', () => {
    const bench = new LimitsBench(LFP);
    const { chargeCurrentLimit, dischargeCurrentLimit } = bench.read(PLAIN, 0).limits;
    assert.deepEqual([chargeCurrentLimit, dischargeCurrentLimit], [0, 200]);
    assert.equal(bench.read(PLAIN, 10).limits.chargeCurrentLimit, 28);
  });

  it('are absent before the first reading, and nothing flows when that is a loss', () => {
    const none = new LimitsBench(LFP).read({ soc: 50 }, 0).limits;
    assert.deepEqual(none, { phase: 'bulk', chargeLimitedBy: [], dischargeLimitedBy: [] });
    const { limits } = new LimitsBench(LFP).take({ kind: 'lost', at: 0 }, 0);
    assert.deepEqual([limits.chargeCurrentLimit, limits.dischargeCurrentLimit], [0, 0]);
    assert.equal(limits.chargeVoltageLimit, 53.6);
  });

  const restarted = (away: number): LimitsBench => {
    const stored: LimitsState = {
      ...AT_WORK,
      now: 5000,
      at: -away * 1000,
      lastFull: 1,
      discharge: { given: 50, risingFor: 99 },
    };
    const bench = new LimitsBench(LFP, stored);
    bench.now = 0;
    bench.read(PLAIN, 0);
    return bench;
  };

  it('take up currents after a restart from a young state only, the rest always', () => {
    const young = restarted(599);
    assert.deepEqual([young.state.charge.given, young.state.discharge.given], [140, 50]);
    assert.equal(young.read(PLAIN, 20).limits.dischargeCurrentLimit, 50);
    assert.equal(young.read(PLAIN, 20).limits.dischargeCurrentLimit, 50);
    assert.equal(young.read(PLAIN, 10).limits.dischargeCurrentLimit, 90);
    const old = restarted(601);
    assert.deepEqual([old.state.charge.given, old.state.discharge.given, old.state.lastFull], [0, 200, 1]);
  });

  it('are lowered by a cell that jumps, but not raised', () => {
    const bench = new LimitsBench(LFP, AT_WORK);
    bench.read(packOf(cellsWith({ highest: 3.55 })), 10);
    for (let i = 0; i < 5; i++) bench.read(packOf(cellsWith({ highest: 3.55 })), 10);
    const jumped = packOf(cellsWith({ highest: 3.3 }));
    for (let age = 0; age <= 10; age += 5) assert.equal(bench.read(jumped, 5, age).limits.chargeCurrentLimit, 14);
    for (const given of [42, 70]) assert.equal(bench.read(jumped, 10).limits.chargeCurrentLimit, given);
    assert.equal(bench.read(packOf(cellsWith({ highest: 3.6 })), 10).limits.chargeCurrentLimit, 0);
  });

  it('block charging where a temperature lacks that was there before, until it is warm again', () => {
    const bench = new LimitsBench(LFP, AT_WORK);
    bench.read(PLAIN, 10);
    const lacking = { ...PLAIN, temperatureMin: undefined, temperatureMax: undefined };
    for (let i = 0; i < 6; i++) assert.deepEqual(bench.read(lacking, 10).limits.chargeLimitedBy, []);
    assert.deepEqual(bench.read(lacking, 10).limits.chargeLimitedBy, ['cold']);
    assert.equal(bench.read({ ...PLAIN, temperatureMin: 1.9 }, 10).state.charge.raw, 0);
    assert.equal(bench.read(PLAIN, 10).state.charge.raw, 140);
  });

  it('give a lost pack both currents with `hold` while its cells are in the middle', () => {
    for (const [voltage, given] of [
      [3.3, [70, 100]],
      [3.4, [0, 0]],
    ] as const) {
      const bench = new LimitsBench({ ...LFP, onLost: 'hold' }, AT_WORK);
      bench.read(packOf(cellsWith({ highest: voltage, lowest: voltage, others: voltage })), 10);
      const { limits } = bench.take({ kind: 'lost', at: 0 }, 20);
      assert.deepEqual([limits.chargeCurrentLimit, limits.dischargeCurrentLimit], given);
    }
  });

  it('change the phase at a command alone, and then the voltage', () => {
    const bench = new LimitsBench(LFP, AT_WORK);
    bench.read(PLAIN, 10);
    const { limits } = bench.take({ kind: 'command', action: 'float', at: 0 }, 5);
    assert.deepEqual([limits.phase, limits.chargeVoltageLimit, limits.chargeCurrentLimit], ['float', 55.2, 140]);
    assert.equal(limits.full, undefined);
    assert.equal(bench.read(PLAIN, 5).limits.chargeVoltageLimit, 55.18);
    const back = bench.take({ kind: 'command', action: 'bulk', at: 0 }, 1).limits;
    assert.deepEqual([back.phase, back.chargeVoltageLimit], ['bulk', 55.2]);
  });

  it('charge on beyond `chargeToSoc` when a full charge is due', () => {
    const settings = { ...LFP, chargeToSoc: 80, rebulkDays: 14 };
    const rawAfter = (days: number): number | undefined =>
      new LimitsBench(settings, { ...AT_WORK, lastFull: 0, now: days * DAY }).read({ ...PLAIN, soc: 85 }, 10).state
        .charge.raw;
    assert.deepEqual([rawAfter(13), rawAfter(14)], [0, 140]);
  });
});
