import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { jk } from '../../src/codec/jk';
import { decodeSet } from '../../src/codec/jk/data-set';
import { readAll } from '../../src/codec/jk/queries';
import { Framer } from '../../src/codec/kit/framing';
import { nwFrame, readFrames, readIds } from '../support/jk';
import { loadVector } from '../support/vectors';
import { hex } from '../support/sheet';

function verdict(frame: Buffer): unknown {
  const result = readAll.match(frame, [], { address: 0, memory: {} });
  return result instanceof BmsError ? result.code : result;
}

describe('jk robust parsing', () => {
  const REST = '8c0003 8e1626 b900000000 c001';

  it('an unknown id is skipped where the whole rest makes sense, whatever its length up to 32', () => {
    for (let length = 0; length <= 32; length++) {
      const reading = readIds(`8314ef 8480d0 8d0000 8a000e c5${'11'.repeat(length)} ${REST}`);
      assert.deepEqual([reading.voltage, reading.current, reading.chargeEnabled], [53.59, 2.08, true], `${length}`);
    }
  });

  it('an unknown id that is too long, or with a rest out of order, ends the walk', () => {
    const late = readIds(`8314ef 8480d0 c5${'11'.repeat(33)} ${REST}`);
    assert.deepEqual([late.voltage, late.current, late.chargeEnabled], [53.59, 2.08, undefined]);
    const wild = readIds('8314ef 8480d0 c511 8c0003 8a000e 0b');
    assert.deepEqual(wild, { voltage: 53.59 }, 'without its version the current means nothing');
  });

  it('the version at the end wins though the walk stops before it', () => {
    assert.equal(readIds(`842710 c5${'11'.repeat(40)} c000`).current, 0);
    assert.equal(readIds(`8480d0 c5${'11'.repeat(40)} c001`).current, 2.08);
  });

  it('an id with too few bytes left ends the walk; a list of no cells is none', () => {
    assert.deepEqual(readIds('8314ef 87 00'), { voltage: 53.59 });
    assert.deepEqual(readIds('7900 8314ef'), { cellVoltages: [], voltage: 53.59 });
    assert.deepEqual(readIds('850f 792a 010eed'), { soc: 15 });
  });

  it('missing ids leave their values absent; nothing known is malformed', () => {
    assert.deepEqual(readIds('8314ef'), { voltage: 53.59 });
    for (const data of ['00', 'c5 11 11', '7909 010ce4']) {
      assert.throws(() => decodeSet(hex(data)), { code: 'malformed' }, data);
    }
    assert.throws(() => decodeSet(Buffer.alloc(0)), { code: 'malformed' });
    assert.throws(() => readAll.decode([], { address: 0, memory: {} }), { code: 'malformed' });
  });
});

describe('jk quirks: finding the answer', () => {
  const REPLY = nwFrame('06 00 01', '8314ef 850f c001');

  it('the echo of the own request is a whole frame of type 0', () => {
    const echo = readAll.request({ address: 0, memory: {} });
    assert.equal(verdict(echo), 'foreign');
    assert.equal(readFrames(Buffer.concat([echo, REPLY])).voltage, 53.59);
    assert.throws(() => readFrames(echo), { code: 'timeout' });
  });

  it('some firmware answers with the whole set under command 03; one id alone is somebody else’s', () => {
    assert.equal(verdict(nwFrame('03 00 01', '8314ef 850f c001')), 'complete');
    assert.equal(verdict(nwFrame('03 00 01', '7903010ce4 850f')), 'complete');
    assert.equal(verdict(nwFrame('03 00 01', '8314ef')), 'foreign');
    assert.equal(verdict(nwFrame('03 00 01', '7903010ce4')), 'foreign');
    assert.equal(verdict(nwFrame('03 00 01', 'c511')), 'foreign');
  });

  it('acknowledgements of passwords and writes are somebody else’s', () => {
    for (const { rx } of loadVector('jk', 'write-charge-mosfet-off').exchanges) {
      assert.equal(verdict(hex(rx.join(''))), 'foreign');
    }
  });

  it('a board that was asleep is asked again at once', () => {
    assert.equal(verdict(nwFrame('01 00 01', '00')), 'timeout');
  });

  it('an upload by the board itself serves as a reading', () => {
    assert.equal(readFrames(nwFrame('06 00 02', '8314ef 850f c001')).soc, 15);
  });

  it('a record number other than 0 is legal', () => {
    const frame = Buffer.from(REPLY);
    frame.writeUInt32BE(0x42000001, frame.length - 9);
    frame.writeUInt16BE(frame.readUInt16BE(frame.length - 2) + 0x43, frame.length - 2);
    assert.equal(readFrames(frame).voltage, 53.59);
  });

  it('the checksum printed in the vendor’s example is wrong, and so is one bit in the bytes of a CRC', () => {
    const example = hex(loadVector('jk', '20s-vendor-example-protocol-0').exchanges[0]?.rx.join('') ?? '');
    example.writeUInt16BE(0x4923, example.length - 2);
    assert.throws(() => readFrames(example), { code: 'checksum' });
    const crc = Buffer.from(REPLY);
    crc[crc.length - 3] = 1;
    assert.throws(() => readFrames(crc), { code: 'checksum' });
  });

  it('a wrong end byte, or a header that cannot be, is refused', () => {
    const end = Buffer.from(REPLY);
    end[end.length - 5] = 0x67;
    assert.throws(() => readFrames(end, REPLY.subarray(0, 3)), { code: 'checksum' });
    const starts = ['4e58', '4e570012', '4e5703ff', '4e570013 00000000 04', '4e570013 00000000 0604'];
    for (const start of [...starts, '4e570013 00000000 060003', '57', 'ff']) {
      const framer = new Framer(jk.frames);
      framer.push(hex(start));
      assert.equal(framer.pending, 0, start);
    }
  });

  it('a bridge delivers in pieces; noise and a cut frame in front do not matter', () => {
    const pieces = Array.from(REPLY, (byte) => Buffer.from([byte]));
    assert.equal(readFrames(...pieces).voltage, 53.59);
    assert.equal(readFrames(hex('00ff4e'), REPLY).voltage, 53.59);
    assert.equal(readFrames(REPLY.subarray(0, 15), REPLY, Buffer.alloc(0)).voltage, 53.59);
  });
});
