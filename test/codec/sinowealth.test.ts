import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, type AlarmCode } from '../../src/battery/alarm';
import type { BatteryState, Reading } from '../../src/battery/reading';
import { sinowealth } from '../../src/codec/sinowealth';
import { Framer } from '../../src/codec/kit/framing';
import type { Query } from '../../src/codec/protocol';
import { scaled, whole } from '../support/arbitraries';
import { readAll } from '../support/protocol-properties';
import { loadVectors, readVector } from '../support/vectors';

function codes(alarms: unknown): string[] {
  return (alarms as { code: string; level: string }[]).map(({ code, level }) => `${code} ${level}`).sort();
}

describe('sinowealth vectors', () => {
  const vectors = loadVectors('sinowealth');

  it('are all here', () => {
    assert.equal(vectors.length, 6);
    assert.equal(vectors.filter(({ verified }) => verified).length, 2);
  });

  for (const vector of vectors) {
    it(vector.name, () => {
      const got = readVector(sinowealth, vector);
      assert.ok(got.asked > 0);
      for (const [key, value] of Object.entries({ ...vector.expect, ...vector.derived })) {
        if (key === 'alarms') assert.deepEqual(codes(got.reading.alarms), codes(value));
        else assert.deepEqual(got.reading[key as keyof Reading], value, key);
      }
      if (vector.reject === true) assert.deepEqual(got.reading, {});
      assert.deepEqual(
        got.errors.map(({ code }) => code),
        vector.reject === true ? ['checksum'] : [],
      );
    });
  }
});

/** In the order in which their bits stand on the wire (sinowealth.md 5). */
const ALARMS: readonly AlarmCode[] = [
  'cell_overvoltage',
  'cell_undervoltage',
  'charge_overcurrent',
  'discharge_overcurrent',
  'charge_overtemperature',
  'discharge_overtemperature',
  'charge_undertemperature',
  'discharge_undertemperature',
  'short_circuit',
];

const alarms = fc
  .tuple(fc.subarray([...ALARMS]), fc.boolean())
  .map(([set, open]) => [
    ...set.map((code) => alarm(code, 'protection')),
    ...(open ? [alarm('cell_sense_fault', 'fault')] : []),
  ]);

const temperature = fc.option(whole(1, 0xffff).map((raw) => (raw - 2731) / 10));

/** The wire has no way to leave a value out. */
const pack: fc.Arbitrary<Reading> = fc
  .record({
    voltage: scaled(6000, 0xffff, 1000),
    current: scaled(-500_000, 500_000, 1000),
    soc: whole(0, 100),
    state: fc.constantFrom<BatteryState>('idle', 'charging', 'discharging'),
    remainingCapacity: scaled(0, 0x7fffffff, 1000),
    fullCapacity: scaled(1, 0x7fffffff, 1000),
    cycles: whole(0, 0xffff),
    chargeEnabled: fc.boolean(),
    dischargeEnabled: fc.boolean(),
    cellVoltages: fc.array(scaled(1, 0xffff, 1000), { minLength: 3, maxLength: 10 }),
    temperatures: fc.array(temperature, { minLength: 1, maxLength: 2 }),
    alarms,
  })
  .map((state) => ({ ...state, cellCount: state.cellVoltages.length }));

const anyQuery = fc.constantFrom(...sinowealth.queries);
const TARGET = { address: 0, memory: { cellCount: 10, sensorCount: 2 } };

function framesOf(query: Query): Framer {
  const format = query.frames?.(TARGET);
  assert.ok(format, 'every query brings its own frames');
  return new Framer(format);
}

function answerTo(query: Query, state: Reading): Buffer {
  const served = sinowealth.emulate(query.request(TARGET));
  assert.ok(served);
  assert.equal(served.address, 0);
  return served.answer(state);
}

describe('sinowealth', () => {
  it('decodes what it encodes', () => {
    fc.assert(fc.property(pack, (state) => assert.deepEqual(readAll(sinowealth, state, 0), state)));
  });

  it('finds an answer however it is cut', () => {
    fc.assert(
      fc.property(pack, anyQuery, whole(1, 5), (state, query, at) => {
        const bytes = answerTo(query, state);
        const framer = framesOf(query);
        const found = [...framer.push(bytes.subarray(0, at)), ...framer.push(bytes.subarray(at))];
        assert.deepEqual([found, framer.discarded, framer.badChecksums], [[bytes], 0, 0]);
      }),
    );
  });

  it('accepts no answer with a flipped byte', () => {
    fc.assert(
      fc.property(pack, anyQuery, fc.nat(), whole(1, 255), (state, query, at, flip) => {
        const bytes = answerTo(query, state);
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ flip;
        const framer = framesOf(query);
        assert.deepEqual([...framer.push(bytes), ...framer.resync()], []);
      }),
    );
  });

  it('survives any bytes with a bounded buffer', () => {
    fc.assert(
      fc.property(anyQuery, fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (query, chunks) => {
        const framer = framesOf(query);
        let bytes = 0;
        let framed = 0;
        for (const chunk of chunks) {
          bytes += chunk.length;
          for (const frame of framer.push(Buffer.from(chunk))) framed += frame.length;
          assert.ok(framer.pending < 5);
        }
        assert.equal(framed + framer.discarded + framer.pending, bytes);
      }),
    );
  });

  it('skips its own echo as a whole, in front of any answer', () => {
    fc.assert(
      fc.property(pack, anyQuery, (state, query) => {
        const bytes = answerTo(query, state);
        const echo = query.request(TARGET);
        assert.equal(query.match(echo, [], TARGET), 'foreign');
        const frames = framesOf(query).push(Buffer.concat([echo, bytes]));
        assert.deepEqual(frames, [echo, bytes]);
        assert.equal(query.match(bytes, [], TARGET), 'complete');
      }),
    );
  });

  it('asks the configuration, the voltage that tells large boards, and the rest', () => {
    const requests = sinowealth.queries.map((query) => query.request(TARGET).toString('hex', 1));
    assert.deepEqual(requests, [
      ...['1702', '0b02', '0c02', '0d02', '1004', '1204', '1302', '1502', '1602'],
      ...['0102', '0202', '0302', '0402', '0502', '0602', '0702', '0802', '0902', '0a02'],
      ...['1104', '1402'],
    ]);
    assert.deepEqual(
      sinowealth.queries.map(({ group }) => group),
      [...Array<string>(9).fill('fast'), ...Array<string>(10).fill('cells'), ...Array<string>(2).fill('counters')],
    );
  });

  it('is searched for with SOC and voltage, which must both be answered', () => {
    const probe = sinowealth.probe?.map((query) => query.request(TARGET).toString('hex'));
    assert.deepEqual(probe, ['0a1302', '0a0b02']);
  });
});
