import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import type { Query } from '../../src/codec/protocol';
import { crc } from '../kits/checks';
import { answer, shown } from './vectors';
import { record, type Bytes } from './jk-record';
import { hex } from './sheet';

/** Bytes with their CRC-16/MODBUS. */
export function modbus(text: string | Buffer): Buffer {
  const front = typeof text === 'string' ? hex(text) : text;
  const sum = crc(front, 16);
  return Buffer.concat([front, Buffer.of(sum & 0xff, sum >> 8)]);
}

/** The acknowledgement of a trigger. */
export const acknowledgement = (address: number, register = '1620'): Buffer =>
  modbus(Buffer.concat([Buffer.of(address), hex(`10 ${register} 0001`)]));

/** A trigger, as a host or a master sends it. */
export const triggerOf = (address: number, register = '1620'): Buffer =>
  modbus(Buffer.concat([Buffer.of(address), hex(`10 ${register} 0001 02 0000`)]));

/** The register that asks for each type of record (jk-modbus.md 4). */
const TRIGGERS: Readonly<Record<number, string>> = { 1: '161e', 2: '1620', 3: '161c', 5: '1624' };

/** The answer of a board to a trigger: a record and the acknowledgement. */
export function frameOf(type: number, bytes: Bytes = {}, address = 1): Buffer {
  return Buffer.concat([record(type, bytes), acknowledgement(address, TRIGGERS[type])]);
}

/** The answer of a board to the trigger of live data. */
export const liveAnswer = (address: number, bytes: Bytes = {}): Buffer => frameOf(2, bytes, address);

/** The answer to a read of registers. */
export function registersOf(data: Buffer | string, address = 1): Buffer {
  const bytes = typeof data === 'string' ? hex(data) : data;
  return modbus(Buffer.concat([Buffer.of(address, 3, bytes.length), bytes]));
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
export function readLive(bytes: Bytes, memory: JkModbusMemory = {}): Reading {
  return shown(read('1620', [liveAnswer(1, bytes)], memory));
}

/** What a query says of one frame; the code of a refusal. */
export function verdict(code: string, frame: Buffer, address = 1, parts: readonly Buffer[] = []): unknown {
  const result = queryFor(code).match(frame, parts, { address, memory: {} });
  return result instanceof BmsError ? result.code : result;
}
