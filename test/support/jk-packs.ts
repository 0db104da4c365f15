import fc from 'fast-check';
import type { Reading } from '../../src/battery/reading';
import { alarmBits } from '../../src/codec/jk-record/tables';
import { date, label, scaled, whole } from './arbitraries';

/*
 * Packs whose values lie on the resolution of the JK records, with exactly the keys that a board reports.
 */

const milli = (min: number, max: number): fc.Arbitrary<number> => scaled(min, max, 1000);
const u32 = whole(0, 0xffffffff);
const degrees = scaled(-1999, 2000, 10);
const sensor = fc.option(degrees, { freq: 4 });
const twoSensors = fc.array(sensor, { minLength: 2, maxLength: 2 });
const fourSensors = fc.array(sensor, { minLength: 4, maxLength: 4 });
/** Two further sensors that are both 0.0 °C look like none while the version is not known. */
const unversionedSensors = fc.oneof(
  twoSensors,
  fourSensors.filter(([, , third]) => third !== 0),
);

/** All alarms of a word, as the board would list them. */
function alarmsIn(word: number): fc.Arbitrary<Reading['alarms']> {
  const alarms: Reading['alarms'] = [];
  alarmBits.decode(word, alarms);
  return fc.subarray(alarms);
}

const cells = (max: number): fc.Arbitrary<Reading> =>
  fc.array(fc.tuple(milli(500, 5000), milli(0, 60_000)), { minLength: 1, maxLength: max }).map((pairs) => ({
    cellVoltages: pairs.map(([voltage]) => voltage),
    cellResistances: pairs.map(([, resistance]) => resistance),
    cellCount: pairs.length,
    voltage: pairs.reduce((sum, [voltage]) => sum + Math.round(voltage * 1000), 0) / 1000,
  }));

const identity = {
  hardwareVersion: label(8),
  deviceName: label(16),
  serialNumber: label(16),
  manufactureDate: date(2099),
};

const ofAll = {
  balancing: fc.boolean(),
  balancingSwitch: fc.boolean(),
  runtime: u32,
  errorCounts: u32.map((powerOns) => ({ powerOns })),
};

const ofBoards = {
  ...ofAll,
  current: milli(-0x80000000, 0x7fffffff),
  balanceCurrent: milli(-0x8000, 0x7fff),
  soc: whole(0, 100),
  soh: whole(0, 100),
  remainingCapacity: milli(-0x80000000, 0x7fffffff),
  cycles: u32,
  cycleCapacity: milli(0, 0xffffffff),
  chargeEnabled: fc.boolean(),
  dischargeEnabled: fc.boolean(),
  chargeSwitch: fc.boolean(),
  dischargeSwitch: fc.boolean(),
};

const sometimes = {
  ...identity,
  model: label(16).filter((model) => !model.startsWith('JK')),
  mosTemperature: degrees,
  fullCapacity: milli(1, 0xffffffff),
  designCapacity: milli(1, 20_000_000),
};

type Values = Readonly<Record<string, fc.Arbitrary<unknown>>>;

function pack(max: number, always: Values, maybe: Values): fc.Arbitrary<Reading> {
  const parts = [
    fc.record(always, { noNullPrototype: true }),
    fc.record(maybe, { requiredKeys: [], noNullPrototype: true }),
    cells(max),
  ] as const;
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Reading);
}

const version = (low: number, high: number, tail = ''): fc.Arbitrary<string> =>
  fc.tuple(whole(low, high), whole(0, 99)).map(([major, minor]) => `${major}.${minor}${tail}`);

/** A board for 24 cells. */
export const pack24 = pack(
  24,
  { ...ofBoards, softwareVersion: version(4, 10, 'H'), temperatures: twoSensors, alarms: alarmsIn(0xffff) },
  sometimes,
);

/** A board for 32 cells. @param own its sensors, and its version if it has one */
const pack32Of = (own: Values): fc.Arbitrary<Reading> =>
  pack(
    32,
    { ...ofBoards, alarms: alarmsIn(0xffffffff), heating: fc.boolean(), heatingSwitch: fc.boolean(), ...own },
    sometimes,
  );

/** A board for 32 cells that has not sent its version before its cells. */
export const pack32Unversioned = pack32Of({ temperatures: unversionedSensors });

export const pack32 = fc.oneof(
  pack32Of({ softwareVersion: version(11, 13), temperatures: twoSensors }),
  pack32Of({ softwareVersion: version(14, 19), temperatures: fourSensors }),
  pack32Unversioned,
);

/** An active balancer. */
export const balancer = pack(
  24,
  {
    ...ofAll,
    model: fc.constantFrom('JK-B1A24S', 'JK-B2A16S', 'JK_B5A24S'),
    balanceCurrent: milli(-10_000, 10_000),
    alarms: fc.constant([]),
  },
  { ...identity, softwareVersion: fc.constantFrom('3.3.0', '8.0.3M') },
);
