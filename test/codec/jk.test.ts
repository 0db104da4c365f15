import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, unknownAlarm, type Alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { jk } from '../../src/codec/jk';
import { decodeSet } from '../../src/codec/jk/data-set';
import { informationOf } from '../../src/codec/jk/wire';
import { scaled, whole } from '../support/arbitraries';
import { nwFrame } from '../support/jk';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { loadVector, loadVectors, readVector } from '../support/vectors';
import { codes, hex } from '../support/sheet';

const READ_ALL = '4e5700130000000006030000000000006800000129';
const TARGET = { address: 0, memory: {} };

describe('jk vectors', () => {
  const all = loadVectors('jk');
  const reading = all.filter(({ exchanges }) => exchanges.some(({ tx }) => tx === READ_ALL));

  it('are all here', () => {
    assert.equal(reading.length, 8);
    const others = all.filter((vector) => !reading.includes(vector)).map(({ file }) => file);
    assert.deepEqual(others, ['single-register-voltage.json', 'write-charge-mosfet-off.json']);
  });

  for (const vector of reading) {
    it(vector.name, () => {
      const got = readVector(jk, vector);
      assert.equal(got.asked, vector.exchanges.length);
      for (const [key, value] of Object.entries({ ...vector.expect, ...vector.derived })) {
        if (key === 'alarms') assert.deepEqual(codes(got.reading.alarms), codes(value));
        else assert.deepEqual(got.reading[key as keyof Reading], value, key);
      }
      const damaged = vector.file === '14s-corrupted-then-good.json' ? ['checksum'] : [];
      assert.deepEqual(
        got.errors.map((error) => error.code),
        damaged,
      );
    });
  }

  it('the damaged first reply alone gives nothing', () => {
    const vector = loadVector('jk', '14s-corrupted-then-good');
    const got = readVector(jk, { ...vector, exchanges: vector.exchanges.slice(0, 1) });
    assert.deepEqual(got.reading, {});
  });

  it('a single register is decoded like the whole set, and served', () => {
    const [exchange] = loadVector('jk', 'single-register-voltage').exchanges;
    assert.ok(exchange);
    const reply = hex(exchange.rx.join(''));
    assert.deepEqual(decodeSet(informationOf(reply)), { voltage: 53.59 });
    const served = jk.emulate(hex(exchange.tx))?.answer({ voltage: 53.59 });
    assert.deepEqual(served?.toString('hex'), reply.toString('hex'));
  });

  it('passwords and writes are left unanswered by a board that cannot be commanded', () => {
    for (const { tx } of loadVector('jk', 'write-charge-mosfet-off').exchanges) {
      assert.equal(jk.emulate(hex(tx))?.answer({}).length, 0);
    }
  });
});

const ALARMS: Alarm[] = [
  alarm('soc_low', 'warning'),
  alarm('mos_overtemperature', 'protection'),
  alarm('pack_overvoltage', 'protection'),
  alarm('overtemperature', 'protection'),
  alarm('discharge_overcurrent', 'protection'),
  alarm('cell_imbalance', 'protection'),
  alarm('undertemperature', 'protection'),
  alarm('cell_undervoltage', 'protection'),
  alarm('afe_fault', 'fault'),
  unknownAlarm('8b', 14),
  unknownAlarm('8b', 15),
];

const cells = fc
  .array(scaled(0, 0xffff, 1000), { minLength: 1, maxLength: 32 })
  .map((cellVoltages) => ({ cellVoltages, cellCount: cellVoltages.length }));

