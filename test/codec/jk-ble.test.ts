import assert from 'node:assert/strict';
import fc from 'fast-check';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { jkBle } from '../../src/codec/jk-ble';
import { alarmBits } from '../../src/codec/jk-record/tables';
import { date, label, whole } from '../support/arbitraries';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { loadVector, loadVectors, readVector, type Vector } from '../support/vectors';
import { ACKNOWLEDGEMENT, ASK_CELLS, ask, ASK_IDENTITY, CELLS_32S } from '../support/jk-ble';
import { codes, hex } from '../support/sheet';

/** Event logs are not read. */
const NOT_READING = ['32s-v19-logbook.json'];

/** Its capture ends before the first cell record. */
const WITHOUT_CELLS = '32s-pb2a16s15p-v15.38-info-settings';

/** What a device reports although its vector does not state it: that a balancer has no alarms, and its power-on count. */
const UNSTATED = ['alarms', 'errorCounts'];

/** The keys of a reading that the device itself reported: those that nobody derived from the others. */
function reported(reading: Reading, stated: Record<string, unknown>): string[] {
  const derived = new Set(Object.keys(derive({ ...(stated as Reading), state: undefined })));
  return Object.keys(reading).filter((key) => key in stated || !(derived.has(key) || UNSTATED.includes(key)));
}

function check(vector: Vector): void {
  const { reading, errors, asked } = readVector(jkBle, vector);
  assert.equal(asked, vector.exchanges.length);
  assert.deepEqual(errors, []);
  const stated = { ...vector.expect, ...vector.expectUnverified, ...vector.derived };
  for (const [key, value] of Object.entries(stated)) {
    if (key === 'alarms') assert.deepEqual(codes(reading.alarms), codes(value));
    else assert.deepEqual(reading[key as keyof Reading], value, key);
  }
  assert.deepEqual(reported(reading, stated).sort(), Object.keys(stated).sort());
}

describe('jk-ble vectors', () => {
  const reading = loadVectors('jk-ble').filter(
    ({ file }) => !file.startsWith('write-') && !NOT_READING.includes(file) && file !== `${WITHOUT_CELLS}.json`,
  );

  it('are all here', () => {
    assert.equal(reading.length, 20);
    assert.equal(reading.filter(({ verified }) => verified).length, 7);
  });

  for (const vector of reading) it(vector.name, () => check(vector));

  it(`${WITHOUT_CELLS}: the settings alone are no answer, with a cell record they are`, () => {
    const vector = loadVector('jk-ble', WITHOUT_CELLS);
    const { reading: identity, errors } = readVector(jkBle, vector);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['timeout'],
    );
    const [cells] = loadVector('jk-ble', '32s-pb2a16s15p-v14.20-idle').exchanges.slice(-1);
    const [, settings] = vector.exchanges;
    const rx = [...(settings?.rx ?? []), cells?.rx.at(-1) ?? ''];
    const { reading: rest } = ask('96', rx.map(hex));
    const whole: Reading = { ...identity, ...rest };
    for (const [key, value] of Object.entries(vector.expect)) assert.deepEqual(whole[key as keyof Reading], value, key);
  });
});

const milli = (min: number, max: number): fc.Arbitrary<number> => whole(min, max).map((raw) => raw / 1000);

/** Of bits 0 to 15 and of all, as the board would list them. */
const EVERY: Reading['alarms'] = [];
const LOWER: Reading['alarms'] = [];
alarmBits.decode(0xffffffff, EVERY);
alarmBits.decode(0xffff, LOWER);

const cells = (max: number): fc.Arbitrary<Reading> =>
  fc.array(fc.tuple(milli(500, 5000), milli(0, 60_000)), { minLength: 1, maxLength: max }).map((pairs) => ({
    cellVoltages: pairs.map(([voltage]) => voltage),
    cellResistances: pairs.map(([, resistance]) => resistance),
    cellCount: pairs.length,
    voltage: pairs.reduce((sum, [voltage]) => sum + Math.round(voltage * 1000), 0) / 1000,
  }));

