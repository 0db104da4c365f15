import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, unknownAlarm, type Alarm, type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { jbd, jbdAddressed } from '../../src/codec/jbd';
import { cells, date, label, scaled, whole } from '../support/arbitraries';
import { queryFor } from '../support/jbd';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { hex } from '../support/sheet';

const COUNTERS = [
  ...['shortCircuit', 'chargeOvercurrent', 'dischargeOvercurrent', 'cellOvervoltage', 'cellUndervoltage'],
  ...['chargeOvertemperature', 'chargeUndertemperature', 'dischargeOvertemperature', 'dischargeUndertemperature'],
  ...['packOvervoltage', 'packUndervoltage', 'systemRestarts'],
];

/** Alarms in the order of their bits, protections before warnings. */
const of = (level: AlarmLevel, ...list: AlarmCode[]): Alarm[] => list.map((code) => alarm(code, level));

const SHARED = [
  ...of('protection', 'cell_overvoltage', 'pack_undervoltage', 'discharge_undertemperature', 'charge_overcurrent'),
  ...of('protection', 'short_circuit'),
  ...of('fault', 'afe_fault'),
];
const CLASSIC_ALARMS = [
  ...SHARED,
  ...of('fault', 'charge_mos_fault', 'discharge_mos_fault'),
  unknownAlarm('protection', 15, 'protection'),
  ...of('warning', 'cell_overvoltage', 'charge_undertemperature', 'cell_imbalance', 'low_capacity'),
];
const ADDRESSED_ALARMS = [
  ...SHARED,
  ...of('protection', 'ambient_overtemperature', 'ambient_undertemperature', 'mos_overtemperature'),
  ...of('warning', 'cell_undervoltage', 'pack_overvoltage', 'mos_overtemperature', 'low_capacity'),
  unknownAlarm('alarm', 15),
];

/** Raw 097f and 1087 stand for "not connected". */
const sensor = whole(2000, 5000)
  .filter((raw) => raw !== 0x097f && raw !== 0x1087)
  .map((raw) => (raw - 2731) / 10);

/** Values in the usual steps, and of a pack so large that the board counts in tenths. */
const amounts = fc.oneof(
  fc.record({
    current: scaled(-0x8000, 0x7fff, 100),
    remainingCapacity: scaled(0, 0xffff, 100),
    designCapacity: scaled(0, 0xffff, 100),
  }),
  fc.record({
    current: scaled(-0x8000, 0x7fff, 10),
    remainingCapacity: scaled(0, 0xffff, 10),
    designCapacity: scaled(6554, 0xffff, 10),
  }),
);

const head = fc.record(
  {
    voltage: scaled(0, 0xffff, 100),
    cycles: whole(0, 0xffff),
    soc: whole(0, 255),
    chargeEnabled: fc.boolean(),
    dischargeEnabled: fc.boolean(),
    temperatures: fc.array(fc.option(sensor), { maxLength: 16 }),
    softwareVersion: whole(1, 255).map((raw) => `${(raw >> 4).toString(16)}.${(raw & 15).toString(16)}`),
    manufactureDate: date(2127),
    model: label(31),
  },
  {
    requiredKeys: [
      ...(['voltage', 'cycles', 'soc', 'chargeEnabled', 'dischargeEnabled'] as const),
      ...(['temperatures', 'softwareVersion'] as const),
    ],
  },
);

function merged(...parts: fc.Arbitrary<Reading>[]): fc.Arbitrary<Reading> {
  return fc.tuple(...parts).map((values) => Object.assign({}, ...values) as Reading);
}

const alarmsOf = (all: Alarm[]): fc.Arbitrary<Reading> => fc.subarray(all).map((alarms) => ({ alarms }));

const tail = fc.record({ fullCapacity: scaled(1, 6553, 10), balanceCurrent: scaled(0, 0xffff, 1000) });

/** A tail comes whole or not at all; where nothing remains, it has to tell a capacity that the pack can have. */
function withTail(pack: Reading, told: Reading): Reading {
  const { remainingCapacity = 0, designCapacity = 0 } = pack;
  return { ...pack, ...told, ...(remainingCapacity === 0 && designCapacity > 0 && { fullCapacity: designCapacity }) };
}

