import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import {
  checkLimitsSettings,
  type Limits,
  type LimitsReading,
  type LimitsSettings,
  type LimitsState,
} from '../../../src/battery/limits/limits';
import { roundedDown } from '../../../src/battery/derive';
import { alarm } from '../../../src/battery/alarm';
import { AT_WORK, cellsWith, LFP, LimitsBench, packOf } from '../../support/limits';

type Expected = Partial<Limits> & { rawCharge?: number; rawDischarge?: number };
type Step = readonly [seconds: number, input: LimitsReading | { readonly age: number }, expected: Expected];
interface Row {
  readonly row: number;
  readonly settings?: Partial<LimitsSettings>;
  readonly state?: Partial<LimitsState>;
  readonly steps: readonly Step[];
}

const plain = (others: LimitsReading = {}): LimitsReading => packOf(cellsWith({}), others);
const high = (highest: number, others: LimitsReading = {}): LimitsReading => packOf(cellsWith({ highest }), others);
const low = (lowest: number, others: LimitsReading = {}): LimitsReading => packOf(cellsWith({ lowest }), others);
const all = (voltage: number, lowest = voltage, others: LimitsReading = {}): LimitsReading =>
  packOf(cellsWith({ highest: voltage, others: voltage, lowest }), others);
const listless = { cellVoltages: undefined, cellVoltageMin: undefined };

/** The same step several times. */
const times = (count: number, ...step: Step): Step[] => Array.from({ length: count }, () => step);
/** A single step. */
const once = (input: LimitsReading, expected: Expected): { steps: Step[] } => ({ steps: [[10, input, expected]] });

const { phase } = AT_WORK;
const ABSORPTION: Partial<LimitsState> = { phase: { ...phase, phase: 'absorption' } };
const FLOAT: Partial<LimitsState> = { phase: { ...phase, phase: 'float', target: 3.35 } };
const EMPTY: Partial<LimitsState> = { charge: { given: 0, risingFor: 0 } };
/** 15 cells at 3.400 V, one ahead: rows 23 and 25 to 27. */
const AHEAD: Step = [
  10,
  packOf(cellsWith({ highest: 3.52, lowest: 3.4, others: 3.4 })),
  { chargeVoltageLimit: 54.46, chargeVoltageCeiling: 54.46, chargeVoltageTarget: 55.2 },
];
const CALMED = packOf(cellsWith({ highest: 3.45, lowest: 3.4, others: 3.4 }));
const LOST: Step[] = [
  [0, plain(), { chargeCurrentLimit: 140, dischargeCurrentLimit: 200, chargeVoltageLimit: 55.2 }],
  [
    20,
    { age: 20 },
    { chargeCurrentLimit: 140, dischargeCurrentLimit: 200, chargeVoltageLimit: 55.2, chargeLimitedBy: ['stale'] },
  ],
  [
    41,
    { age: 61 },
    { chargeCurrentLimit: 0, dischargeCurrentLimit: 100, chargeVoltageLimit: 53.6, chargeLimitedBy: ['lost'] },
  ],
  [
    1800,
    { age: 1861 },
    { chargeCurrentLimit: 0, dischargeCurrentLimit: 0, chargeVoltageLimit: 53.6, dischargeLimitedBy: ['lost'] },
  ],
];

