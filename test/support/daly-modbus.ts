import type { Reading } from '../../src/battery/reading';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { DalyModbusMemory, Query } from '../../src/codec/daly-modbus/memory';
import { crc } from '../kits/checks';
import type { Respond } from './script';
import { capturedBoard } from './settings/vectors';
import { hex } from './sheet';
import { answer, type Answer, type Vector } from './vectors';

/** These bytes and their CRC. */
export function closed(hexBytes: string): Buffer {
  const bytes = hex(hexBytes);
  const sum = crc(bytes, 16);
  return Buffer.concat([bytes, Buffer.of(sum & 0xff, sum >> 8)]);
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
/** What that board has told. */
export const D2_KNOWN: DalyModbusMemory = { variant: 'd2', statusRegisters: 62, isBalancing: false, cellCount: 4 };

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
  memory: DalyModbusMemory = {},
  address = 0,
): Answer<DalyModbusMemory> {
  const chunks = Buffer.isBuffer(frame) ? [frame] : frame;
  return answer(dalyModbus, queryFor(words), { address, memory }, chunks);
}

/** What the status of a D2 board means that differs from D2_BOARD in some registers. */
export function d2(registers: Registers = {}, count = 62): Reading {
  return ask('status (0000)', reply(0xd2, block(0, count, { ...D2_BOARD, ...registers }))).reading;
}

/** What some registers of a D2 board mean, of those that a query asks; the others are 0. */
export function d2Part(
  words: string,
  start: number,
  count: number,
  registers: Registers,
  memory = D2_KNOWN,
): Answer<DalyModbusMemory> {
  return ask(words, reply(0xd2, block(start, count, registers)), memory);
}

/** The first block of board 1, which differs from P81_BOARD in some registers. */
export function p81Cells(registers: Registers = {}): Reading {
  return ask('status (0000)', reply(0x51, block(0, 64, { ...P81_BOARD, ...registers })), {}, 1).reading;
}

/** The second block of board 1. */
export function p81State(registers: Registers = {}, memory: DalyModbusMemory = {}): Reading {
  return ask('(0041)', reply(0x51, block(0x41, 62, registers)), memory, 1).reading;
}

/** A board that answers a read of any part of what was captured, since boards do, and all else as it was captured. */
export function registerBoard(exchanges: Vector['exchanges']): Respond {
  const captured = capturedBoard({ exchanges });
  const words = new Map<number, Buffer>();
  for (const [request, data] of exchanges.map(({ tx, rx }) => [hex(tx), hex(rx.join('')).subarray(3, -2)] as const)) {
    if (request[1] !== 3) continue;
    for (let at = 0; at < data.length; at += 2) words.set(request.readUInt16BE(2) + at / 2, data.subarray(at, at + 2));
  }
  return (step, count) => {
    const { request } = step;
    const first = request.readUInt16BE(2);
    const asked = Array.from({ length: request.readUInt16BE(4) }, (_, i) => words.get(first + i) ?? []).flat();
    const isWhole = request[1] === 3 && asked.length === request.readUInt16BE(4);
    if (!isWhole) return captured(step, count);
    return [reply(request[0] === 0xd2 ? 0xd2 : (request[0] ?? 0) - 0x30, Buffer.concat(asked))];
  };
}
