import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import { without } from '../../src/codec/kit/memory';
import type { Protocol, Target } from '../../src/codec/protocol';
import {
  acknowledgement,
  liveAnswer,
  modbus,
  queryFor,
  read,
  registersOf,
  triggerOf,
  verdict,
} from '../support/jk-modbus';
import { pack32Unversioned } from '../support/jk-packs';
import { chars, record } from '../support/jk-record';
import { describeProtocol } from '../support/protocol-properties';
import { hex } from '../support/sheet';
import { loadVector, readVector, type Vector } from '../support/vectors';

/** The queries of a board that answers with registers only. */
const registersOnly: Protocol<JkModbusMemory> = {
  ...jkModbus,
  queries: ['1200', '12f0', '1000', '1400'].map(queryFor),
};

const TARGET: Target<JkModbusMemory> = { address: 1, memory: {} };

describe('jk-modbus', () => {
  describeProtocol({ protocol: jkModbus, pack: pack32Unversioned, uncovered: () => [], noise: 0xff });
});

describe('jk-modbus by registers', () => {
  // The heater's switch lies beyond the registers that are read.
  const pack = pack32Unversioned.map((all): Reading => without(all, ['heatingSwitch']));
  describeProtocol({ protocol: registersOnly, pack, uncovered: () => [], noise: 0xff });

  it('reads a captured image of the memory of a board as its frames are read', () => {
    const vector = loadVector('jk-modbus', 'fc03-pb2a16s20p-15.41-soc59') as Vector & {
      memory: { address: string; data: string }[];
    };
    const exchanges = registersOnly.queries.map((query) => {
      const request = query.request(TARGET);
      const [from, length] = [request.readUInt16BE(2), 2 * request.readUInt16BE(4)];
      const image = vector.memory.find(({ address, data }) => from + length <= Number(address) + data.length / 2);
      const at = from - Number(image?.address);
      const answer = registersOf(hex(image?.data ?? '').subarray(at, at + length));
      return { tx: request.toString('hex'), rx: [answer.toString('hex')], what: query.name };
    });
    const got = readVector(registersOnly, { ...vector, exchanges });
    assert.equal(got.asked, 4);
    for (const [key, value] of Object.entries(vector.expect)) {
      assert.deepEqual(got.reading[key as keyof Reading], value, key);
    }
  });
});

describe('jk-modbus: requests', () => {
  it('are those of the protocol sheet, at the pace of theirs', () => {
    const requests = jkModbus.queries.map((query) => [query.name, query.group, query.request(TARGET).toString('hex')]);
    assert.deepEqual(requests, [
      ['live data (1620)', 'fast', '011016200001020000d6f1'],
      ['live registers (1200)', 'fast', '0103120000784090'],
      ['further live registers (12f0)', 'fast', '010312f00010414d'],
      ['settings (161e)', 'counters', '0110161e0001020000d22f'],
      ['settings registers (1000)', 'counters', '010310000048413c'],
      ['device information (161c)', 'identity', '0110161c0001020000d3cd'],
      ['device information registers (1400)', 'identity', '0103140000504006'],
    ]);
  });

  it('ask for registers only where no frame was answered', () => {
    const applies = (code: string, memory: JkModbusMemory, address = 1): boolean =>
      queryFor(code).applies?.({ address, memory }) ?? true;
    const registers: JkModbusMemory = { answersRegisters: true };
    const needed = { 1200: {}, '12f0': { firstTemperatures: [] }, 1000: registers, 1400: registers };
    for (const [code, memory] of Object.entries(needed)) {
      assert.equal(applies(code, memory), true);
      assert.equal(applies(code, { ...memory, answersFrames: true }), false);
      assert.equal(applies(code, memory, 0), false);
      assert.equal(applies(code, {}), code === '1200');
    }
    assert.equal(applies('1620', {}), true);
    for (const code of ['161e', '161c']) {
      assert.deepEqual([applies(code, {}), applies(code, { answersFrames: true })], [false, true]);
    }
  });
});

