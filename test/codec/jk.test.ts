import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { jk } from '../../src/codec/jk';
import { decodeSet } from '../../src/codec/jk/data-set';
import { readAll as query } from '../../src/codec/jk/queries';
import { alarmBits } from '../../src/codec/jk/tables';
import { informationOf } from '../../src/codec/jk/wire';
import { scaled, whole } from '../support/arbitraries';
import { nwFrame, readFrames, readIds } from '../support/jk';
import { describeProtocol } from '../support/protocol-properties';
import { codes, hex } from '../support/sheet';
import { loadVector } from '../support/vectors';

const READ_ALL = '4e5700130000000006030000000000006800000129';
const TARGET = { address: 0, memory: {} };

const ALARMS: Reading['alarms'] = [];
alarmBits.decode(0xffff, ALARMS);

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

/** Values of the reading of a reply with these ids. */
const values = (ids: string, ...keys: (keyof Reading)[]): unknown[] => {
  const reading = readIds(ids);
  return keys.map((key) => reading[key]);
};

describe('jk', () => {
  describeProtocol({ protocol: jk, pack, uncovered: () => [], noise: 0xff });

  it('asks once for everything, wakes the board on the third try, and asks again', () => {
    assert.deepEqual(jk.queries, [query]);
    const tries = [1, 2, 3, 4].map((attempt) => query.request(TARGET, attempt).toString('hex'));
    assert.deepEqual(tries, [READ_ALL, READ_ALL, nwFrame('01 03 00', '00').toString('hex'), READ_ALL]);
    assert.equal(query.request(TARGET).toString('hex'), READ_ALL);
    assert.equal(1 + jk.profile.retries, tries.length);
  });

  it('is found by an answer to everything or to waking', () => {
    const [probe] = jk.probe ?? [];
    assert.ok(probe);
    for (const [attempt, request] of [hex(READ_ALL), nwFrame('01 03 00', '00')].entries()) {
      assert.deepEqual(probe.request(TARGET, attempt + 1), request);
      const reply = jk.emulate(request)?.answer({ voltage: 50 });
      assert.ok(reply);
      assert.equal(probe.match(reply, [], TARGET), 'complete');
      assert.deepEqual(probe.decode([reply], TARGET), { reading: {} });
      assert.equal(probe.match(request, [], TARGET), 'foreign');
    }
  });
});

describe('jk: alarms and switches (jk.md 7, 9)', () => {
  /** Each bit of id 8b. */
  const BITS = [
    ...['soc_low warning', 'mos_overtemperature protection', 'pack_overvoltage protection'],
    ...['pack_undervoltage protection', 'overtemperature protection', 'charge_overcurrent protection'],
    ...['discharge_overcurrent protection', 'cell_imbalance protection', 'overtemperature protection'],
    ...['undertemperature protection', 'cell_overvoltage protection', 'cell_undervoltage protection'],
    ...['afe_fault fault', 'afe_fault fault', 'unknown_8b_14 warning', 'unknown_8b_15 warning'],
  ];

  it('each bit of 8b alone, and all at once: each code once per level, each with a sentence', () => {
    const alarms = (word: number): string[] => codes(readIds(`8b${word.toString(16).padStart(4, '0')}`).alarms);
    assert.equal(BITS.length, 16);
    BITS.forEach((expected, bit) => assert.deepEqual(alarms(2 ** bit), [expected], `bit ${bit}`));
    assert.deepEqual(alarms(0), []);
    assert.deepEqual(alarms(0xffff), [...new Set(BITS)].sort());
    for (const { message } of readIds('8bffff').alarms ?? []) assert.match(message, /^[A-Z].+\.$/);
  });

  it('8c: MOSFETs and balancer; bit 3 and the reserved bits say nothing', () => {
    const flags = ['0000', '0001', '0002', '0004', '0008', 'fff8'].map((word) =>
      values(`8c${word}`, 'chargeEnabled', 'dischargeEnabled', 'balancing'),
    );
    const none = [false, false, false];
    assert.deepEqual(flags, [none, [true, false, false], [false, true, false], [false, false, true], none, none]);
  });

  it('the switches are 9d, ab and ac; both of these at 0 say nothing, as some boards never send otherwise', () => {
    const switched = {
      ...{ '850f 9d01 ab01 ac01': [true, true, true], '850f 9d00 ab00 ac01': [false, true, false] },
      ...{ '850f 9d02 ab01 ac00': [true, false, undefined], '850f ab00 ac00': [undefined, undefined, undefined] },
    };
    for (const [ids, expected] of Object.entries(switched)) {
      assert.deepEqual(values(ids, 'chargeSwitch', 'dischargeSwitch', 'balancingSwitch'), expected, ids);
    }
    assert.deepEqual(values('8c0000 9d01', 'balancing'), [false], 'a permission, not the balancer at work');
    assert.deepEqual(values('9d01 c001', 'balancing'), [undefined]);
  });
});

