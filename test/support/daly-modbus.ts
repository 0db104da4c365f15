import type { Reading } from '../../src/battery/reading';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { DalyModbusMemory as Memory, Query } from '../../src/codec/daly-modbus/memory';
import { answer, type Answer } from './vectors';

/** CRC-16/MODBUS, bit by bit: another way than the codec's table. */
export function crc(bytes: Buffer): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  }
  return value;
}

/** These bytes and their CRC. */
export function closed(hexBytes: string): Buffer {
  const bytes = Buffer.from(hexBytes.replaceAll(' ', ''), 'hex');
  const end = Buffer.alloc(2);
  end.writeUInt16LE(crc(bytes));
  return Buffer.concat([bytes, end]);
}

/** The answer of an address that brings these registers. */
export function reply(address: number, data: Buffer): Buffer {
  return closed(Buffer.concat([Buffer.from([address, 3, data.length]), data]).toString('hex'));
}

export type Registers = Readonly<Record<number, number>>;

/** A block of registers; those that are not named are 0. */
export function block(start: number, count: number, registers: Registers): Buffer {
  const data = Buffer.alloc(2 * count);
  for (const [register, value] of Object.entries(registers)) data.writeUInt16BE(value, 2 * (Number(register) - start));
  return data;
}

/** A D2 board that can be: 4 cells at 13.3 V, no current, no sensor. */
export const D2_BOARD: Registers = { 0: 3300, 1: 3310, 2: 3320, 3: 3330, 0x28: 133, 0x29: 30000, 0x31: 4 };
/** The same as a board with a number; its state is in another block. */
export const P81_BOARD: Registers = { 0: 3300, 1: 3310, 2: 3320, 3: 3330, 0x38: 133, 0x39: 30000, 0x3c: 4 };

/** The query whose name has these words. */
export function queryFor(words: string): Query {
  const found = dalyModbus.queries.find((query) => query.name.includes(words));
  if (found === undefined) throw new Error(`no query for ${words}`);
  return found;
}

export function ask(
  words: string,
  frame: Buffer | readonly Buffer[],
  memory: Memory = {},
  address = 0,
): Answer<Memory> {
  const chunks = Buffer.isBuffer(frame) ? [frame] : frame;
  return answer(dalyModbus, queryFor(words), { address, memory }, chunks);
}

/** What the status of a D2 board means that differs from D2_BOARD in some registers. */
export function d2(registers: Registers = {}, count = 62): Reading {
  return ask('status (0000)', reply(0xd2, block(0, count, { ...D2_BOARD, ...registers }))).reading;
}

/** The first block of board 1, which differs from P81_BOARD in some registers. */
export function p81Cells(registers: Registers = {}): Reading {
  return ask('status (0000)', reply(0x51, block(0, 64, { ...P81_BOARD, ...registers })), {}, 1).reading;
}

/** The second block of board 1. */
export function p81State(registers: Registers = {}, memory: Memory = {}): Reading {
  return ask('(0041)', reply(0x51, block(0x41, 62, registers)), memory, 1).reading;
}
