import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, type Alarm, type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { antLegacy } from '../../src/codec/ant-legacy';
import { Framer } from '../../src/codec/kit/framing';
import { Bus } from '../../src/session/bus';
import { Reader } from '../../src/session/reader';
import {
  antQuery,
  antVector,
  assertValues,
  capacity,
  failsWith,
  legacyStatus,
  readLegacy,
  sealed,
  type Bytes,
} from '../support/ant';
import { cells, scaled, whole } from '../support/arbitraries';
import { assertDecoded } from '../support/expected';
import { FakeClock } from '../support/fake-clock';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { answers, ScriptedLink } from '../support/scripted-link';
import { codes, hex, meaningsOf, sheetTable } from '../support/sheet';
import { answer, readVector } from '../support/vectors';

const TARGET = { address: 0, memory: {} };
const SERIAL = '5a5a00000000';
const MODULE = 'dbdb00000000';

const of = (level: AlarmLevel, ...list: AlarmCode[]): Alarm[] => list.map((code) => alarm(code, level));

const CHARGE = of(
  'protection',
  ...(['cell_overvoltage', 'charge_overcurrent', 'pack_overvoltage', 'charge_overtemperature'] as const),
  'charge_undertemperature',
);
const DISCHARGE = [
  ...of('protection', 'cell_undervoltage', 'discharge_overcurrent', 'pack_undervoltage', 'discharge_overtemperature'),
  ...of('protection', 'short_circuit', 'discharge_undertemperature'),
  // Both MOSFETs have codes for these.
  ...of('protection', 'mos_overtemperature', 'cell_imbalance', 'board_overtemperature'),
  ...of('fault', 'current_sensor_fault', 'balance_wire_open', 'discharge_mos_fault'),
];
const BALANCER = of('warning', 'balancer_overtemperature', 'board_overtemperature');

/** Why a part is off: null where it is on, undefined where it is off by hand. */
const part = (list: readonly Alarm[]) => fc.option(fc.option(fc.constantFrom(...list), { nil: undefined }));

/** @param why see `part` */
function switchOf(key: 'chargeSwitch' | 'dischargeSwitch', why: Alarm | null | undefined): Reading {
  return why === null || why === undefined ? { [key]: why === null } : {};
}

