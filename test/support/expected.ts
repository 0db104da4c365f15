import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { protocolById } from '../../src/codec';
import { codes } from './sheet';
import { loadVectors, readVector, type Vector } from './vectors';

const FIELD = 'field';

/** Vectors of one folder of `test/vectors`. */
export interface Family {
  readonly name: string;
  readonly vectors: readonly Vector[];
}

/** What vectors call by another name than readings do. */
const RENAMED: Readonly<Record<string, string>> = {
  maxCellIndex: 'maxCell',
  minCellIndex: 'minCell',
  averageCellVoltage: 'cellVoltageAverage',
};

/** What vectors know but a reading has no key for. */
const NOT_IN_THE_CONTRACT = [
  'packCode',
  'packDate',
  'totalCharge',
  'clock',
  'individualChargeCurrentLimit',
  'individualDischargeCurrentLimit',
];

function foldersIn(...path: string[]): string[] {
  return readdirSync(join(process.cwd(), 'test', 'vectors', ...path)).sort();
}

/** Frames that owners have captured, from public reports. */
export function fieldVectors(): Family[] {
  return foldersIn(FIELD).map((folder) => {
    const name = `${FIELD}/${folder}`;
    return { name, vectors: loadVectors(name) };
  });
}

/** The other captures that were confirmed twice and make a reading. */
export function verifiedVectors(): Family[] {
  return foldersIn()
    .filter((name) => name !== FIELD)
    .map((name) => ({ name, vectors: loadVectors(name).filter((vector) => vector.verified && makesReading(vector)) }));
}

function makesReading(vector: Vector): boolean {
  const protocol = protocolById(vector.protocol);
  if (protocol === undefined) return false;
  const { voltage, cellVoltages, soc } = readVector(protocol, vector).reading;
  return voltage !== undefined || cellVoltages !== undefined || soc !== undefined;
}

/** Whether what was captured is nothing that a board can have meant. */
export function isRejected({ expect }: Vector): boolean {
  return expect['rejected'] === true;
}

/** Compares a reading with what a vector expects, key by key. @param except keys in which the bytes say something else */
export function assertDecoded(reading: object, vector: Vector, except: readonly string[] = []): void {
  const found: Readonly<Record<string, unknown>> = { ...reading };
  for (const [name, wanted] of Object.entries({ ...vector.derived, ...vector.expectUnverified, ...vector.expect })) {
    if (NOT_IN_THE_CONTRACT.includes(name) || except.includes(name)) continue;
    const value = found[RENAMED[name] ?? name];
    if (name === 'alarms') assert.deepEqual(codes(value), codes(wanted), name);
    // A source may not name the last counter, which the board sends all the same.
    else if (name === 'errorCounts') assert.deepEqual({ ...(value as object), ...(wanted as object) }, value, name);
    else assert.deepEqual(value, wanted, name);
  }
}