const i32 = milli(-0x80000000, 0x7fffffff);
const u32 = milli(0, 0xffffffff);
const degrees = whole(-1999, 2000).map((raw) => raw / 10);
const sensor = fc.option(degrees, { freq: 4 });

const identity = {
  hardwareVersion: label(8),
  deviceName: label(16),
  serialNumber: label(16),
  manufactureDate: date(2099),
};
const counts = { errorCounts: whole(0, 0xffffffff).map((powerOns) => ({ powerOns })) };

const board = {
  current: i32,
  balanceCurrent: milli(-0x8000, 0x7fff),
  soc: whole(0, 100),
  soh: whole(0, 100),
  remainingCapacity: i32,
  cycles: whole(0, 0xffffffff),
  cycleCapacity: u32,
  runtime: whole(0, 0xffffffff),
  chargeEnabled: fc.boolean(),
  dischargeEnabled: fc.boolean(),
  balancing: fc.boolean(),
  chargeSwitch: fc.boolean(),
  dischargeSwitch: fc.boolean(),
  balancingSwitch: fc.boolean(),
  ...counts,
};

const optional = {
  ...identity,
  model: label(16).filter((model) => !model.startsWith('JK')),
  mosTemperature: degrees,
  fullCapacity: milli(1, 0xffffffff),
  designCapacity: milli(1, 20_000_000),
};

const version = (low: number, high: number, tail = ''): fc.Arbitrary<string> =>
  fc.tuple(whole(low, high), whole(0, 99)).map(([major, minor]) => `${major}.${minor}${tail}`);