function isWarned({ alarms = [] }: Reading): boolean {
  return alarms.some(({ level }) => level === 'warning');
}

/** What the user has set shows where neither MOSFET is locked by command; the locks have a table in jbd-quirks. */
const UNLOCKED: Reading = { chargeSwitch: true, dischargeSwitch: true };

const counts = fc
  .tuple(fc.constantFrom(11, 12), fc.array(whole(0, 0xffff), { minLength: 12, maxLength: 12 }))
  .map(([count, values]) => ({
    errorCounts: Object.fromEntries(COUNTERS.slice(0, count).map((name, i) => [name, values[i] ?? 0])),
  }));

const boardSensors = fc.record({ mosTemperature: sensor, ambientTemperature: sensor }, { requiredKeys: [] });

describe('jbd', () => {
  describeProtocol({
    protocol: jbd,
    pack: fc
      .tuple(merged(amounts, head, cells(32), counts, alarmsOf(CLASSIC_ALARMS)), tail, fc.boolean())
      .map(([pack, told, tells]) => ({ ...(tells || isWarned(pack) ? withTail(pack, told) : pack), ...UNLOCKED })),
    // The register of a reply is not covered by its checksum.
    uncovered: () => [1],
    noise: 0x11,
  });

  it('serves any part of a pack', () => {
    const bare = readAll(jbd, {}, 0);
    assert.equal(bare.cellCount, 0);
    assert.deepEqual(bare.temperatures, []);
    assert.deepEqual(bare.alarms, []);
    assert.equal(bare.manufactureDate, undefined);
    assert.equal(bare.model, undefined);
    assert.equal(readAll(jbd, { cellVoltages: [3.3, 3.4] }, 0).cellCount, 2);
  });

  it('asks in the frames of the protocol sheet', () => {
    const frames = jbd.queries.map((query) => query.request({ address: 0, memory: {} }).toString('hex'));
    assert.deepEqual(frames, ['dda50300fffd77', 'dda50400fffc77', 'dda5aa00ff5677', 'dda50500fffb77']);
  });

  it('refuses unknown registers and every write with status 80, and is silent on broken requests', () => {
    assert.equal(jbd.emulate(hex('dda52400ffdc77'))?.answer({}).toString('hex'), 'dd248000ff8077');
    assert.equal(jbd.emulate(hex('dd5ae1020002ff1b77'))?.answer({}).toString('hex'), 'dde18000ff8077');
    for (const broken of ['', 'dd', 'dda50300fffe77', 'dda50300fffd', 'dda50300fffd7700', 'dd030000000077']) {
      assert.equal(jbd.emulate(hex(broken)), undefined, broken);
    }
  });
});

describe('jbd-addressed', () => {
  describeProtocol({
    protocol: jbdAddressed,
    pack: merged(amounts, head, cells(32), boardSensors, alarmsOf(ADDRESSED_ALARMS)).map((pack) => ({
      ...pack,
      ...UNLOCKED,
    })),
    uncovered: () => [],
    noise: 0x11,
  });

  it('asks in the frames of the protocol sheet', () => {
    const basic = queryFor(jbdAddressed, '03');
    assert.equal(basic.request({ address: 0, memory: {} }).toString('hex'), 'dd00a50300ff5877');
    assert.equal(basic.request({ address: 1, memory: {} }).toString('hex'), 'dd01a50300ff5777');
    const voltages = queryFor(jbdAddressed, '04');
    assert.equal(voltages.request({ address: 2, memory: {} }).toString('hex'), 'dd02a50400ff5577');
  });

  it('refuses unknown registers with status 80 and hears only addresses 0 to 15', () => {
    assert.equal(jbdAddressed.emulate(hex('dd03a54700ff1177'))?.answer({}).toString('hex'), 'dd03478000ff3677');
    assert.equal(jbdAddressed.emulate(hex('dd10a50300ff4877')), undefined);
  });
});
