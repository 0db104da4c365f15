import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { jkBle } from '../../src/codec/jk-ble';
import type { JkBleMemory } from '../../src/codec/jk-ble/variant';
import type { Query } from '../../src/codec/protocol';
import { answer, type Answer, shown } from './vectors';
import { hex } from './sheet';

export const ASK_CELLS = 'aa5590eb96000000000000000000000000000010';
export const ASK_IDENTITY = 'aa5590eb97000000000000000000000000000011';
export const ACKNOWLEDGEMENT = hex('aa5590ebc8010100000000000000000000000044');
/** what a Bluetooth module puts between records */
export const AT = hex('41540d0a');

/** Bytes to put into a record: offset in the sheet -> hex. */
export type Bytes = Readonly<Record<number, string>>;

/** A record, built from the rule of jk-ble.md 4. @param front a whole record to change, instead of an empty one */
export function record(type: number, bytes: Bytes, front?: Buffer): Buffer {
  const built = front === undefined ? Buffer.alloc(300) : Buffer.from(front);
  built.set([0x55, 0xaa, 0xeb, 0x90, type]);
  for (const [at, data] of Object.entries(bytes)) hex(data).copy(built, Number(at));
  built[299] = built.subarray(0, 299).reduce((sum, byte) => sum + byte, 0) & 0xff;
  return built;
}

/** Settings, as far as a reading needs them: 100 Ah. */
export const SETTINGS = record(1, { 130: 'a0860100' });

/** Four cells of 3.300 V in each layout, everything else zero. */
export const CELLS_24S = record(2, { 6: 'e40c e40c e40c e40c', 54: '0f000000', 118: '90330000' });
export const CELLS_32S = record(2, { 6: 'e40c e40c e40c e40c', 70: '0f000000', 150: '90330000', 214: 'ff' });
export const CELLS_JK04 = record(2, { 6: '33335340 33335340 33335340 33335340', 202: '33335340' });

/** The query whose name ends in `(<code>)`. */
export function queryFor(code: '96' | '97'): Query<JkBleMemory> {
  const query = jkBle.queries.find((entry) => entry.name.endsWith(`(${code})`));
  assert.ok(query, `no query ${code}`);
  return query;
}

/** What comes back to one query. */
export function ask(code: '96' | '97', chunks: readonly Buffer[], memory: JkBleMemory = {}): Answer<JkBleMemory> {
  return answer(jkBle, queryFor(code), { address: 0, memory }, chunks);
}

/** A cell record behind its settings. */
export function readCells(cells: Buffer, memory: JkBleMemory = {}): Reading {
  return shown(ask('96', [SETTINGS, cells], memory).reading);
}

/** Device information of a board with software 15.41. */
export const INFO = record(3, {
  6: Buffer.from('JK_PB2A16S20P').toString('hex'),
  22: Buffer.from('15A').toString('hex'),
  30: Buffer.from('15.41').toString('hex'),
});

/** Device information as far as it decides how to read cells. */
export function info(version: string, model = 'JK_PB2A16S20P'): Buffer {
  const text = (value: string, length: number): string =>
    Buffer.from(value.padEnd(length, '\0'), 'latin1').toString('hex');
  return record(3, { 6: text(model, 16), 30: text(version, 8) });
}

/** Reads a cell record of a board that has said who it is. */
export function cellsOf(cells: Buffer, version: string, model?: string): Reading {
  return readCells(cells, ask('97', [info(version, model)]).memory);
}