describe('jk-modbus: whose frame (jk-modbus.md 4, 12)', () => {
  const LIVE = { 150: 'ffcf0000' };
  const ours = liveAnswer(1, LIVE);
  const voltage = (...chunks: Buffer[]): number | undefined => read('1620', chunks).voltage;

  it('the acknowledgement of our address has to follow; a frame without it is nobody’s', () => {
    assert.equal(voltage(ours), 53.247);
    assert.throws(() => voltage(record(2, LIVE)), { code: 'timeout' });
    const damaged = acknowledgement(1);
    damaged[7] = (damaged[7] ?? 0) ^ 1;
    for (const wrong of [acknowledgement(1, '161e'), damaged, acknowledgement(16)]) {
      assert.throws(() => voltage(record(2, LIVE), wrong), { code: 'checksum' });
    }
  });

  it('an answer of another address or type does not become ours, be it late or cut', () => {
    const late = liveAnswer(2, { 150: '11110000' });
    assert.equal(voltage(late, ours), 53.247);
    assert.equal(voltage(late.subarray(0, 300), ours), 53.247);
    const spoilt = Buffer.from(ours);
    spoilt[150] = 0;
    assert.throws(() => voltage(late, spoilt), { code: 'checksum' });
    for (const code of ['161e', '161c']) assert.equal(verdict(code, ours), 'foreign');
  });

  it('an echo of any length, a 00 behind the frame and one behind the acknowledgement are skipped', () => {
    const request = triggerOf(1);
    for (let echoed = 0; echoed <= request.length; echoed++) {
      assert.equal(voltage(request.subarray(0, echoed), ours), 53.247, `${echoed}`);
    }
    const zero = Buffer.from([0]);
    const padded = Buffer.concat([record(2, LIVE), zero, acknowledgement(1), zero]);
    for (let cut = 0; cut < padded.length; cut++) {
      assert.equal(voltage(padded.subarray(0, cut), padded.subarray(cut)), 53.247);
    }
    assert.throws(() => voltage(Buffer.concat([record(2, LIVE), zero, zero, acknowledgement(1)])), {
      code: 'checksum',
    });
  });

  it('the echo of a read of registers is no answer, though its address is that of many bytes', () => {
    const request = queryFor('1400').request(TARGET);
    assert.equal(verdict('1400', request), 'foreign');
    const reply = registersOf(chars('JK_PB', 160));
    assert.equal(read('1400', [request, reply]).model, 'JK_PB');
    assert.equal(read('1400', [hex('ff'), request.subarray(0, 5), reply]).model, 'JK_PB');
  });

  it('only our address and our number of registers count', () => {
    const reply = (length: number, address = 1): Buffer => registersOf(Buffer.alloc(length), address);
    assert.equal(verdict('1200', reply(240)), 'complete');
    for (const frame of [reply(240, 2), reply(160), liveAnswer(1)]) assert.equal(verdict('1200', frame), 'foreign');
    assert.equal(verdict('1620', reply(240)), 'foreign');
    assert.equal(verdict('12f0', reply(20)), 'foreign', 'as long as a request’s high byte');
  });

  it('refusals of our address and function; a frame that holds too little or nothing is malformed', () => {
    const refusals = { '01': 'unsupported', '02': 'unsupported', '03': 'rejected', '04': 'checksum', '06': 'rejected' };
    for (const [code, expected] of Object.entries(refusals)) {
      for (const asked of ['1200', '1620']) {
        const [func, other] = asked === '1200' ? ['83', '90'] : ['90', '83'];
        assert.equal(verdict(asked, modbus(`01 ${func} ${code}`)), expected);
        assert.equal(verdict(asked, modbus(`01 ${other} ${code}`)), 'foreign');
        assert.equal(verdict(asked, modbus(`02 ${func} ${code}`)), 'foreign');
      }
    }
    for (const query of jkModbus.queries) assert.throws(() => query.decode([], TARGET), { code: 'malformed' });
    for (const code of ['1200', '1000', '1400']) {
      assert.throws(() => queryFor(code).decode([registersOf('0000')], TARGET), { code: 'malformed' });
    }
  });
});

