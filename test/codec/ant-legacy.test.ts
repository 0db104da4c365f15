import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, type Alarm, type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { antLegacy } from '../../src/codec/ant-legacy';
import { antQuery, antVectors, checkVector } from '../support/ant';
import { scaled, whole } from '../support/arbitraries';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { answer, readVector } from '../support/vectors';

/** Logins and commands. */
const NOT_READING = ['09', '10', '11'];
const DAMAGED = '12';

describe('ant-legacy vectors', () => {
  const reading = antVectors('ant-legacy').filter(({ file }) => !NOT_READING.includes(file.slice(0, 2)));
  const meaningful = reading.filter(({ file }) => !file.startsWith(DAMAGED));

  it('are all here', () => {
    assert.equal(reading.length, 9);
    assert.equal(meaningful.length, 8);
    assert.equal(meaningful.filter(({ verified }) => verified).length, 3);
  });

  for (const vector of meaningful) it(vector.name, () => checkVector(antLegacy, vector));

  it('rejects the documentation example with the wrong sum', () => {
    const [vector] = reading.filter(({ file }) => file.startsWith(DAMAGED));
    assert.ok(vector);
    const got = readVector(antLegacy, vector);
    assert.equal(got.asked, 1);
    assert.deepEqual(got.reading, {});
    assert.deepEqual(
      got.errors.map(({ code }) => code),
      [vector.expectError],
    );
  });
});

const of = (level: AlarmLevel, ...list: AlarmCode[]): Alarm[] => list.map((code) => alarm(code, level));

const CHARGE_ONLY = of(
  'protection',
  ...(['cell_overvoltage', 'charge_overcurrent', 'pack_overvoltage', 'charge_overtemperature'] as const),
  'charge_undertemperature',
);
const DISCHARGE = [
  ...of('protection', 'cell_undervoltage', 'discharge_overcurrent', 'pack_undervoltage', 'discharge_overtemperature'),
  ...of('protection', 'short_circuit', 'discharge_undertemperature'),
  // Both MOSFETs can say these.
  ...of('protection', 'mos_overtemperature', 'cell_imbalance', 'board_overtemperature'),
  ...of('fault', 'current_sensor_fault', 'balance_wire_open', 'discharge_mos_fault'),
];
const BALANCER = of('warning', 'balancer_overtemperature', 'board_overtemperature');

/** @param reason why a MOSFET is off: null where it is on, undefined where its user has switched it off */
function switchOf(key: 'chargeSwitch' | 'dischargeSwitch', reason: Alarm | null | undefined): Reading {
  return reason === null || reason === undefined ? { [key]: reason === null } : {};
}

/** A MOSFET that is on says nothing; one that is off may say one thing, and so may a balancer at rest. */
const switched = fc
  .tuple(
    fc.option(fc.option(fc.constantFrom(...CHARGE_ONLY), { nil: undefined })),
    fc.option(fc.option(fc.constantFrom(...DISCHARGE), { nil: undefined })),
    fc.option(fc.option(fc.constantFrom(...BALANCER))),
  )
  .map(([charge, discharge, balancer]) => {
    const alarms = [charge ?? [], discharge ?? [], balancer ?? []].flat();
    return {
      chargeEnabled: charge === null,
      dischargeEnabled: discharge === null,
      balancing: balancer === null,
      ...switchOf('chargeSwitch', charge),
      ...switchOf('dischargeSwitch', discharge),
      alarms: alarms.filter(({ code }, i) => alarms.findIndex((other) => other.code === code) === i),
    };
  });

const celsius = whole(-39, 0x7fff);

const cells = fc.array(scaled(0, 0xffff, 1000), { minLength: 1, maxLength: 32 }).chain((cellVoltages) =>
  fc.subarray(cellVoltages.map((_, i) => i + 1)).map((balancingCells) => ({
    cellVoltages,
    balancingCells,
    cellCount: cellVoltages.length,
  })),
);

const capacity = fc.tuple(fc.option(whole(1, 0xffffffff)), whole(0, 0xffffffff)).map(([micro, milli]) => ({
  cycleCapacity: milli / 1000,
  ...(micro !== null && { designCapacity: micro / 1e6, cycles: Number((BigInt(milli) * 1000n) / BigInt(micro)) }),
}));