const states = fc.record(
  {
    voltage: scaled(0, 0xffff, 100),
    current: scaled(-0x7fff, 0x7fff, 100),
    soc: whole(0, 100),
    cycles: whole(0, 0xffff),
    cycleCapacity: whole(0, 0xffffffff),
    mosTemperature: whole(-40, 99),
    temperatures: fc.tuple(fc.option(whole(-40, 99)), fc.option(whole(-40, 99))),
    alarms: fc.subarray(ALARMS),
    runtime: whole(0, 0xffffffff).map((minutes) => minutes * 60),
    designCapacity: whole(1, 0xffffffff),
    fullCapacity: whole(1, 0xffffffff),
    softwareVersion: fc.stringMatching(/^[0-9A-Z][0-9A-Z._]{0,13}_$/),
    model: fc.stringMatching(/^JK[-_][0-9A-Z]{1,9}$/),
  },
  { requiredKeys: [] },
);

const switches = fc.oneof(
  fc.constant({}),
  fc.record({ chargeEnabled: fc.boolean(), dischargeEnabled: fc.boolean(), balancing: fc.boolean() }),
);

/** Any part of a pack, with what the codec adds to it. */
const pack: fc.Arbitrary<Reading> = fc.tuple(states, switches, fc.option(cells)).map(([state, flags, list]) => {
  const { designCapacity, soc } = state;
  const known = designCapacity !== undefined && soc !== undefined;
  return { ...state, ...flags, ...list, ...(known && { remainingCapacity: (designCapacity * soc) / 100 }) };
});

describe('jk', () => {
  describeProtocol({ protocol: jk, pack, uncovered: () => [], noise: 0xff });

  it('asks once for everything, wakes the board on the third try, and asks again', () => {
    const [query, ...more] = jk.queries;
    assert.ok(query);
    assert.deepEqual(more, []);
    const tries = [1, 2, 3, 4].map((attempt) => query.request(TARGET, attempt).toString('hex'));
    const wake = nwFrame('01 03 00', '00').toString('hex');
    assert.deepEqual(tries, [READ_ALL, READ_ALL, wake, READ_ALL]);
    assert.equal(query.request(TARGET).toString('hex'), READ_ALL);
    assert.equal(1 + jk.profile.retries, tries.length);
  });

  it('is found by an answer to everything or to waking', () => {
    const [probe] = jk.probe ?? [];
    assert.ok(probe);
    for (const attempt of [1, 2]) {
      const reply: Buffer | undefined = jk.emulate(probe.request(TARGET, attempt))?.answer({ voltage: 50 });
      assert.ok(reply);
      assert.equal(probe.match(reply, [], TARGET), 'complete');
      assert.deepEqual(probe.decode([reply], TARGET), { reading: {} });
      assert.equal(probe.match(probe.request(TARGET, attempt), [], TARGET), 'foreign');
    }
  });

  it('serves any part of a pack', () => {
    assert.deepEqual(readAll(jk, {}, 0), {});
    assert.deepEqual(readAll(jk, { cellVoltages: [3.3, 3.4] }, 0), { cellVoltages: [3.3, 3.4], cellCount: 2 });
  });

  it('serves the whole set under command 03 with id 00, one id alone, and nothing that it does not know', () => {
    const pack: Reading = { voltage: 53.59, soc: 15 };
    const whole = jk.emulate(hex(READ_ALL))?.answer(pack);
    assert.equal(whole?.toString('hex'), nwFrame('06 00 01', '8314ef 850f c001').toString('hex'));
    const served = (id: string): string | undefined =>
      jk.emulate(nwFrame('03 03 00', id))?.answer(pack).toString('hex');
    assert.equal(served('00'), nwFrame('03 00 01', '8314ef 850f c001').toString('hex'));
    assert.equal(served('85'), nwFrame('03 00 01', '850f').toString('hex'));
    assert.equal(served('87'), '', 'nothing to tell');
    assert.equal(served('c5'), undefined);
    assert.equal(served('8500'), undefined);
    for (const broken of ['', '4e57', `${READ_ALL.slice(0, -1)}8`, `${READ_ALL}00`, READ_ALL.slice(0, -2)]) {
      assert.equal(jk.emulate(hex(broken)), undefined, broken);
    }
    assert.equal(jk.emulate(nwFrame('06 00 01', '00')), undefined, 'a reply is no request');
  });
});