/** The worked examples, by their numbers (charge-limits.md 11); 38 is below. */
const ROWS: readonly Row[] = [
  {
    row: 1,
    ...once(plain(), {
      ...{ rawCharge: 140, rawDischarge: 200, chargeVoltageLimit: 55.2, dischargeVoltageLimit: 46.4, phase: 'bulk' },
      ...{ chargeLimitedBy: [], dischargeLimitedBy: [] },
    }),
  },
  { row: 2, ...once(high(3.475), { rawCharge: 98, chargeLimitedBy: ['cell_voltage'] }) },
  { row: 3, ...once(high(3.52), { rawCharge: 39.2 }) },
  {
    row: 4,
    steps: [
      [10, high(3.6), { rawCharge: 0 }],
      [10, high(3.65), { rawCharge: 0 }],
    ],
  },
  {
    row: 5,
    settings: { curveShape: 'step' },
    steps: [
      [10, high(3.475), { rawCharge: 56 }],
      [10, high(3.5), { rawCharge: 56 }],
    ],
  },
  { row: 6, ...once(plain({ temperatureMin: 2.5 }), { rawCharge: 17.5, chargeLimitedBy: ['temperature'] }) },
  { row: 7, ...once(plain({ temperatureMin: 10, temperatureMax: 47 }), { rawCharge: 87.5 }) },
  { row: 8, ...once(plain({ temperatureMax: 52 }), { rawCharge: 42 }) },
  {
    row: 9,
    ...once(high(3.475, { temperatureMin: 10 }), { rawCharge: 87.5, chargeLimitedBy: ['temperature', 'cell_voltage'] }),
  },
  { row: 10, ...once(plain({ mosTemperature: 76 }), { rawCharge: 77, rawDischarge: 110 }) },
  {
    row: 11,
    ...once(high(3.475, { chargeCurrentLimit: 60 }), { rawCharge: 42, chargeLimitedBy: ['board', 'cell_voltage'] }),
  },
  { row: 12, ...once(plain({ chargeCurrentLimit: 200 }), { rawCharge: 140 }) },
  {
    row: 13,
    ...once(plain({ chargeEnabled: false }), {
      ...{ chargeCurrentLimit: 0, chargeLimitedBy: ['charge_off'], dischargeCurrentLimit: 200 },
    }),
  },
  { row: 14, ...once(low(3.02), { rawDischarge: 80 }) },
  { row: 15, ...once(low(2.84), { rawDischarge: 4 }) },
  {
    row: 16,
    steps: [
      [10, low(2.79), { rawDischarge: 0 }],
      [10, low(2.94), { rawDischarge: 0 }],
      ...times(5, 10, low(2.95), { rawDischarge: 0 }),
      [10, low(2.95), { rawDischarge: 30 }],
    ],
  },
  {
    row: 17,
    ...once(plain({ temperatureMin: -15 }), {
      ...{ chargeCurrentLimit: 0, chargeLimitedBy: ['cold', 'temperature'], rawDischarge: 20 },
    }),
  },
  {
    row: 18,
    steps: [0, 1, 1.9, 2].map((temperatureMin): Step => [
      10,
      plain({ temperatureMin }),
      { rawCharge: temperatureMin === 2 ? 14 : 0 },
    ]),
  },
  {
    row: 19,
    ...once(plain({ alarms: [alarm('cell_overvoltage', 'protection')] }), {
      ...{ chargeCurrentLimit: 0, chargeLimitedBy: ['alarm'], dischargeCurrentLimit: 200 },
    }),
  },
  {
    row: 20,
    ...once(plain({ alarms: [alarm('short_circuit', 'protection')] }), {
      ...{ chargeCurrentLimit: 0, dischargeCurrentLimit: 0 },
    }),
  },
  {
    row: 21,
    ...once(plain({ alarms: [alarm('cell_imbalance', 'warning')] }), {
      ...{ rawCharge: 140, rawDischarge: 200, chargeVoltageLimit: 55.2, dischargeVoltageLimit: 46.4, phase: 'bulk' },
      ...{ chargeLimitedBy: [], dischargeLimitedBy: [] },
    }),
  },
  {
    row: 22,
    ...once(plain({ ...listless, cellVoltageMax: undefined, voltage: 55.2 }), {
      ...{ rawCharge: 89.6, chargeVoltageLimit: 55.18 },
    }),
  },
  { row: 23, steps: [AHEAD] },
  {
    row: 24,
    ...once(packOf([3.5, 3.48, ...Array.from({ length: 14 }, () => 3.4)]), { chargeVoltageLimit: 54.52 }),
  },
  { row: 25, ...once(plain({ ...listless, voltage: 54.52, cellVoltageMax: 3.52 }), { chargeVoltageLimit: 54.46 }) },
  {
    row: 26,
    steps: [
      AHEAD,
      ...times(5, 10, CALMED, { chargeVoltageLimit: 54.46 }),
      [10, CALMED, { chargeVoltageLimit: 54.47 }],
      [10, CALMED, { chargeVoltageLimit: 54.49 }],
      ...times(43, 10, CALMED, {}),
      // 54.46 + 46 · 0.016
      [10, CALMED, { chargeVoltageLimit: 55.19 }],
      [10, CALMED, { chargeVoltageLimit: 55.2, chargeVoltageCeiling: undefined }],
    ],
  },
  {
    row: 27,
    steps: [
      AHEAD,
      [10, packOf(cellsWith({ highest: 3.6, lowest: 3.38, others: 3.38 })), { chargeVoltageLimit: 54.16 }],
    ],
  },
  {
    row: 28,
    steps: [
      [10, high(3.5), { chargeCurrentLimit: 56 }],
      ...times(2, 10, high(3.32), { chargeCurrentLimit: 56, chargeLimitedBy: ['recovering'] }),
      [10, high(3.32), { chargeCurrentLimit: 84, chargeLimitedBy: ['recovering'] }],
      [10, high(3.32), { chargeCurrentLimit: 112, chargeLimitedBy: ['recovering'] }],
      [10, high(3.32), { chargeCurrentLimit: 140, chargeLimitedBy: [] }],
    ],
  },
  {
    row: 29,
    state: EMPTY,
    steps: [
      ...times(50, 10, plain({ chargeCurrentLimit: 2.7 }), { chargeCurrentLimit: 0 }),
      ...times(2, 10, plain({ chargeCurrentLimit: 2.8 }), { chargeCurrentLimit: 0 }),
      [10, plain({ chargeCurrentLimit: 2.8 }), { chargeCurrentLimit: 2.8 }],
    ],
  },
  {
    row: 30,
    steps: [
      ...times(12, 5, high(3.439), { phase: 'bulk' }),
      [5, high(3.441), { phase: 'bulk' }],
      [5, high(3.441), { phase: 'absorption' }],
    ],
  },
  {
    row: 31,
    state: ABSORPTION,
    steps: [
      ...times(29, 10, all(3.45, 3.438, { current: 14 }), { phase: 'absorption', full: undefined }),
      [
        10,
        all(3.45, 3.438, { current: -14 }),
        { phase: 'float', full: true, balanced: true, chargeVoltageLimit: 55.2 },
      ],
      ...times(9, 10, all(3.45, 3.438), { phase: 'float', full: undefined }),
      [10, all(3.45, 3.438), { chargeVoltageLimit: 55.04 }],
      ...times(89, 10, all(3.45, 3.438), { phase: 'float' }),
      ...times(20, 10, all(3.45, 3.438), { chargeVoltageLimit: 53.6, phase: 'float' }),
    ],
  },
  {
    row: 32,
    state: ABSORPTION,
    steps: [
      ...times(179, 10, all(3.45, 3.42), { phase: 'absorption' }),
      [10, all(3.45, 3.42), { phase: 'float', balanced: false, full: true }],
    ],
  },
  { row: 33, state: ABSORPTION, steps: times(1000, 10, all(3.45, 3.438, { current: 15 }), { phase: 'absorption' }) },
  {
    row: 34,
    state: FLOAT,
    steps: [
      [10, high(3.36, { soc: 95 }), { phase: 'float', chargeVoltageLimit: 53.6 }],
      [10, high(3.36, { soc: 81 }), { phase: 'float' }],
      [10, high(3.36, { soc: 80 }), { phase: 'bulk', chargeVoltageLimit: 55.2 }],
    ],
  },
  {
    row: 35,
    state: FLOAT,
    steps: [
      ...times(360, 10, all(3.24, 3.24, { soc: 90, current: -80 }), { phase: 'float' }),
      ...times(5, 10, all(3.29, 3.29, { soc: 90, current: -5 }), { phase: 'float' }),
      [10, all(3.29, 3.29, { soc: 90, current: -5 }), { phase: 'bulk' }],
    ],
  },
  { row: 36, ...once(plain({ chargeVoltageLimit: 54.4 }), { chargeVoltageLimit: 54.4 }) },
  {
    row: 37,
    settings: { chargeToSoc: 80 },
    steps: [
      [10, plain({ soc: 80 }), { chargeCurrentLimit: 0, chargeLimitedBy: ['soc_target'] }],
      [10, plain({ soc: 76 }), { chargeCurrentLimit: 0 }],
      ...times(2, 10, plain({ soc: 75 }), { rawCharge: 140 }),
      [10, plain({ soc: 75 }), { chargeAllowed: true }],
    ],
  },
  { row: 39, steps: LOST },
  {
    row: 40,
    steps: [
      ...LOST,
      ...[0, 0, 0, 28, 56, 84].map((chargeCurrentLimit, i): Step => [
        10,
        plain(),
        { chargeCurrentLimit, chargeVoltageLimit: 53.6, dischargeCurrentLimit: i < 3 ? 0 : 40 * (i - 2) },
      ]),
      [10, plain(), { chargeVoltageLimit: 53.61 }],
      ...times(98, 10, plain(), {}),
      [10, plain(), { chargeVoltageLimit: 55.2, chargeCurrentLimit: 140 }],
    ],
  },
  {
    row: 41,
    steps: (
      [
        [53, 20, 53],
        [52.9, 6, 52.88],
        [52.86, 1, 52.88],
      ] as const
    ).map(([voltage, current, chargeVoltageLimit]): Step => [
      10,
      all(voltage / 16, voltage / 16, { temperatureMin: 0, current }),
      { chargeVoltageLimit, chargeCurrentLimit: 0 },
    ]),
  },
  { row: 42, ...once(plain({ chargeCurrentLimit: 123.27 }), { chargeCurrentLimit: 123.2 }) },
  { row: 43, settings: { voltageOffset: 0.2 }, ...once(plain(), { chargeVoltageLimit: 55.4 }) },
  {
    row: 44,
    settings: { forceChargeBelow: 10, forceChargeUntil: 15 },
    steps: [10, 14, 15].map((soc): Step => [10, plain({ soc }), { chargeRequest: soc < 15 }]),
  },
  {
    row: 45,
    settings: { maxChargeCurrent: undefined },
    ...once(plain(), { chargeCurrentLimit: undefined, chargeAllowed: undefined, chargeVoltageLimit: 55.2 }),
  },
];

