import assert from 'node:assert/strict';
import fc from 'fast-check';
import { vendorFault, type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { daly } from '../../src/codec/daly';
import { alarmsOf, cells, date, label, scaled, whole } from '../support/arbitraries';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { loadVector, loadVectors, readVector, type Vector } from '../support/vectors';
import { frame, queryFor, read } from '../support/daly-frames';

const NOTHING = '0000000000000000';

function codes(alarms: unknown): string[] {
  return (alarms as { code: string; level: string }[]).map(({ code, level }) => `${code} ${level}`).sort();
}

/** What most vectors do not state, although 94 tells it. */
const UNSTATED: readonly string[] = ['chargerConnected', 'loadConnected', 'digitalInputs'];

/** The keys of a reading that the device itself reported: those that nobody derived from the others. */
function reported(reading: Reading, expected: Record<string, unknown>): string[] {
  const bare = Object.fromEntries(Object.entries(expected).filter(([key]) => key !== 'state')) as Reading;
  const derived = new Set(Object.keys(derive({ ...bare })));
  return Object.keys(reading).filter((key) => key in expected || !(derived.has(key) || UNSTATED.includes(key)));
}

describe('daly vectors', () => {
  const reading = loadVectors('daly').filter((vector) => !('control' in vector));
  const meaningful = reading.filter((vector) => vector.reject !== true);

  it('are all here', () => {
    assert.equal(reading.length, 21);
    assert.equal(meaningful.length, 20);
  });

  for (const vector of meaningful) {
    it(vector.name, () => {
      const got = readVector(daly, vector);
      assert.ok(got.asked > 0);
      for (const [key, value] of Object.entries(vector.expect)) {
        if (key === 'alarms') assert.deepEqual(codes(got.reading.alarms), codes(value));
        else assert.deepEqual(got.reading[key as keyof Reading], value, key);
      }
      assert.deepEqual(reported(got.reading, vector.expect).sort(), Object.keys(vector.expect).sort());
      const silent = vector.file === 'serial-echo.json' ? ['timeout'] : [];
      assert.deepEqual(
        got.errors.map((error) => error.code),
        silent,
      );
    });
  }

  it('refuses every all-zero answer and shows nothing', () => {
    const got = readVector(daly, loadVector('daly', 'serial-no-data-all-zero'));
    assert.deepEqual(got.reading, {});
    assert.deepEqual(
      got.errors.map((error) => error.code),
      ['malformed', 'malformed', 'malformed'],
    );
  });

  it('takes an echo for no answer, and the answer behind an echo', () => {
    const vector = loadVector('daly', 'serial-echo');
    const [echo, both] = vector.exchanges.map((exchange): Vector => ({ ...vector, exchanges: [exchange] }));
    assert.ok(echo && both);
    const alone = readVector(daly, echo);
    assert.deepEqual(alone.reading, {});
    assert.deepEqual(
      alone.errors.map((error) => error.code),
      ['timeout'],
    );
    assert.equal(readVector(daly, both).reading.voltage, 57);
  });
});

/** The alarms in the order in which their first bits stand on the wire (daly.md 5). */
const ALARMS: readonly [AlarmCode, AlarmLevel][] = [
  ['cell_overvoltage', 'warning'],
  ['cell_overvoltage', 'protection'],
  ['pack_undervoltage', 'protection'],
  ['charge_overtemperature', 'warning'],
  ['discharge_undertemperature', 'protection'],
  ['charge_overcurrent', 'protection'],
  ['soc_low', 'warning'],
  ['cell_imbalance', 'warning'],
  ['temperature_imbalance', 'protection'],
  ['mos_overtemperature', 'warning'],
  ['sensor_fault', 'fault'],
  ['discharge_mos_fault', 'fault'],
  ['afe_fault', 'fault'],
  ['communication_fault', 'fault'],
  ['short_circuit', 'protection'],
  ['software_lock', 'warning'],
];

const alarms = fc
  .tuple(alarmsOf(ALARMS), fc.option(whole(1, 255)))
  .map(([set, fault]) => [...set, ...(fault === null ? [] : [vendorFault(fault)])]);

const state = fc.record(
  {
    voltage: scaled(50, 2500, 10),
    current: scaled(-14999, 14999, 10),
    soc: scaled(0, 1000, 10),
    state: fc.constantFrom('idle', 'charging', 'discharging'),
    chargeEnabled: fc.boolean(),
    dischargeEnabled: fc.boolean(),
    remainingCapacity: scaled(0, 0xffffffff, 1000),
    cycles: whole(0, 0xffff),
    chargerConnected: fc.boolean(),
    loadConnected: fc.boolean(),
    digitalInputs: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    alarms,
    temperatures: fc.array(fc.option(whole(-39, 215)), { minLength: 1, maxLength: 16 }),
    designCapacity: scaled(1, 0xffffffff, 1000),
    manufactureDate: date(2099),
    serialNumber: label(35),
    softwareVersion: label(14),
    hardwareVersion: label(14),
  },
  {
    requiredKeys: [
      ...(['voltage', 'current', 'soc', 'state', 'chargeEnabled', 'dischargeEnabled'] as const),
      ...(['remainingCapacity', 'cycles', 'alarms', 'chargerConnected', 'loadConnected', 'digitalInputs'] as const),
    ],
  },
);

const pack: fc.Arbitrary<Reading> = fc
  .tuple(state, cells(48, { least: 1, most: 5000 }))
  .map(([values, list]) => ({ ...values, ...list }));

describe('daly', () => {
  describeProtocol({ protocol: daly, pack, uncovered: () => [], noise: 0xff });

  it('decodes what it encodes through a dongle, address 128', () => {
    fc.assert(fc.property(pack, (values) => assert.deepEqual(readAll(daly, values, 128), values)));
  });

  it('asks in the order that gives the counts before the lists', () => {
    const ids = daly.queries.map((query) => query.request({ address: 1, memory: {} }).toString('hex', 2, 3));
    assert.deepEqual(ids, ['90', '93', '94', '95', '96', '97', '98', '50', '53', '57', '62', '63']);
    assert.deepEqual(
      daly.queries.filter((query) => query.optional).map((query) => query.group),
      Array.from({ length: 5 }, () => 'identity'),
    );
    for (const id of [0x95, 0x96]) assert.equal(queryFor(id).applies?.({ address: 1, memory: {} }), false);
  });

  it('does not ask for temperatures where no sensor is', () => {
    const applies = (sensorCount: number): boolean | undefined =>
      queryFor(0x96).applies?.({ address: 1, memory: { sensorCount } });
    assert.deepEqual([applies(0), applies(1)], [false, true]);
  });

  it('asks board n with host byte 40 + (n - 1) and hears only board n', () => {
    for (const address of [1, 2, 31]) {
      const request = queryFor(0x90).request({ address, memory: {} });
      assert.deepEqual(request, frame(0x40 + address - 1, 0x90, NOTHING));
      assert.equal(read(0x90, [frame(address, 0x90, '023a0000753001ed')], {}, address).voltage, 57);
    }
    assert.deepEqual(queryFor(0x90).request({ address: 128, memory: {} }), frame(0x80, 0x90, NOTHING));
    assert.equal(read(0x90, [frame(1, 0x90, '023a0000753001ed')], {}, 128).voltage, 57);
  });
});
