import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BmsError } from '../../src/battery/errors';
import { dropImplausible } from '../../src/battery/plausible';
import type { Reading } from '../../src/battery/reading';
import { derive } from '../../src/battery/derive';
import type { Protocol, Query, Step, Target } from '../../src/codec/protocol';
import { framesOf } from './script';

export interface Exchange {
  tx: string;
  rx: string[];
  what: string;
}

/** A captured exchange with what it means. */
export interface Vector {
  file: string;
  /** of a vendor's parameter file: what the vector has under `file` */
  content?: unknown;
  name: string;
  protocol: string;
  verified: boolean;
  exchanges: Exchange[];
  /** what comes by itself, in hex, where nothing is asked */
  unsolicited?: string[];
  expect: Record<string, unknown>;
  derived?: Record<string, unknown>;
  /** the rest of what the source decodes, not confirmed twice */
  expectUnverified?: Record<string, unknown>;
  address?: number;
  reject?: boolean;
  expectError?: string;
  notes?: string;
}

/** The live collection beside the repository wins over the copy in it, so that a new vector is tested at once. */
const FOLDERS = [join(process.cwd(), '..', 'shared', 'vectors'), join(process.cwd(), 'test', 'vectors')];

export function loadVectors(family: string): Vector[] {
  const folder = FOLDERS.map((root) => join(root, family)).find((path) => existsSync(path));
  if (folder === undefined) throw new Error(`no vectors of ${family}`);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const vector = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Vector, 'file'> & { file?: unknown };
      return { ...vector, file, ...('file' in vector && { content: vector.file }) };
    });
}

export function loadVector(family: string, file: string): Vector {
  const found = loadVectors(family).find((vector) => vector.file === `${file}.json`);
  if (found === undefined) throw new Error(`no vector ${family}/${file}`);
  return found;
}

export interface Answer<M extends object = object> {
  reading: Reading;
  memory: M;
}

/**
 * Runs one exchange through framing, matching and decoding, as the session does.
 * @throws BmsError `timeout` when nothing that came answers the query
 */
export function answer<M extends object>(
  protocol: Protocol<M>,
  query: Query<M>,
  target: Target<M>,
  chunks: readonly Buffer[],
): Answer<M> {
  const frames = query.frames?.(target) ?? protocol.frames;
  const match: Step['match'] = (frame, parts) => query.match(frame, parts, target);
  const parts = framesOf({ name: query.name, frames, match }, chunks);
  if (parts instanceof BmsError) throw parts;
  const { reading, memory } = query.decode(parts, target);
  return { reading, memory: { ...target.memory, ...memory } };
}

/** A reading as users see it: without what cannot be true. */
export function shown(reading: Reading): Reading {
  dropImplausible(reading);
  return reading;
}

/** Decodes every exchange of a vector that is a query of the protocol; later answers win. Then what came unasked. */
export function readVector(
  protocol: Protocol,
  vector: Vector,
): { reading: Reading; errors: BmsError[]; asked: number } {
  let reading: Reading = {};
  let memory: object = {};
  let asked = 0;
  const errors: BmsError[] = [];
  for (const exchange of vector.exchanges) {
    const found = queryOf(protocol, exchange.tx, vector.address, memory);
    if (found === undefined) continue;
    asked++;
    try {
      const chunks = exchange.rx.map((hex) => Buffer.from(hex, 'hex'));
      const got = answer(protocol, found.query, found.target, chunks);
      reading = { ...reading, ...got.reading };
      memory = got.memory;
    } catch (error) {
      if (!(error instanceof BmsError)) throw error;
      errors.push(error);
    }
  }
  const heard = overhear(protocol, vector, memory);
  reading = shown({ ...reading, ...heard.reading });
  return { reading: derive(reading), errors, asked: asked + heard.asked };
}

/** What a host learns that only listens: each query takes what it wants of all that came. */
function overhear(protocol: Protocol, vector: Vector, memory: object): { reading: Reading; asked: number } {
  let known = memory;
  let reading: Reading = {};
  let asked = 0;
  const chunks = (vector.unsolicited ?? []).map((hex) => Buffer.from(hex, 'hex'));
  for (const query of chunks.length > 0 ? protocol.queries : []) {
    const target = { address: vector.address ?? 0, memory: known };
    try {
      const got = answer(protocol, query, target, chunks);
      reading = { ...reading, ...got.reading };
      known = got.memory;
      asked++;
    } catch (error) {
      // What is only overheard need not have an answer for every query.
      if (!(error instanceof BmsError && ['timeout', 'unsupported'].includes(error.code))) throw error;
    }
  }
  return { reading, asked };
}

/** The query that is asked with these bytes. */
export function queryOf(
  protocol: Protocol,
  tx: string,
  address: number | undefined,
  memory: object,
): { query: Query; target: Target } | undefined {
  const { initial = 0, min = 0, max = 0, others = [] } = protocol.address ?? {};
  const near = Array.from({ length: Math.min(16, max - min + 1) }, (_, i) => min + i);
  // A query may ask in another way when it asks again.
  for (let attempt = 1; attempt <= 1 + protocol.profile.retries; attempt++) {
    for (const candidate of [address ?? initial, ...near, ...others]) {
      const target = { address: candidate, memory };
      const query = protocol.queries.find((entry) => entry.request(target, attempt).toString('hex') === tx);
      if (query !== undefined) return { query, target };
    }
  }
  return undefined;
}
