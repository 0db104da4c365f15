import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, unknownAlarm, type Alarm, type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { ant } from '../../src/codec/ant';
import { antVectors, checkVector } from '../support/ant';
import { label, scaled, whole } from '../support/arbitraries';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { readVector } from '../support/vectors';

/** Registers, passwords and commands. */
const NOT_READING = ['04', '08', '10', '16', '17', '18', '19'];
/** Vectors in which a request went unanswered, or its answer was damaged. */
const SILENT: Readonly<Record<string, readonly string[]>> = {
  '21': ['timeout', 'timeout'],
  '22': ['timeout'],
  '23': ['timeout'],
};
/** What the answers to one request each hold of a vector that is about the whole stream. */
const OF_THE_STREAM = ['model', 'hardwareVersion', 'softwareVersion'];

describe('ant vectors', () => {
  const number = ({ file }: { file: string }): string => file.slice(0, 2);
  const reading = antVectors('ant').filter((vector) => !NOT_READING.includes(number(vector)));

  it('are all here', () => {
    assert.equal(reading.length, 18);
    assert.equal(reading.filter(({ verified }) => verified).length, 6);
  });

  for (const vector of reading) {
    it(vector.name, () => {
      const expect = Object.entries(vector.expect).filter(
        ([key]) => number(vector) !== '21' || !OF_THE_STREAM.includes(key),
      );
      checkVector(ant, { ...vector, expect: Object.fromEntries(expect) }, SILENT[number(vector)]);
    });
  }

  it('counts what the twenty words of the counters say', () => {
    const vector = reading.find((entry) => entry.expectCounters !== undefined);
    assert.ok(vector?.expectCounters);
    const { reading: got } = readVector(ant, vector);
    const words = vector.expectCounters.filter((_, place) => place !== 13 && place !== 14);
    assert.deepEqual(Object.values(got.errorCounts ?? {}), words);
    assert.equal(got.errorCounts?.cellOvervoltage, 10);
    assert.equal(got.errorCounts.lowVoltageShutdowns, 7);
    assert.equal(got.errorCounts.manualRestarts, 2);
  });
});

const of = (level: AlarmLevel, ...list: AlarmCode[]): Alarm[] => list.map((code) => alarm(code, level));

/** Alarms in the order of their bits, protections before warnings, one per code. */
const BITS: Alarm[] = [
  ...of('protection', 'cell_type_not_set', 'cell_overvoltage', 'pack_overvoltage', 'pack_undervoltage'),
  ...of('protection', 'charge_overtemperature', 'mos_overtemperature', 'discharge_undertemperature'),
  ...of('protection', 'charge_overcurrent', 'discharge_overcurrent', 'short_circuit'),
  ...of('fault', 'balance_wire_open', 'current_sensor_fault', 'discharge_mos_fault', 'charge_mos_fault'),
  ...of('fault', 'self_test_failed'),
  ...of('protection', 'charger_communication_fault'),
  ...of('fault', 'firmware_missing', 'precharge_mos_fault', 'afe_fault'),
  unknownAlarm('protection', 51),
  unknownAlarm('protection', 63),
  ...of('warning', 'cell_undervoltage', 'cell_imbalance', 'discharge_overtemperature', 'charge_undertemperature'),
  ...of('warning', 'soc_low', 'cell_voltage_check_failed', 'cell_count_mismatch', 'balancer_overtemperature'),
  ...of('fault', 'system_error'),
  ...of('warning', 'dtu_communication_lost', 'communication_fault'),
  unknownAlarm('warning', 54),
];

/** What only a MOSFET that is off can say. */
const BOARD_HOT = alarm('board_overtemperature', 'protection');

const switched = fc
  .tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), fc.subarray(BITS))
  .map(([chargeEnabled, dischargeEnabled, charge, discharge, hot, bits]) => ({
    chargeEnabled,
    dischargeEnabled,
    chargeSwitch: chargeEnabled || charge,
    dischargeSwitch: dischargeEnabled || discharge,
    alarms: hot && !(chargeEnabled && dischargeEnabled) ? [...bits, BOARD_HOT] : bits,
  }));

const celsius = whole(-39, 0x7fff);

/** 32 cells, each up to what fits beside the flags. */
const cells = fc.array(scaled(0, 0x1fff, 1000), { minLength: 1, maxLength: 32 }).chain((cellVoltages) =>
  fc.subarray(cellVoltages.map((_, i) => i + 1)).map((balancingCells) => ({
    cellVoltages,
    balancingCells,
    cellCount: cellVoltages.length,
  })),
);

/** Capacity and throughput in the steps of the wire, and the cycles that follow. */
const capacity = fc.tuple(fc.option(whole(1, 0xffffffff)), whole(0, 0xffffffff)).map(([micro, milli]) => ({
  cycleCapacity: milli / 1000,
  ...(micro !== null && { designCapacity: micro / 1e6, cycles: Number((BigInt(milli) * 1000n) / BigInt(micro)) }),
}));

const COUNTERS = [
  ...['cellOvervoltage', 'packOvervoltage', 'cellUndervoltage', 'packUndervoltage', 'cellImbalance'],
  ...['chargeOvertemperature', 'dischargeOvertemperature', 'mosOvertemperature', 'chargeUndertemperature'],
  ...['dischargeUndertemperature', 'chargeOvercurrent', 'dischargeOvercurrent', 'shortCircuit'],
  ...['lowVoltageShutdowns', 'currentSensorFault', 'manualRestarts', 'watchdogResets', 'abnormalResets'],
];

const errorCounts = fc
  .array(whole(0, 0xfffe), { minLength: COUNTERS.length, maxLength: COUNTERS.length })
  .map((values) => Object.fromEntries(COUNTERS.map((name, i) => [name, values[i] ?? 0])));