/** A power that the other two explain. */
const electrical = fc
  .tuple(scaled(0, 2000, 10), scaled(-20000, 20000, 10), whole(-20, 20))
  .map(([voltage, current, off]) => ({ voltage, current, power: Math.trunc(voltage * current) + off * 0.9 }))
  .map(({ power, ...rest }) => ({ ...rest, power: Math.trunc(power) + 0 }));

const values = fc.record(
  {
    soc: whole(0, 100),
    remainingCapacity: scaled(0, 0xffffffff, 1e6),
    runtime: whole(0, 0xffffffff),
    temperatures: fc.array(fc.option(celsius), { minLength: 4, maxLength: 4 }),
    mosTemperature: celsius,
    balancerTemperature: celsius,
  },
  { requiredKeys: ['soc', 'remainingCapacity', 'runtime', 'temperatures'] },
);

const pack: fc.Arbitrary<Reading> = fc
  .tuple(electrical, values, cells, capacity, switched)
  .map((parts): Reading => Object.assign({}, ...parts) as Reading);

describe('ant-legacy', () => {
  describeProtocol({ protocol: antLegacy, pack, uncovered: () => [], noise: 0x11 });

  it('asks in the frames of the protocol sheet', () => {
    const target = { address: 0, memory: {} };
    const asked = (code: string): string[] =>
      [1, 2, 3].map((attempt) => antQuery(antLegacy, code).request(target, attempt).toString('hex'));
    assert.deepEqual(asked('db db'), ['dbdb00000000', 'dbdb00000000', 'dbdb00000000']);
    assert.deepEqual(asked('5a 5a'), ['5a5a00000000', 'dbdb00000000', '5a5a00000000']);
  });

  it('is searched for in both ways', () => {
    const asked = [1, 2].map((attempt) =>
      antLegacy.probe?.map((query) => query.request({ address: 0, memory: {} }, attempt).toString('hex')),
    );
    assert.deepEqual(asked, [['5a5a00000000'], ['dbdb00000000']]);
  });

  it('goes on with the kind of request that was answered', () => {
    for (const [answered, other] of [
      ['db db', '5a 5a'],
      ['5a 5a', 'db db'],
    ] as const) {
      const query = antQuery(antLegacy, answered);
      const target = { address: 0, memory: {} };
      assert.deepEqual([query.applies?.(target), antQuery(antLegacy, other).applies?.(target)], [true, true]);
      const reply = antLegacy.emulate(query.request(target))?.answer({ cellVoltages: [3.3] });
      assert.ok(reply);
      const { memory } = answer(antLegacy, query, target, [reply]);
      const settled = { address: 0, memory };
      assert.deepEqual([query.applies?.(settled), antQuery(antLegacy, other).applies?.(settled)], [true, false]);
    }
  });

  it('serves any part of a pack', () => {
    const bare = readAll(antLegacy, { cellVoltages: [3.3] }, 0);
    assert.deepEqual(bare.temperatures, [null, null, null, null]);
    assert.deepEqual(bare.alarms, []);
    assert.deepEqual([bare.chargeEnabled, bare.dischargeEnabled, bare.balancing], [false, false, false]);
    for (const key of ['designCapacity', 'cycles', 'mosTemperature'] as const) assert.equal(bare[key], undefined, key);
    assert.equal(readAll(antLegacy, { cellVoltages: [3.3], voltage: 50, current: -2 }, 0).power, -100);
    assert.throws(() => readAll(antLegacy, {}, 0), { code: 'malformed' });
  });

  it('serves both kinds of request and is silent on all others', () => {
    for (const request of ['5a5a00000000', '5a5a00000101', 'dbdb00000000']) {
      assert.equal(antLegacy.emulate(Buffer.from(request, 'hex'))?.answer({}).length, 140, request);
    }
    const others = ['', '5a', '5adb00000000', '5a5a00000102', '5a5a03000003', 'a5a5fd0000fd', 'dbdb0000000000'];
    for (const request of others) assert.equal(antLegacy.emulate(Buffer.from(request, 'hex')), undefined, request);
  });
});
