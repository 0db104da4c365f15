import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { jkBle } from '../../src/codec/jk-ble';
import type { JkBleMemory } from '../../src/codec/jk-ble/variant';
import type { Query } from '../../src/codec/protocol';
import { answer, type Answer, shown } from './vectors';
import { chars, record } from './jk-record';
import { hex } from './sheet';

export const ASK_CELLS = 'aa5590eb96000000000000000000000000000010';
export const ASK_IDENTITY = 'aa5590eb97000000000000000000000000000011';
export const ACKNOWLEDGEMENT = hex('aa5590ebc8010100000000000000000000000044');
/** what a Bluetooth module puts between records */
export const AT = hex('41540d0a');

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

/** Device information as far as it decides how to read cells. */
export function info(version: string, model = 'JK_PB2A16S20P'): Buffer {
  return record(3, { 6: chars(model, 16), 22: chars('15A'), 30: chars(version, 8) });
}

/** Device information of a board with software 15.41. */
export const INFO = info('15.41');

/** Reads a cell record of a board that has sent its device information. */
export function cellsOf(cells: Buffer, version: string, model?: string): Reading {
  return readCells(cells, ask('97', [info(version, model)]).memory);
}