const values = fc.record(
  {
    voltage: scaled(0, 0xffff, 100),
    current: scaled(-0x7fff, 0x7fff, 10),
    power: whole(-0x7fffffff, 0x7fffffff),
    soc: whole(0, 100),
    soh: whole(0, 100),
    remainingCapacity: scaled(0, 0xffffffff, 1e6),
    runtime: whole(0, 0xffffffff),
    state: fc.constantFrom('idle', 'charging', 'discharging'),
    balancing: fc.boolean(),
    temperatures: fc.array(fc.option(celsius), { maxLength: 8 }),
    mosTemperature: celsius,
    balancerTemperature: celsius,
    heating: fc.constant(true),
    errorCounts,
    model: label(16),
    softwareVersion: label(16),
    deviceName: label(32),
    serialNumber: fc
      .uint8Array({ minLength: 12, maxLength: 12 })
      .filter((bytes) => bytes.some((byte) => byte !== 0) && bytes.some((byte) => byte !== 255))
      .map((bytes) => bytes.join('.')),
  },
  {
    requiredKeys: [
      ...(['voltage', 'current', 'power', 'soc', 'soh', 'remainingCapacity', 'runtime'] as const),
      ...(['state', 'balancing', 'temperatures'] as const),
    ],
  },
);

/** Of newer firmware, where the answer has room for it. */
const connections = fc.oneof(
  fc.constant({}),
  fc.record({ timeSinceCharge: whole(0, 0xffffffff), chargerConnected: fc.boolean() }),
);

const pack: fc.Arbitrary<Reading> = fc
  .tuple(values, cells, capacity, switched)
  .map((parts): Reading => Object.assign({}, ...parts) as Reading)
  .chain((all) => ((all.cellCount ?? 0) > 24 ? fc.constant(all) : connections.map((told) => ({ ...all, ...told }))))
  .map((all) => (all.model === undefined ? all : { ...all, hardwareVersion: all.model }));

describe('ant', () => {
  describeProtocol({ protocol: ant, pack, uncovered: () => [], noise: 0x77 });

  it('asks in the frames of the protocol sheet', () => {
    const frames = ant.queries.map((query) => query.request({ address: 0xa1, memory: {} }).toString('hex'));
    assert.deepEqual(frames, [
      '7ea1010000be1855aa55',
      '7ea105000028990baa55',
      '7ea1026c022058c4aa55',
      '7ea10400000c98ecaa55',
      '7ea1020601207828aa55',
    ]);
    assert.deepEqual(
      ant.queries.map(({ group, optional }) => [group, optional]),
      [
        ['fast', false],
        ['counters', true],
        ['identity', false],
        ['identity', true],
        ['identity', true],
      ],
    );
  });

  it('serves any part of a pack', () => {
    const bare = readAll(ant, {}, 0xa1);
    assert.deepEqual(bare.cellVoltages, []);
    assert.deepEqual(bare.alarms, []);
    assert.deepEqual([bare.chargeEnabled, bare.dischargeEnabled, bare.balancing], [false, false, false]);
    for (const key of ['designCapacity', 'cycles', 'mosTemperature', 'errorCounts', 'model', 'serialNumber'] as const) {
      assert.equal(bare[key], undefined, key);
    }
    assert.equal(readAll(ant, { cellVoltages: [3.3, 3.4] }, 0xa1).cellCount, 2);
    assert.equal(readAll(ant, { designCapacity: 100, cycles: 7 }, 0xa1).cycles, 7);
    assert.equal(readAll(ant, { voltage: 50, current: -2 }, 0xa1).state, 'discharging');
    assert.equal(readAll(ant, { voltage: 50, current: -2 }, 0xa1).power, -100);
    assert.equal(readAll(ant, { hardwareVersion: '16ZM' }, 0xa1).model, '16ZM');
  });

  it('serves a pack larger than a frame with as much as fits', () => {
    const cellVoltages = Array.from({ length: 48 }, () => 3.3);
    const temperatures = Array.from({ length: 20 }, () => 20);
    const got = readAll(ant, { cellVoltages, temperatures }, 0xa1);
    assert.deepEqual([got.cellCount, got.temperatures?.length], [32, 8]);
  });

  it('serves as real boards answer, byte by byte', () => {
    const [info] = antVectors('ant').filter(({ file }) => file.startsWith('02-'));
    assert.ok(info);
    const request = Buffer.from('7ea1026c022058c4aa55', 'hex');
    const answer = ant.emulate(request)?.answer({ model: '16ZM', softwareVersion: '16ZMUB00-211026A' });
    assert.equal(answer?.toString('hex'), info.exchanges[0]?.rx.join(''));
  });

  it('serves no more bytes than are wanted', () => {
    const pack = derive({ cellVoltages: Array.from({ length: 32 }, () => 3.3), temperatures: [20, 20, 20, 20] });
    const lengths = ['7ea1010000be1855aa55', '7ea1010000f55862aa55', '7ea10100009c984caa55'].map(
      (request) => ant.emulate(Buffer.from(request, 'hex'))?.answer(pack)[5],
    );
    assert.deepEqual(lengths, [178, 178, 156]);
  });

  it('is silent on requests that it does not know, and on broken ones', () => {
    const unknown = ['7ea1021002109908aa55', '7ea103000000999daa55', '7ea122000002420ebdecaa55'];
    const broken = ['', '7e', '7ea1010000be1856aa55', '7ea1010000be1855aa', '7ea1010000be1855aa5500', 'dda50300fffd77'];
    for (const request of [...unknown, ...broken]) {
      assert.equal(ant.emulate(Buffer.from(request, 'hex')), undefined, request);
    }
  });
});
