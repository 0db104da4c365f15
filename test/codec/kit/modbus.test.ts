import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import { BAD_CHECKSUM, Framer, INCOMPLETE, NO_FRAME } from '../../../src/codec/kit/framing';
import {
  buildException,
  buildRead,
  buildReadResponse,
  buildWriteRegister,
  buildWriteRegisters,
  buildWriteResponse,
  dataOf,
  exceptionOf,
  functionOf,
  matchRead,
  matchWrite,
  MODBUS,
  modbusFrames,
  parseRequest,
  unitOf,
} from '../../../src/codec/kit/modbus';

const functions = Object.values(MODBUS);
const line = modbusFrames({ isUnit: (unit) => unit > 0 && unit < 0x40, functions });
const refused = (code: number): BmsError => new BmsError('rejected', say`code ${code}`);

const unit = fc.integer({ min: 1, max: 0x3f });
const register = fc.integer({ min: 0, max: 0xffff });
const registers = fc
  .uint8Array({ minLength: 2, maxLength: 100 })
  .map((bytes) => Buffer.from(bytes).subarray(0, bytes.length & ~1));
const readFunction = fc.constantFrom<number>(1, 2, 3, 4);

describe('Modbus', () => {
  it('has the frames of the standard', () => {
    // Requests of a Seplos V3 board (seplos-v3.md 3), whose CRCs are those of the sheet.
    assert.equal(buildRead(1, MODBUS.readInputRegisters, 0x1000, 17).toString('hex'), '01041000001134c6');
    assert.equal(buildRead(1, MODBUS.readCoils, 0x1200, 144).toString('hex'), '010112000090391e');
    assert.equal(buildRead(0, MODBUS.readInputRegisters, 0x1700, 51).toString('hex'), '000417000033b47a');
  });

  it('reads a request as it was built, and nothing that is cut or damaged', () => {
    const requests = fc.oneof(
      fc.record({
        unit,
        func: readFunction,
        register,
        count: fc.integer({ min: 1, max: 120 }),
        data: fc.constant(Buffer.alloc(0)),
      }),
      fc.record({
        unit,
        func: fc.constant(6),
        register,
        count: fc.constant(1),
        data: registers.map((data) => data.subarray(0, 2)),
      }),
      fc
        .tuple(unit, register, registers)
        .map(([to, at, data]) => ({ unit: to, func: 0x10, register: at, count: data.length / 2, data })),
    );
    const build = (request: { unit: number; func: number; register: number; count: number; data: Buffer }): Buffer => {
      if (request.func === 6) return buildWriteRegister(request.unit, request.register, request.data.readUInt16BE(0));
      if (request.func === 0x10) return buildWriteRegisters(request.unit, request.register, request.data);
      return buildRead(request.unit, request.func, request.register, request.count);
    };
    fc.assert(
      fc.property(requests, fc.nat(), (request, at) => {
        const frame = build(request);
        assert.deepEqual(parseRequest(frame), { ...request });
        assert.equal(parseRequest(frame.subarray(0, -1)), undefined);
        frame[at % frame.length] = (frame[at % frame.length] ?? 0) ^ 1;
        assert.equal(parseRequest(frame), undefined);
      }),
    );
  });

  it('finds responses and exceptions in a stream, and takes them apart', () => {
    const response = fc
      .tuple(unit, readFunction, registers)
      .map(([from, func, data]) => ({ frame: buildReadResponse(from, func, data), from, func, data }));
    fc.assert(
      fc.property(response, fc.constantFrom(1, 2, 3, 4, 11), ({ frame, from, func, data }, code) => {
        const exception = buildException(from, func, code);
        const written = buildWriteResponse(from, 0x100, 2);
        const found = new Framer(line).push(Buffer.concat([Buffer.of(0xff), frame, exception, written]));
        assert.deepEqual(found, [frame, exception, written]);
        assert.deepEqual([unitOf(frame), functionOf(frame), exceptionOf(frame)], [from, func, undefined]);
        assert.deepEqual(dataOf(frame), data);
        assert.deepEqual([functionOf(exception), exceptionOf(exception), dataOf(exception).length], [func, code, 0]);
        assert.equal(dataOf(written).length, 0);
      }),
    );
  });

  it('measures no further than a head allows', () => {
    const measure = (hex: string): number => line.measure(Buffer.from(hex, 'hex'), 0, hex.length / 2);
    assert.deepEqual(['40', '0107', '010300', '010303', '0103fc', '018300', '01830c', '0191'].map(measure), [
      ...[NO_FRAME, NO_FRAME, NO_FRAME, NO_FRAME, NO_FRAME, NO_FRAME, NO_FRAME, NO_FRAME],
    ]);
    assert.deepEqual(
      ['01', '0103', '010302', '0183', '018302', '01100000000100'].map(measure),
      new Array(6).fill(INCOMPLETE),
    );
    assert.equal(measure('01030200000000'), BAD_CHECKSUM);
  });

  it('takes a request for a frame only where the line has them', () => {
    const request = buildRead(1, MODBUS.readHoldingRegisters, 0x1200, 4);
    const busy = modbusFrames({ isUnit: () => true, functions: [3], isRequested: (high) => high === 0x12 });
    assert.deepEqual(new Framer(busy).push(request), [request]);
    assert.deepEqual(new Framer(line).push(request), []);
    // A response whose size looks like such a register.
    const response = buildReadResponse(1, 3, Buffer.alloc(0x12, 7));
    assert.deepEqual(new Framer(busy).push(response), [response]);
    assert.equal(dataOf(request).length, 0);
  });

  it('tells the answer to a read from that of others, from an echo and from a refusal', () => {
    const wanted = { unit: 2, func: 3, sizes: [4, 8] };
    const match = (frame: Buffer): string => {
      const result = matchRead(frame, wanted, refused);
      return result instanceof BmsError ? result.message : result;
    };
    assert.equal(match(buildReadResponse(2, 3, Buffer.alloc(8))), 'complete');
    assert.equal(match(buildReadResponse(2, 3, Buffer.alloc(6))), 'foreign');
    assert.equal(match(buildReadResponse(1, 3, Buffer.alloc(4))), 'foreign');
    assert.equal(match(buildReadResponse(2, 4, Buffer.alloc(4))), 'foreign');
    assert.equal(match(buildRead(2, 3, 0x0400, 2)), 'foreign');
    assert.equal(match(buildException(2, 3, 2)), 'code 2');
    assert.equal(match(buildException(2, 6, 2)), 'foreign');
  });

  it('tells the answer to a write likewise', () => {
    const response = buildWriteResponse(2, 0x1070, 2);
    const match = (frame: Buffer): string => {
      const result = matchWrite(frame, response, refused);
      return result instanceof BmsError ? result.message : result;
    };
    assert.equal(match(buildWriteResponse(2, 0x1070, 2)), 'complete');
    assert.equal(match(buildWriteResponse(2, 0x1070, 1)), 'foreign');
    assert.equal(match(buildWriteRegisters(2, 0x1070, Buffer.alloc(4))), 'foreign');
    assert.equal(match(buildException(2, 0x10, 3)), 'code 3');
    assert.equal(match(buildException(2, 3, 3)), 'foreign');
    assert.equal(match(buildException(1, 0x10, 3)), 'foreign');
  });
});
