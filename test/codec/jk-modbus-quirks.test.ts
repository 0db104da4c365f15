import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { Framer } from '../../src/codec/kit/framing';
import { jkModbus } from '../../src/codec/jk-modbus';
import { acknowledgement, liveAnswer, modbus, queryFor, read, record, triggerOf, verdict } from '../support/jk-modbus';
import type { JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import { hex } from '../support/sheet';

describe('jk-modbus: whose frame', () => {
  const LIVE = { 150: 'ffcf0000' };
  const live = (...chunks: Buffer[]): number | undefined => read('1620', chunks).voltage;

  it('the acknowledgement of our address has to follow; a frame without it is nobody’s', () => {
    assert.equal(live(liveAnswer(1, LIVE)), 53.247);
    assert.equal(verdict('1620', liveAnswer(2, LIVE)), 'foreign');
    assert.throws(() => live(record(2, LIVE)), { code: 'timeout' });
    assert.throws(() => live(record(2, LIVE), acknowledgement(1, '161e')), { code: 'checksum' });
    const damaged = acknowledgement(1);
    damaged[7] = (damaged[7] ?? 0) ^ 1;
    assert.throws(() => live(record(2, LIVE), damaged), { code: 'checksum' });
  });

  it('a late answer of another address, whole or not, does not become ours', () => {
    const late = liveAnswer(2, { 150: '11110000' });
    assert.equal(live(late, liveAnswer(1, LIVE)), 53.247);
    assert.equal(live(late.subarray(0, 300), liveAnswer(1, LIVE)), 53.247);
    const spoilt = Buffer.from(liveAnswer(1, LIVE));
    spoilt[150] = 0;
    assert.throws(() => live(late, spoilt), { code: 'checksum' });
  });

  it('another type of our own address is somebody else’s', () => {
    assert.equal(verdict('161e', liveAnswer(1, LIVE)), 'foreign');
    assert.equal(verdict('161c', liveAnswer(1, LIVE)), 'foreign');
  });

  it('0 to 11 bytes of echo, a 00 behind the frame and one behind the acknowledgement are skipped', () => {
    const request = triggerOf(1);
    for (let echoed = 0; echoed <= request.length; echoed++) {
      assert.equal(live(request.subarray(0, echoed), liveAnswer(1, LIVE)), 53.247, `${echoed}`);
    }
    const zero = Buffer.from([0]);
    const padded = Buffer.concat([record(2, LIVE), zero, acknowledgement(1), zero]);
    for (let cut = 0; cut < padded.length; cut++)
      assert.equal(live(padded.subarray(0, cut), padded.subarray(cut)), 53.247);
    assert.throws(() => live(Buffer.concat([record(2, LIVE), zero, zero, acknowledgement(1)])), { code: 'checksum' });
    assert.equal(verdict('1620', request), 'foreign');
  });

  it('byte 5 is 00, 05 or a counter', () => {
    for (const byte of ['00', '05', 'ff']) assert.equal(live(liveAnswer(1, { ...LIVE, 5: byte })), 53.247);
  });

  it('an adapter that cuts the answer short (FT232R) gives no reading', () => {
    const answer = liveAnswer(1, LIVE);
    for (const lost of [1, 8, 13]) {
      const short = Buffer.concat([answer.subarray(0, 100), answer.subarray(100 + lost)]);
      assert.throws(() => live(short), BmsError);
      assert.equal(live(short, answer), 53.247);
    }
  });

  it('headers that cannot be hold nothing up', () => {
    const starts = [
      '55ab',
      '55aaeb91',
      '55aaeb9004',
      '10',
      '0111',
      '011016 21',
      '0110162000 02',
      '010300',
      '0103f2',
      '01830c',
    ];
    for (const start of [...starts, '0103 09', '019000', '0110 1620 0001 03', 'ff']) {
      const framer = new Framer(jkModbus.frames);
      framer.push(hex(start));
      assert.ok(framer.pending < hex(start).length, start);
      assert.equal(framer.badChecksums, 0);
    }
  });
});

describe('jk-modbus: registers', () => {
  it('the echo of a read is no answer, though its address is that of many bytes', () => {
    const request = queryFor('1400').request({ address: 1, memory: {} });
    assert.equal(verdict('1400', request), 'foreign');
    const data = Buffer.alloc(160);
    data.write('JK_PB');
    const reply = modbus(Buffer.concat([hex('0103a0'), data]));
    assert.equal(read('1400', [request, reply]).model, 'JK_PB');
    assert.equal(read('1400', [hex('ff'), request.subarray(0, 5), reply]).model, 'JK_PB');
  });

  it('only our address and our number of registers count', () => {
    const reply = (address: number, length: number): Buffer =>
      modbus(Buffer.concat([Buffer.from([address, 3, length]), Buffer.alloc(length)]));
    assert.equal(verdict('1200', reply(1, 240)), 'complete');
    assert.equal(verdict('1200', reply(2, 240)), 'foreign');
    assert.equal(verdict('1200', reply(1, 160)), 'foreign');
    assert.equal(verdict('1200', liveAnswer(1)), 'foreign');
    assert.equal(verdict('1620', reply(1, 240)), 'foreign');
    assert.equal(verdict('12f0', reply(1, 20)), 'foreign', 'as long as a request’s high byte');
  });

  it('refusals of our address and function', () => {
    for (const [code, expected] of [
      ['01', 'unsupported'],
      ['02', 'unsupported'],
      ['03', 'rejected'],
      ['04', 'checksum'],
      ['06', 'rejected'],
    ] as const) {
      assert.equal(verdict('1200', modbus(`0183${code}`)), expected);
      assert.equal(verdict('1620', modbus(`0190${code}`)), expected);
      assert.equal(verdict('1620', modbus(`0183${code}`)), 'foreign');
      assert.equal(verdict('1200', modbus(`0190${code}`)), 'foreign');
      assert.equal(verdict('1200', modbus(`0283${code}`)), 'foreign');
      assert.equal(verdict('1620', modbus(`0290${code}`)), 'foreign');
    }
    const result = queryFor('1620').match(modbus('019003'), [], { address: 1, memory: {} });
    assert.ok(result instanceof BmsError && result.message.endsWith('.'));
  });

  it('too few bytes, or none, are malformed', () => {
    const target = { address: 1, memory: {} };
    for (const query of jkModbus.queries) assert.throws(() => query.decode([], target), { code: 'malformed' });
    for (const code of ['1200', '1000', '1400']) {
      assert.throws(() => queryFor(code).decode([modbus('0103020000')], target), { code: 'malformed' });
    }
  });
});

describe('jk-modbus: a master on the bus', () => {
  const target = (memory: JkModbusMemory = {}, address = 3): { address: number; memory: typeof memory } => ({
    address,
    memory,
  });
  const query = queryFor('1620');

  it('is noticed by its requests to others and its own frames, and our board’s answer is waited for', () => {
    assert.equal(verdict('1620', triggerOf(2), 3), 'part');
    assert.equal(verdict('1620', triggerOf(2, '161e'), 3), 'part');
    assert.equal(verdict('1620', liveAnswer(0), 3), 'part');
    assert.equal(verdict('1620', triggerOf(3), 3), 'foreign', 'may be our echo');
    assert.equal(verdict('1620', liveAnswer(2), 3), 'foreign', 'may be late');
    const alone = query.decode([liveAnswer(3)], target());
    assert.deepEqual([alone.memory?.hasMaster, alone.memory?.answersFrames], [undefined, true]);
    const beside = query.decode([triggerOf(2), liveAnswer(3)], target());
    assert.deepEqual([beside.memory?.hasMaster, beside.memory?.answersFrames], [true, true]);
  });

  it('is then only listened to; after silence the board is asked', () => {
    for (const code of ['1620', '161e']) {
      const lengths = [1, 2, 3].map((attempt) => queryFor(code).request(target({ hasMaster: true }), attempt).length);
      assert.deepEqual(lengths, [0, 11, 0]);
      assert.equal(queryFor(code).request(target({}), 1).length, 11);
    }
    assert.equal(queryFor('161c').applies?.(target({ answersFrames: true, hasMaster: true })), false);
    assert.equal(queryFor('161c').applies?.(target({ answersFrames: true })), true);
  });

  it('that is not heard any more while our board answers has gone', () => {
    let memory: JkModbusMemory = { hasMaster: true };
    const answer = (...frames: Buffer[]): void => {
      memory = { ...memory, ...query.decode([...frames, liveAnswer(3)], target(memory)).memory };
    };
    for (let i = 0; i < 5; i++) answer();
    assert.equal(memory.hasMaster, true);
    answer(triggerOf(2));
    for (let i = 0; i < 5; i++) answer();
    assert.equal(memory.hasMaster, true);
    answer();
    assert.equal(memory.hasMaster, false);
    assert.equal(query.request(target(memory), 1).length, 11);
    answer(triggerOf(2));
    assert.equal(memory.hasMaster, true);
  });

  it('that does not get an answer from our board either ends the wait', () => {
    const parts = Array.from({ length: 64 }, () => triggerOf(2));
    assert.equal(verdict('1620', triggerOf(2), 3, parts.slice(1)), 'part');
    assert.equal(verdict('1620', triggerOf(2), 3, parts), 'timeout');
    assert.equal(verdict('1620', liveAnswer(3), 3, parts), 'complete');
  });

  it('is itself the board with address 0, which is never asked', () => {
    const { initial, min, max, others } = jkModbus.address ?? {};
    assert.deepEqual([initial, min, max, others], [1, 1, 15, [0]]);
    for (const attempt of [1, 2, 3]) assert.equal(query.request(target({}, 0), attempt).length, 0);
    assert.equal(queryFor('161c').applies?.(target({}, 0)), false);
    assert.equal(read('1620', [triggerOf(1), triggerOf(2), liveAnswer(0, { 150: 'ffcf0000' })], {}, 0).voltage, 53.247);
  });
});

describe('jk-modbus: search', () => {
  it('only reads registers, which harms nobody, however often it tries', () => {
    const [probe] = jkModbus.probe ?? [];
    assert.ok(probe);
    const target = { address: 1, memory: {} };
    for (const attempt of [1, 2, 3]) {
      assert.equal(probe.request(target, attempt).toString('hex'), modbus('01 03 1400 000a').toString('hex'));
    }
    assert.equal(probe.request({ address: 0, memory: {} }).length, 0);
    const reply = (text: string): Buffer => {
      const data = Buffer.alloc(20);
      data.write(text);
      return modbus(Buffer.concat([hex('010314'), data]));
    };
    assert.equal(probe.match(reply('JK_PB2A16S20P'), [], target), 'complete');
    const others = [reply('XY'), liveAnswer(1), liveAnswer(2), modbus('018302'), triggerOf(1), modbus('0103020000')];
    for (const frame of [...others, probe.request(target, 1)]) assert.equal(probe.match(frame, [], target), 'foreign');
    assert.deepEqual(probe.decode([], target), { reading: {} });
  });
});
