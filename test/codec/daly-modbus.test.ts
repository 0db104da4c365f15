import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import type { BatteryState, Reading } from '../../src/battery/reading';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { AddressRange } from '../../src/codec/protocol';
import { alarmsOf, date, label, scaled, whole } from '../support/arbitraries';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { loadVectors, readVector } from '../support/vectors';
import { codes } from '../support/sheet';

/** Vectors of writes, passwords, switches and framing: nothing in them is a reading (see daly-modbus-quirks). */
const NOT_READING = [
  'd2-balancer-switch-read.json',
  'd2-balancer-switch-write.json',
  'd2-password.json',
  'd2-pipelined-answers.json',
  'd2-set-clock-write-multiple.json',
  'd2-write-bad-crc-echo.json',
  'document-framing-examples.json',
  'p81-mos-control-requests.json',
  'p81-probe-by-app.json',
];

describe('daly-modbus vectors', () => {
  const vectors = loadVectors('daly-modbus').filter(({ file }) => !NOT_READING.includes(file));

  it('are all here', () => {
    assert.equal(vectors.length, 23);
    assert.equal(vectors.filter(({ verified }) => verified).length, 17);
  });

  for (const vector of vectors) {
    it(vector.name, () => {
      const got = readVector(dalyModbus, vector);
      assert.deepEqual(got.errors, []);
      assert.ok(got.asked > 0);
      for (const [key, value] of Object.entries({ ...vector.expect, ...vector.derived })) {
        if (key === 'alarms') assert.deepEqual(codes(got.reading.alarms), codes(value));
        else assert.deepEqual(got.reading[key as keyof Reading], value, key);
      }
      for (const [key, value] of Object.entries(got.reading)) assert.notEqual(value, undefined, key);
    });
  }
});

type Known = readonly (readonly [AlarmCode, AlarmLevel])[];

/** In the order in which their first bits stand on the wire (daly-modbus.md 6.1). */
const D2_ALARMS: Known = [
  ['cell_overvoltage', 'warning'],
  ['cell_overvoltage', 'protection'],
  ['pack_undervoltage', 'protection'],
  ['discharge_undertemperature', 'protection'],
  ['charge_overcurrent', 'warning'],
  ['temperature_imbalance', 'protection'],
  ['mos_overtemperature', 'warning'],
  ['sensor_fault', 'fault'],
  ['discharge_mos_fault', 'fault'],
  ['communication_fault', 'fault'],
  ['current_sensor_fault', 'fault'],
  ['software_lock', 'warning'],
];

/** The same for boards with a number (daly-modbus.md 6.2). */
const P81_ALARMS: Known = [
  ['cell_overvoltage', 'warning'],
  ['cell_undervoltage', 'protection'],
  ['communication_fault', 'fault'],
  ['cell_imbalance', 'protection'],
  ['discharge_overtemperature', 'warning'],
  ['mos_overtemperature', 'warning'],
  ['sensor_fault', 'fault'],
  ['short_circuit', 'protection'],
  ['discharge_inhibited', 'protection'],
  ['soh_low', 'warning'],
  ['thermal_runaway', 'protection'],
  ['afe_fault', 'fault'],
  ['precharge_fault', 'fault'],
  ['heater_fault', 'fault'],
];

/** What both maps have. ffff is no value, and a cell at 65.535 V none that is measured. */
const common = (known: Known): fc.Arbitrary<Reading> =>
  fc.record(
    {
      voltage: scaled(1, 0xfffe, 10),
      current: scaled(-29999, 35534, 10),
      soc: scaled(0, 1000, 10),
      state: fc.constantFrom<BatteryState>('idle', 'charging', 'discharging'),
      remainingCapacity: scaled(0, 0xfffe, 10),
      cycles: whole(0, 0xfffe),
      chargeEnabled: fc.boolean(),
      dischargeEnabled: fc.boolean(),
      temperatures: fc.array(fc.option(whole(-40, 210)), { maxLength: 8 }),
      alarms: alarmsOf(known),
      softwareVersion: label(16),
      hardwareVersion: label(14),
      manufactureDate: date(2254, 2001),
    },
    { requiredKeys: ['state'] },
  );

const cellsUpTo = (most: number): fc.Arbitrary<Reading> =>
  fc
    .array(scaled(0, 0xfffe, 1000), { minLength: 1, maxLength: most })
    .map((cellVoltages) => ({ cellVoltages, cellCount: cellVoltages.length }));

/** Cells that balance; a word of sixteen of them would be ffff, which is no value. */
const balancingOf = (cells: Reading): fc.Arbitrary<Reading> =>
  fc.subarray(cells.cellVoltages?.map((_, i) => i + 1).filter((n) => n % 16 !== 0) ?? []).map((balancingCells) => ({
    balancing: balancingCells.length > 0,
    balancingCells,
  }));

const balanceCurrent = fc.option(
  whole(1, 0xfffe).map((raw) => (raw - 30000) / 1000),
  { nil: undefined },
);

function withoutUndefined(reading: Reading): Reading {
  return Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined));
}

/** With the registers from 3e on, which count only where there is a MOSFET temperature, or without. */
const d2Pack = fc
  .tuple(common(D2_ALARMS), cellsUpTo(32), fc.record({ designCapacity: scaled(1, 0xfffe, 10) }))
  .chain(([values, cells, rating]) => {
    const extended = fc
      .tuple(balancingOf(cells), balanceCurrent, whole(-39, 210))
      .map(([balancing, amps, mosTemperature]) => ({ ...balancing, balanceCurrent: amps, mosTemperature }));
    const old = fc.option(fc.boolean(), { nil: undefined }).map((balancing): Reading => ({ balancing }));
    return fc.oneof(extended, old).map((rest) => withoutUndefined({ ...values, ...cells, ...rating, ...rest }));
  });

const p81Pack = fc
  .tuple(
    common(P81_ALARMS),
    cellsUpTo(48),
    fc.record(
      {
        balanceCurrent,
        mosTemperature: whole(-40, 210),
        heating: fc.boolean(),
        serialNumber: label(24),
        designCapacity: scaled(1, 0xfffffffe, 1000),
      },
      { requiredKeys: [] },
    ),
  )
  .chain(([values, cells, own]) =>
    balancingOf(cells).map((balancing) => withoutUndefined({ ...values, ...cells, ...own, ...balancing })),
  );

const at = (range: Omit<AddressRange, 'others'>): typeof dalyModbus => ({ ...dalyModbus, address: range });

describe('daly-modbus, a D2 board', () => {
  describeProtocol({
    protocol: at({ initial: 0, min: 0, max: 0 }),
    pack: d2Pack,
    uncovered: () => [],
    noise: 0xff,
  });
});

describe('daly-modbus, a board with a number', () => {
  describeProtocol({
    protocol: at({ initial: 1, min: 1, max: 17 }),
    pack: p81Pack,
    uncovered: () => [],
    noise: 0xff,
  });

  it('decodes and encodes the same pack at its only address', () => {
    fc.assert(fc.property(p81Pack, (pack) => assert.deepEqual(readAll(dalyModbus, pack, 17), pack)));
  });
});