const switched = fc.tuple(part(CHARGE), part(DISCHARGE), part(BALANCER)).map(([charge, discharge, balancer]) => {
  const alarms = [charge, discharge, balancer].flatMap((entry) => entry ?? []);
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

/** A power that the other two explain. */
const electrical = fc
  .tuple(scaled(0, 2000, 10), scaled(-20000, 20000, 10), whole(-18, 18))
  .map(([voltage, current, off]) => ({ voltage, current, power: Math.trunc(voltage * current) + off }));

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
  .tuple(electrical, values, cells(32), capacity, switched)
  .map((parts): Reading => Object.assign({}, ...parts) as Reading);

describe('ant-legacy', () => {
  describeProtocol({ protocol: antLegacy, pack, uncovered: () => [], noise: 0x11 });

  it('decodes what the serial request of other hosts is answered with', () => {
    const vector = antVector('ant-legacy', '07');
    const exchanges = vector.exchanges.map((exchange) => ({ ...exchange, tx: SERIAL }));
    assertDecoded(readVector(antLegacy, { ...vector, exchanges }).reading, vector);
  });

  it('asks in both ways, and is searched for in both', () => {
    const asked = (code: string): string[] =>
      [1, 2, 3].map((attempt) => antQuery(antLegacy, code).request(TARGET, attempt).toString('hex'));
    assert.deepEqual(asked('db db'), [MODULE, MODULE, MODULE]);
    assert.deepEqual(asked('5a 5a'), [SERIAL, MODULE, SERIAL]);
    assert.deepEqual(antLegacy.probe, [antQuery(antLegacy, '5a 5a')]);
  });

  /** A board that answers these requests, read three times. @returns what it was asked */
  async function askedOf(...known: string[]): Promise<string[]> {
    const clock = new FakeClock();
    const status = antVector('ant-legacy', '07').exchanges[0]?.rx.join('') ?? '';
    const link = new ScriptedLink(clock, answers(Object.fromEntries(known.map((request) => [request, status]))));
    const bus = new Bus({ link, baudRate: 19200, clock });
    const { profile } = antLegacy;
    const reader = new Reader({ bus, protocol: antLegacy, address: 0, profile, clock, onRetrying: () => undefined });
    bus.open();
    reader.start();
    for (let i = 0; i < 3; i++) {
      const reading = reader.read('due', 'poll');
      await clock.tick(10_000);
      assert.equal((await reading).voltage, 63.7);
    }
    return link.sent;
  }

  it('goes on with the kind of request that was answered (section 1)', async () => {
    assert.deepEqual(await askedOf(MODULE), [MODULE, MODULE, MODULE]);
    assert.deepEqual(await askedOf(MODULE, SERIAL), [MODULE, MODULE, MODULE]);
    const tries = Array<string>(1 + antLegacy.profile.retries).fill(MODULE);
    assert.deepEqual(await askedOf(SERIAL), [...tries, SERIAL, SERIAL, SERIAL], 'tries that are lost once');
  });

  it('emulates any part of a pack', () => {
    const bare = readAll(antLegacy, { cellVoltages: [3.3] }, 0);
    assertValues(bare, { temperatures: [null, null, null, null], alarms: [], designCapacity: undefined });
    assertValues(bare, { cycles: undefined, mosTemperature: undefined, chargeEnabled: false, balancing: false });
    assert.equal(readAll(antLegacy, { cellVoltages: [3.3], voltage: 50, current: -2 }, 0).power, -100);
    assert.throws(() => readAll(antLegacy, {}, 0), { code: 'malformed' });
  });

  it('emulates both kinds of request, and is silent on all others', () => {
    for (const request of [SERIAL, '5a5a00000101', MODULE]) {
      assert.equal(antLegacy.emulate(hex(request))?.answer({}).length, 140, request);
    }
    const others = ['5adb00000000', '5a5a00000102', '5a5a32000032', 'a5a5fd0000fd', 'dbdb0000000000'];
    for (const request of others) assert.equal(antLegacy.emulate(hex(request)), undefined, request);
  });
});

describe('ant-legacy frames (section 3)', () => {
  const good = sealed(legacyStatus());

  it('keep-alive echoes and short replies between the pieces of a stream are no frames', () => {
    const framer = new Framer(antLegacy.frames);
    const noise = hex('5a5aff0000ffa5a5f50001f6dbdb00000000');
    assert.deepEqual(framer.push(Buffer.concat([noise, good, noise, good])), [good, good]);
    assert.deepEqual([framer.discarded, framer.badChecksums], [2 * noise.length, 0]);
  });

  it('cells may contain a whole header', () => {
    const frame = sealed(legacyStatus({ 6: 'aa55aaff' }));
    assert.deepEqual(new Framer(antLegacy.frames).push(Buffer.concat([frame, good])), [frame, good]);
  });

  it('the echo of the request is no answer', () => {
    for (const query of antLegacy.queries) {
      const echo = query.request(TARGET);
      failsWith('timeout', () => answer(antLegacy, query, TARGET, [echo]));
      assert.equal(answer(antLegacy, query, TARGET, [Buffer.concat([echo, good])]).reading.cellCount, 2);
    }
  });

  it('from 1 to 32 cells, else malformed; the slots behind them are nothing', () => {
    const count = (cells: string): Reading => readLegacy({ 123: cells, 132: 'ffffffff' });
    assertValues(count('01'), { cellVoltages: [3.3], balancingCells: [1] });
    assert.deepEqual([count('20').cellVoltages?.length, count('20').balancingCells?.length], [32, 32]);
    for (const cells of ['00', '21', 'ff']) failsWith('malformed', () => count(cells));
  });
});

describe('ant-legacy alarms (section 4.1)', () => {
  for (const [at, key, register, column] of [
    [103, 'chargeEnabled', 'charge_mos', 2],
    [104, 'dischargeEnabled', 'discharge_mos', 4],
  ] as const) {
    it(`${register}: every code is that of the sheet, and only 1 is on`, () => {
      const rows = sheetTable('ant-legacy', '4.1').map((row) => [row[0]?.replace(' / ', ','), row[column]] as const);
      for (const [code, meaning] of meaningsOf(register, 22, rows).entries()) {
        const reading = readLegacy({ [at]: code.toString(16).padStart(2, '0') });
        assert.deepEqual(codes(reading.alarms), [meaning ?? []].flat(), `code ${code}`);
        assert.equal(reading[key], code === 1);
      }
    });
  }

  it('those of the balancer are as in ant; a code is named once, at its highest level', () => {
    const named = (three: string): string[] => codes(readLegacy({ 103: three }).alarms);
    assert.deepEqual(named('010103'), ['balancer_overtemperature warning']);
    assert.deepEqual(named('070701'), ['mos_overtemperature protection']);
    assert.deepEqual(named('0a010a'), ['board_overtemperature protection']);
    for (const code of [0, 1, 2, 3, 4, 5]) {
      assertValues(readLegacy({ 105: `0${code}` }), { balancing: [1, 2, 4, 5].includes(code) });
    }
  });
});

/** What a status is read as whose bytes differ so from `legacyStatus` (ant-legacy.md 4, 8). */
const STATUS: readonly (readonly [name: string, bytes: Bytes, expected: Partial<Reading>])[] = [
  ['-40 is no sensor', { 91: 'ffd8'.repeat(5) }, { mosTemperature: undefined, temperatures: [null, null, null, 0] }],
  ['nor of the balancer', { 93: 'ffd8' }, { mosTemperature: 0, balancerTemperature: undefined }],
  ['a capacity of 0 was never set', { 83: '000186a0' }, { designCapacity: undefined, cycles: undefined }],
  ['SOC 0 is a value', {}, { soc: 0 }],
  ['beyond 100 it is none', { 74: '65' }, { soc: undefined }],
  ['a MOSFET that is held has no switch', { 103: '020f' }, { chargeSwitch: undefined, dischargeSwitch: false }],
  ['versions and health are not in the status', {}, { soh: undefined, softwareVersion: undefined }],
];

describe('ant-legacy status (sections 4, 8)', () => {
  for (const [name, bytes, expected] of STATUS) it(name, () => assertValues(readLegacy(bytes), expected));

  it('positive on the wire is discharging: the remaining capacity falls', () => {
    const [before, after] = ['05', '06'].map(
      (number) => readVector(antLegacy, antVector('ant-legacy', number)).reading,
    );
    assert.ok(before && after);
    assertValues(before, { current: -8, power: -390, state: 'discharging' });
    assert.equal(after.current, -12);
    assert.ok((after.remainingCapacity ?? 0) < (before.remainingCapacity ?? 0));
  });

  it('power far from voltage times current: the product is believed', () => {
    for (const [volts, amperes, watts, expected] of [
      [50, 0, -9999, 0],
      [50, 0, -20, -20],
      [50, 0, -21, 0],
      [50, 10, 570, 570],
      [50, 10, 571, 500],
      [50, -10, -430, -430],
      [50, -10, 430, -500],
    ] as const) {
      const signed = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
      const bytes = { 4: (volts * 10).toString(16).padStart(4, '0'), 70: signed(-amperes * 10), 111: signed(-watts) };
      assert.equal(derive(readLegacy(bytes)).power, expected, `${volts} V, ${amperes} A, ${watts} W`);
    }
  });
});