describe('the worked examples of charge-limits.md', () => {
  for (const { row, settings, state, steps } of ROWS) {
    it(`row ${row}`, () => {
      const bench = new LimitsBench({ ...LFP, ...settings }, { ...AT_WORK, ...state });
      let reading: LimitsReading = {};
      for (const [i, [seconds, input, expected]] of steps.entries()) {
        const age = 'age' in input ? input.age : 0;
        if (!('age' in input)) reading = input;
        const { limits, state: after } = bench.read(reading, seconds, age);
        const raw = { rawCharge: after.charge.raw, rawDischarge: after.discharge.raw };
        const found: Expected = { ...limits };
        for (const key of ['rawCharge', 'rawDischarge'] as const) {
          if (raw[key] !== undefined) found[key] = roundedDown(raw[key], 1);
        }
        const keys = Object.keys(expected) as (keyof Expected)[];
        assert.deepEqual(Object.fromEntries(keys.map((key) => [key, found[key]])), expected, `step ${i + 1}`);
      }
    });
  }

  it('row 38', () => {
    assert.throws(
      () => checkLimitsSettings({ ...LFP, absorptionVoltage: 3.62 }),
      (error) =>
        error instanceof BmsError &&
        error.code === 'bad_value' &&
        error.message ===
          'absorptionVoltage + cellMargin is 3.63; it must not be above overvoltage - protectionMargin, which is 3.6.',
    );
  });

  it('are all here', () => {
    const numbers = [...ROWS.map(({ row }) => row), 38].sort((one, other) => one - other);
    assert.deepEqual(
      numbers,
      Array.from({ length: 45 }, (_, i) => i + 1),
    );
  });
});
