import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import type { Query } from '../../src/codec/protocol';
import { answer, shown } from './vectors';
import { hex } from './sheet';

/** Bytes with their CRC-16/MODBUS, computed bit by bit. */
export function modbus(text: string | Buffer): Buffer {
  const front = typeof text === 'string' ? hex(text) : text;
  let crc = 0xffff;
  for (const byte of front) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return Buffer.concat([front, Buffer.from([crc & 0xff, crc >> 8])]);
}

/** A frame of 300 bytes, put together by hand: values in hex by their frame offset. */
export function record(type: number, values: Readonly<Record<number, string>> = {}): Buffer {
  const frame = Buffer.alloc(300);
  hex('55aaeb90').copy(frame);
  frame.writeUInt8(type, 4);
  for (const [at, bytes] of Object.entries(values)) hex(bytes).copy(frame, Number(at));
  frame.writeUInt8(frame.subarray(0, 299).reduce((sum, byte) => sum + byte, 0) & 0xff, 299);
  return frame;
}

/** The acknowledgement of a trigger. */
export function acknowledgement(address: number, register = '1620'): Buffer {
  return modbus(`${address.toString(16).padStart(2, '0')} 10 ${register} 0001`);
}

/** A trigger, as a host or a master sends it. */
export function triggerOf(address: number, register = '1620'): Buffer {
  return modbus(`${address.toString(16).padStart(2, '0')} 10 ${register} 0001 02 0000`);
}

/** The answer of a board to the trigger of live data. */
export function liveAnswer(address: number, values: Readonly<Record<number, string>> = {}): Buffer {
  return Buffer.concat([record(2, values), acknowledgement(address)]);
}

/** The query whose name ends in `(<code>)`. */
export function queryFor(code: string): Query<JkModbusMemory> {
  const query = jkModbus.queries.find(({ name }) => name.endsWith(`(${code})`));
  assert.ok(query, `no query ${code}`);
  return query;
}

/** What a query makes of the bytes that came. */
export function read(code: string, chunks: readonly Buffer[], memory: JkModbusMemory = {}, address = 1): Reading {
  return answer(jkModbus, queryFor(code), { address, memory }, chunks).reading;
}

/** The live data of board 1 from a frame with these values. */
export function readLive(values: Readonly<Record<number, string>>, memory: JkModbusMemory = {}): Reading {
  return shown(read('1620', [liveAnswer(1, values)], memory));
}

/** What a query says of one frame; the code of a refusal. */
export function verdict(code: string, frame: Buffer, address = 1, parts: readonly Buffer[] = []): unknown {
  const result = queryFor(code).match(frame, parts, { address, memory: {} });
  return result instanceof BmsError ? result.code : result;
}