/** The packs of one layout. */
function pack(max: number, own: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Reading> {
  const always = fc.record({ ...board, ...own }, { noNullPrototype: true });
  const sometimes = fc.record(optional, { requiredKeys: [], noNullPrototype: true });
  return fc.tuple(always, sometimes, cells(max)).map((parts) => Object.assign({}, ...parts) as Reading);
}

const two = fc.array(sensor, { minLength: 2, maxLength: 2 });
const four = fc.array(sensor, { minLength: 4, maxLength: 4 });

const pack24 = pack(24, { softwareVersion: version(4, 10, 'H'), temperatures: two, alarms: fc.subarray(LOWER) });
const own32 = { alarms: fc.subarray(EVERY), heating: fc.boolean(), heatingSwitch: fc.boolean() };
const pack32 = fc.oneof(
  pack(32, { ...own32, softwareVersion: version(11, 13), temperatures: two }),
  pack(32, { ...own32, softwareVersion: version(14, 19), temperatures: four }),
  pack(32, { ...own32, temperatures: two }),
  pack(32, { ...own32, temperatures: four.filter(([, , third]) => third !== 0) }),
);

const balancerState = fc.record(
  {
    model: fc.constantFrom('JK-B1A24S', 'JK-B2A16S', 'JK_B5A24S'),
    balanceCurrent: milli(-10_000, 10_000),
    balancing: fc.boolean(),
    balancingSwitch: fc.boolean(),
    runtime: whole(0, 0xffffffff),
    alarms: fc.constant([]),
    ...counts,
  },
  { noNullPrototype: true },
);
const balancerIdentity = fc.record(
  { ...identity, softwareVersion: fc.constantFrom('3.3.0', '8.0.3M') },
  { requiredKeys: [], noNullPrototype: true },
);
const balancer: fc.Arbitrary<Reading> = fc
  .tuple(balancerState, balancerIdentity, cells(24))
  .map((parts) => Object.assign({}, ...parts) as Reading);

describe('jk-ble', () => {
  describe('24S', () => describeProtocol({ protocol: jkBle, pack: pack24, uncovered: () => [], noise: 0xff }));
  describe('32S', () => describeProtocol({ protocol: jkBle, pack: pack32, uncovered: () => [], noise: 0xff }));
  describe('JK04', () => describeProtocol({ protocol: jkBle, pack: balancer, uncovered: () => [], noise: 0xff }));

  it('asks in the frames of the protocol sheet', () => {
    const asked = jkBle.queries.map((query) => query.request({ address: 0, memory: {} }).toString('hex'));
    assert.deepEqual(asked, [ASK_IDENTITY, ASK_CELLS, ASK_CELLS]);
  });

  it('serves records and acknowledgement in the order of the sheet', () => {
    const types = (request: string, softwareVersion?: string): unknown => {
      const bytes = jkBle.emulate(hex(request))?.answer(softwareVersion === undefined ? {} : { softwareVersion });
      assert.ok(bytes);
      const found: unknown[] = [];
      for (let at = 0; at < bytes.length; at += bytes[at] === 0x55 ? 300 : 20) found.push(bytes[at + 4]);
      return found;
    };
    assert.deepEqual(types(ASK_IDENTITY), [3, 0xc8]);
    assert.deepEqual(types(ASK_CELLS), [1, 0xc8, 2]);
    for (const version of ['14.20', '15.38']) assert.deepEqual(types(ASK_CELLS, version), [1, 3, 0xc8, 2]);
    for (const version of ['10.07', '13.1', '16.0', '19.27']) assert.deepEqual(types(ASK_CELLS, version), [1, 0xc8, 2]);
    assert.ok(jkBle.emulate(hex(ASK_IDENTITY))?.answer({}).subarray(300).equals(ACKNOWLEDGEMENT));
  });

  it('serves the commands of the app, whose padding is stale memory', () => {
    for (const captured of loadVectors('jk-ble').flatMap(({ exchanges }) => exchanges)) {
      const { tx, txCaptured } = captured as typeof captured & { txCaptured?: string };
      if (txCaptured === undefined) continue;
      const answered = (jkBle.emulate(hex(txCaptured))?.answer({}).length ?? 0) > 0;
      assert.equal(answered, tx === ASK_CELLS || tx === ASK_IDENTITY, txCaptured);
    }
  });

  it('is silent on everything that is no request to read', () => {
    const logBook = 'aa5590eba100000000000000000000000000001b';
    const chargeOff = 'aa5590eb1d04000000000000000000000000009b';
    const wrongSum = 'aa5590eb96000000000000000000000000000011';
    const twice = ASK_CELLS + ASK_CELLS;
    for (const silent of [logBook, wrongSum, twice, ASK_CELLS.slice(2), CELLS_32S.toString('hex'), '']) {
      assert.equal(jkBle.emulate(hex(silent)), undefined, silent);
    }
    // This commands, and a board that cannot be commanded has no answer.
    assert.equal(jkBle.emulate(hex(chargeOff))?.answer({}).length, 0);
  });

  it('serves any part of a pack', () => {
    const bare = readAll(jkBle, {}, 0);
    assert.deepEqual(bare, {
      errorCounts: { powerOns: 0 },
      cellVoltages: [],
      cellCount: 0,
      cellResistances: [],
      voltage: 0,
      current: 0,
      balanceCurrent: 0,
      remainingCapacity: 0,
      cycles: 0,
      cycleCapacity: 0,
      runtime: 0,
      chargeEnabled: false,
      dischargeEnabled: false,
      heating: false,
      temperatures: [null, null],
      balancing: false,
      alarms: [],
    });
    const some = readAll(jkBle, { cellVoltages: [3.3, 3.4], model: 'JK-B2A16S', temperatures: [20] }, 0);
    assert.equal(some.voltage, 6.7);
    assert.equal(some.temperatures, undefined);
    assert.deepEqual(readAll(jkBle, { temperatures: [20, null, 22] }, 0).temperatures, [20, null, 22, null]);
  });

  it('serves 32S by default and for more than 24 cells, the others when the pack says so', () => {
    const cellVoltages = Array.from({ length: 25 }, () => 3.3);
    for (const softwareVersion of ['1.0', '10.07', '11.2']) {
      const { cellCount, voltage, heating } = readAll(jkBle, { cellVoltages, softwareVersion }, 0);
      assert.deepEqual([cellCount, voltage, heating], [25, 82.5, false]);
    }
    const heats = (softwareVersion: string): unknown =>
      readAll(jkBle, { cellVoltages: [3.3, 3.3], softwareVersion }, 0).heating;
    assert.deepEqual(['1.0', '3.3.0', '4.0', '10.07', '11.2'].map(heats), [false, false, undefined, undefined, false]);
  });
});