describe('jk: values (jk.md 5, 6, 11)', () => {
  it('current with version 1: bit 15 is charging', () => {
    const cases = { '80d0': 2.08, '0045': -0.69, '8000': 0, '0000': 0, '7fff': -327.67, ffff: 327.67 };
    for (const [raw, current] of Object.entries(cases)) assert.deepEqual(values(`84${raw} c001`, 'current'), [current]);
    assert.ok(Object.is(readIds('840000 c001').current, 0), 'never -0');
  });

  it('current with version 0 or without version: from an offset, however long the reply', () => {
    for (const [raw, current] of Object.entries({ '2710': 0, '2af8': -10, '251c': 5 })) {
      for (const rest of ['c000', '8500', 'b200000000000000000000'.repeat(20)]) {
        assert.deepEqual(values(`84${raw} ${rest}`, 'current'), [current], raw);
      }
      assert.ok(!Object.is(readIds(`84${raw} c000`).current, -0));
    }
  });

  it('temperatures: from 100 on they fall from zero, above 140 is no sensor; a third sensor never appears', () => {
    const cases = { '0000': 0, '0063': 99, '0064': 0, '0065': -1, '008c': -40, '008d': null, ffff: null };
    for (const [raw, temperature] of Object.entries(cases)) {
      const expected = [[20, temperature], temperature ?? undefined];
      assert.deepEqual(values(`80${raw} 810014 82${raw}`, 'temperatures', 'mosTemperature'), expected, raw);
    }
    const lists = ['820014', '810014', '850f', '810014 820015 8605'].map((ids) => readIds(ids).temperatures);
    assert.deepEqual(lists, [[null, 20], [20], undefined, [20, 21]]);
  });

  it('remaining capacity is AA x SOC; B9 is 0 before firmware 10.10', () => {
    const capacities = (ids: string): unknown[] =>
      values(ids, 'remainingCapacity', 'designCapacity', 'fullCapacity', 'soc');
    assert.deepEqual(capacities('850f aa0000000e b900000000'), [2.1, 14, undefined, 15]);
    assert.deepEqual(capacities('8550 aa00000064 b90000005a'), [80, 100, 90, 80]);
    assert.deepEqual(capacities('aa0000000e'), [undefined, 14, undefined, undefined]);
    assert.deepEqual(capacities('850f aa00000000'), [undefined, undefined, undefined, 15]);
    assert.deepEqual(capacities('85ff aa0000000e'), [undefined, 14, undefined, undefined]);
  });

  it('the model is in BA on newer firmware only, behind the user’s own text', () => {
    const ba = (front: string, model: string): string =>
      `ba${Buffer.from(front.padEnd(12, '\0') + model.padEnd(12, '\0')).toString('hex')}`;
    assert.deepEqual(readIds(ba('Input', 'JK-B2A24S15P')), { model: 'JK-B2A24S15P' });
    assert.deepEqual(readIds(ba('', '601210102030')), {});
  });

  it('the running time counts minutes; the password is in no reading; cells are listed by their numbers', () => {
    assert.deepEqual(readIds(`b60000e200 b2${Buffer.from('123456').toString('hex')}00000000`), { runtime: 3_471_360 });
    assert.deepEqual(readIds('7909 030ce6 010ce4 020ce5').cellVoltages, [3.3, 3.301, 3.302]);
  });
});

describe('jk: ids (jk.md 6)', () => {
  const REST = '8c0003 8e1626 b900000000 c001';
  const found = (ids: string): unknown[] => values(ids, 'voltage', 'current', 'chargeEnabled');

  it('an unknown id is skipped where the whole rest makes sense, whatever its length up to 32', () => {
    for (let length = 0; length <= 32; length++) {
      const ids = `8314ef 8480d0 8d0000 8a000e c5${'11'.repeat(length)} ${REST}`;
      assert.deepEqual(found(ids), [53.59, 2.08, true], `${length}`);
    }
  });

  it('an unknown id that is too long, or with a rest out of order, ends the walk', () => {
    assert.deepEqual(found(`8314ef 8480d0 c5${'11'.repeat(33)} ${REST}`), [53.59, 2.08, undefined]);
    const wild = readIds('8314ef 8480d0 c511 8c0003 8a000e 0b');
    assert.deepEqual(wild, { voltage: 53.59 }, 'without its version the current means nothing');
  });

  it('the version at the end wins though the walk stops before it', () => {
    assert.equal(readIds(`842710 c5${'11'.repeat(40)} c000`).current, 0);
    assert.equal(readIds(`8480d0 c5${'11'.repeat(40)} c001`).current, 2.08);
  });

  it('an id with too few bytes left ends the walk; missing ids leave their values absent', () => {
    assert.deepEqual(readIds('8314ef 87 00'), { voltage: 53.59 });
    assert.deepEqual(readIds('7900 8314ef'), { cellVoltages: [], voltage: 53.59 });
    assert.deepEqual(readIds('850f 792a 010eed'), { soc: 15 });
  });

  it('nothing known is malformed', () => {
    for (const data of ['', '00', 'c5 11 11', '7909 010ce4']) {
      assert.throws(() => decodeSet(hex(data)), { code: 'malformed' }, data);
    }
    assert.throws(() => query.decode([], TARGET), { code: 'malformed' });
  });
});