describe('jk-modbus: a master on the bus (jk-modbus.md 8)', () => {
  const target = (memory: JkModbusMemory = {}, address = 3): Target<JkModbusMemory> => ({ address, memory });
  const query = queryFor('1620');

  it('is noticed by its requests to others and its own frames, and our board’s answer is waited for', () => {
    for (const frame of [triggerOf(2), triggerOf(2, '161e'), liveAnswer(0)]) {
      assert.equal(verdict('1620', frame, 3), 'part');
    }
    assert.equal(verdict('1620', triggerOf(3), 3), 'foreign', 'may be our echo');
    assert.equal(verdict('1620', liveAnswer(2), 3), 'foreign', 'may be late');
    const seen = (...parts: Buffer[]): unknown => query.decode(parts, target()).memory;
    assert.deepEqual(seen(liveAnswer(3)), { answersFrames: true });
    assert.deepEqual(seen(triggerOf(2), liveAnswer(3)), {
      hasMaster: true,
      answersSinceMaster: 0,
      answersFrames: true,
    });
  });

  it('is then only listened to; after silence the board is asked', () => {
    for (const code of ['1620', '161e']) {
      const lengths = [1, 2, 3].map((attempt) => queryFor(code).request(target({ hasMaster: true }), attempt).length);
      assert.deepEqual([...lengths, queryFor(code).request(target(), 1).length], [0, 11, 0, 11]);
    }
    const applies = (memory: JkModbusMemory): unknown => queryFor('161c').applies?.(target(memory));
    const besideMaster = { answersFrames: true, hasMaster: true };
    assert.deepEqual([applies(besideMaster), applies({ answersFrames: true })], [false, true]);
  });

  it('that is not heard any more while our board answers has gone', () => {
    let memory: JkModbusMemory = { hasMaster: true };
    const answers = (count: number, ...before: Buffer[]): unknown => {
      for (let i = 0; i < count; i++) {
        memory = { ...memory, ...query.decode([...before, liveAnswer(3)], target(memory)).memory };
      }
      return memory.hasMaster;
    };
    assert.equal(answers(5), true);
    assert.equal(answers(1, triggerOf(2)), true);
    assert.deepEqual([answers(5), answers(1)], [true, false]);
    assert.equal(query.request(target(memory), 1).length, 11);
    assert.equal(answers(1, triggerOf(2)), true);
  });

  it('that gets no answer from our board either ends the wait, as does one that reads only its live data', () => {
    const parts = Array.from({ length: 64 }, () => triggerOf(2));
    assert.equal(verdict('1620', triggerOf(2), 3, parts.slice(1)), 'part');
    assert.equal(verdict('1620', triggerOf(2), 3, parts), 'timeout');
    assert.equal(verdict('1620', liveAnswer(3), 3, parts), 'complete');
    const passing = (...before: Buffer[]): unknown => {
      const result = queryFor('161e').match(liveAnswer(3), before, target({ hasMaster: true }));
      return result instanceof BmsError ? result.code : result;
    };
    assert.deepEqual([passing(triggerOf(2)), passing(liveAnswer(3))], ['part', 'unsupported']);
  });

  it('is itself the board with address 0, which is never asked', () => {
    const { initial, min, max, others } = jkModbus.address ?? {};
    assert.deepEqual([initial, min, max, others], [1, 1, 15, [0]]);
    for (const attempt of [1, 2, 3]) assert.equal(query.request(target({}, 0), attempt).length, 0);
    assert.equal(queryFor('161c').applies?.(target({ answersFrames: true }, 0)), false);
    assert.equal(read('1620', [triggerOf(1), triggerOf(2), liveAnswer(0, { 150: 'ffcf0000' })], {}, 0).voltage, 53.247);
  });

  it('is overheard by every frame but Modbus', () => {
    const overheard = (frame: Buffer): unknown => jkModbus.overhear?.(frame);
    assert.deepEqual(overheard(triggerOf(2)), { fromMaster: true });
    assert.deepEqual(overheard(liveAnswer(2)), { address: 2, fromMaster: true, memory: { hasMaster: true } });
    for (const other of [registersOf('0000'), modbus('01 83 02')]) assert.equal(overheard(other), undefined);
  });
});

describe('jk-modbus: search', () => {
  it('only reads registers, which harms nobody, however often it tries', () => {
    const [probe] = jkModbus.probe ?? [];
    assert.ok(probe);
    for (const attempt of [1, 2, 3]) {
      assert.equal(probe.request(TARGET, attempt).toString('hex'), modbus('01 03 1400 000a').toString('hex'));
    }
    assert.equal(probe.request({ address: 0, memory: {} }).length, 0);
    assert.equal(probe.match(registersOf(chars('JK_PB2A16S20P', 20)), [], TARGET), 'complete');
    const [other, elsewhere] = [registersOf(chars('XY', 20)), registersOf(chars('JK', 20), 2)];
    const foreign = [
      other,
      elsewhere,
      liveAnswer(1),
      liveAnswer(2),
      modbus('018302'),
      triggerOf(1),
      registersOf('4a4b'),
    ];
    for (const frame of [...foreign, probe.request(TARGET, 1)]) assert.equal(probe.match(frame, [], TARGET), 'foreign');
    assert.deepEqual(probe.decode([], TARGET), { reading: {} });
  });
});

describe('jk-modbus: the board’s side', () => {
  it('answers reads of any registers of a block, refuses what lies beyond, and is silent on all else', () => {
    const answerTo = (front: string): string | undefined =>
      jkModbus.emulate(modbus(front))?.answer({ voltage: 50 }).toString('hex');
    const answers = {
      ...{ '01 03 1290 0002': '01 03 04 0000c350', '01 03 1292 0001': '01 03 02 c350' },
      ...{ '01 03 1310 0008': '01 83 02', '01 03 1300 0009': '01 83 02', '01 03 0000 0001': '01 83 02' },
      ...{ '01 03 1200 0000': '01 83 03', '01 03 1200 0080': '01 83 03', '01 06 1078 0001': '01 86 02' },
    };
    for (const [request, answer] of Object.entries(answers)) {
      assert.equal(answerTo(request), modbus(answer).toString('hex'), request);
    }
    const { tx, rx } = loadVector('jk-modbus', 'write-switches-15.41').exchanges.at(-1) ?? { tx: '', rx: [] };
    assert.equal(jkModbus.emulate(hex(tx))?.answer({}).toString('hex'), rx.join(''), 'no alarms, as captured');
    // of the detailed log, which comes in many frames
    const [acknowledged, log] = ['01 10 1620 0001', '01 10 1622 0001 02 0000'];
    const elsewhere = ['00 10 1620 0001 02 0000', '10 10 1620 0001 02 0000', '00 03 1200 0001', '01 04 1200 0001'];
    for (const front of [...elsewhere, acknowledged, log, '01 78 1000 10a0 0000']) {
      assert.equal(answerTo(front), undefined, front);
    }
    for (const broken of ['011016200001020000d6f0', '', '01', '011016200001020000d6f100']) {
      assert.equal(jkModbus.emulate(hex(broken)), undefined);
    }
  });
});