describe('jk: finding the answer (jk.md 3, 4)', () => {
  const REPLY = nwFrame('06 00 01', '8314ef 850f c001');
  const verdict = (frame: Buffer): unknown => {
    const result = query.match(frame, [], TARGET);
    return result instanceof BmsError ? result.code : result;
  };

  it('some firmware answers with the whole set under command 03; one id alone is another answer', () => {
    const kinds = {
      ...{ '8314ef 850f c001': 'complete', '7903010ce4 850f': 'complete' },
      ...{ '8314ef': 'foreign', '7903010ce4': 'foreign', c511: 'foreign' },
    };
    for (const [ids, kind] of Object.entries(kinds)) assert.equal(verdict(nwFrame('03 00 01', ids)), kind, ids);
  });

  it('echoes and acknowledgements are other answers; an upload by the board itself serves as a reading', () => {
    const acknowledgements = loadVector('jk', 'write-charge-mosfet-off').exchanges.map(({ rx }) => hex(rx.join('')));
    for (const frame of [hex(READ_ALL), ...acknowledgements]) assert.equal(verdict(frame), 'foreign');
    assert.equal(readFrames(Buffer.concat([hex(READ_ALL), REPLY])).voltage, 53.59);
    assert.throws(() => readFrames(hex(READ_ALL)), { code: 'timeout' });
    assert.equal(readFrames(nwFrame('06 00 02', '8314ef 850f c001')).soc, 15);
    assert.equal(verdict(nwFrame('01 00 01', '00')), 'timeout', 'a board that was asleep is asked again at once');
  });

  it('a record number other than 0 is legal; a bit in the bytes of a CRC, or a wrong end byte, is not', () => {
    const changed = (...changes: [fromEnd: number, byte: number][]): Buffer => {
      const frame = Buffer.from(REPLY);
      for (const [fromEnd, byte] of changes) frame[frame.length - fromEnd] = byte;
      return frame;
    };
    const sum = REPLY.readUInt16BE(REPLY.length - 2) + 0x43;
    assert.equal(readFrames(changed([9, 0x42], [6, 0x01], [2, sum >> 8], [1, sum & 0xff])).voltage, 53.59);
    assert.throws(() => readFrames(changed([3, 1])), { code: 'checksum' });
    assert.throws(() => readFrames(changed([5, 0x67]), REPLY.subarray(0, 3)), { code: 'checksum' });
  });
});

describe('jk: the board’s side (jk.md 4, 10)', () => {
  it('answers one id as captured, and it is decoded like the whole set', () => {
    const [exchange] = loadVector('jk', 'single-register-voltage').exchanges;
    assert.ok(exchange);
    const reply = hex(exchange.rx.join(''));
    assert.deepEqual(decodeSet(informationOf(reply)), { voltage: 53.59 });
    assert.deepEqual(jk.emulate(hex(exchange.tx))?.answer({ voltage: 53.59 }), reply);
  });

  it('sends the whole set under command 03 with id 00, one id alone, and nothing that it does not know', () => {
    const answerTo = (request: Buffer): string | undefined =>
      jk.emulate(request)?.answer({ voltage: 53.59, soc: 15 }).toString('hex');
    const one = (id: string): string | undefined => answerTo(nwFrame('03 03 00', id));
    const set = '8314ef 850f c001';
    assert.equal(answerTo(hex(READ_ALL)), nwFrame('06 00 01', set).toString('hex'));
    assert.equal(one('00'), nwFrame('03 00 01', set).toString('hex'));
    assert.equal(one('85'), nwFrame('03 00 01', '850f').toString('hex'));
    assert.deepEqual([one('87'), one('c5'), one('8500')], ['', undefined, undefined]);
    for (const broken of ['', '4e57', `${READ_ALL.slice(0, -1)}8`, `${READ_ALL}00`, READ_ALL.slice(0, -2)]) {
      assert.equal(answerTo(hex(broken)), undefined, broken);
    }
    assert.equal(answerTo(nwFrame('06 00 01', '00')), undefined, 'a reply is no request');
  });
});
