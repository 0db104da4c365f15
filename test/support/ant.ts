import assert from 'node:assert/strict';
import { derive } from '../../src/battery/derive';
import { BmsError, type ErrorCode } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { ant } from '../../src/codec/ant';
import { antLegacy } from '../../src/codec/ant-legacy';
import { Framer } from '../../src/codec/kit/framing';
import type { Protocol, Query } from '../../src/codec/protocol';
import { answer, loadVectors, readVector, type Vector, shown } from './vectors';
import { codes } from './sheet';

interface AntVector extends Vector {
  /** our own decode with the sheet, where the source states no value */
  expectUnverified?: Record<string, unknown>;
  /** the words of the protection counters */
  expectCounters?: readonly number[];
}

/** Requests of other apps that get the same answer as ours. */
const SAME_AS: Readonly<Record<string, string>> = {
  '7ea1010000f55862aa55': '7ea1010000be1855aa55',
  '5a5a00000101': '5a5a00000000',
};

/** The vectors of a family, with the requests that we would send. */
export function antVectors(family: 'ant' | 'ant-legacy'): AntVector[] {
  return loadVectors(family).map((vector) => ({
    ...vector,
    exchanges: vector.exchanges.map((exchange) => ({ ...exchange, tx: SAME_AS[exchange.tx] ?? exchange.tx })),
  }));
}

export function antVector(family: 'ant' | 'ant-legacy', number: string): AntVector {
  const found = antVectors(family).find(({ file }) => file.startsWith(`${number}-`));
  assert.ok(found, `no vector ${family}/${number}`);
  return found;
}

/** Compares a reading with all that a vector states, sourced or not. */
export function checkReading(reading: Reading, vector: AntVector): void {
  const stated = { ...vector.expect, ...vector.derived, ...vector.expectUnverified };
  for (const [key, value] of Object.entries(stated)) {
    const found = reading[key as keyof Reading];
    if (key === 'alarms') assert.deepEqual(codes(found), codes(value));
    else assert.deepEqual(found, value, key);
  }
}

/** Reads a vector and compares. @param errors codes of the exchanges that fail */
export function checkVector(protocol: Protocol, vector: AntVector, errors: readonly string[] = []): void {
  const got = readVector(protocol, vector);
  assert.ok(got.asked > 0, 'no exchange of it is a query');
  checkReading(got.reading, vector);
  assert.deepEqual(
    got.errors.map((error) => error.code),
    errors,
  );
}

/** Takes all that came in a vector as one stream: what each frame answers, and the reading of all. */
export function readStream(protocol: Protocol, vector: Vector): { answered: string[]; reading: Reading } {
  const framer = new Framer(protocol.frames);
  const frames = vector.exchanges.flatMap(({ rx }) => rx.flatMap((chunk) => framer.push(Buffer.from(chunk, 'hex'))));
  const target = { address: protocol.address?.initial ?? 0, memory: {} };
  const answered: string[] = [];
  const reading: Reading = {};
  for (const frame of [...frames, ...framer.resync()]) {
    const query = protocol.queries.find((entry) => entry.match(frame, [], target) === 'complete');
    if (query === undefined) continue;
    answered.push(query.name);
    Object.assign(reading, query.decode([frame], target).reading);
  }
  return { answered, reading: derive(reading) };
}

/** The query whose name ends in `(<code>)`. */
export function antQuery(protocol: Protocol, code: string): Query {
  const found = protocol.queries.find((query) => query.name.endsWith(`(${code})`));
  assert.ok(found, `no query ${code}`);
  return found;
}

/** CRC-16/MODBUS bit by bit, low byte first, as its definition says. */
export function crc(bytes: Buffer): Buffer {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0xa001 : value >> 1;
  }
  return Buffer.from([value & 0xff, value >> 8]);
}

/** A frame put together by hand from the rule of ant.md 3. @param rest segments behind the checksum, with their own */
export function antFrame(address: number, func: number, register: number, data: Buffer, rest = ''): Buffer {
  const main = Buffer.from([address, func, register & 0xff, register >> 8, data.length, ...data]);
  return Buffer.concat([Buffer.from([0x7e]), main, crc(main), Buffer.from(`${rest}aa55`, 'hex')]);
}

/** A further segment with its checksum, as hex (ant.md 3). */
export function segment(code: number, register: number, data = ''): string {
  const bytes = Buffer.from(data, 'hex');
  const whole = Buffer.from([code, register & 0xff, register >> 8, bytes.length, ...bytes]);
  return Buffer.concat([whole, crc(whole)]).toString('hex');
}

/** The data of a status by hand: `cells` of 3.3 V, `sensors` at 20 °C, both MOSFETs on, all else 0 (ant.md 5). */
export function statusData(cells = 2, sensors = 0): Buffer {
  const lists = 2 * cells + 2 * sensors;
  const data = Buffer.alloc(106 + lists);
  data[2] = sensors;
  data[3] = cells;
  for (let i = 0; i < cells; i++) data.writeUInt16LE(3300, 28 + 2 * i);
  for (let i = 0; i < sensors; i++) data.writeInt16LE(20, 28 + 2 * cells + 2 * i);
  data[40 + lists] = 1;
  data[41 + lists] = 1;
  return data;
}

/** What the status query makes of such data, from the board of the usual address. */
export function readStatus(data: Buffer, rest = ''): Reading {
  const target = { address: 0xa1, memory: {} };
  return shown(answer(ant, antQuery(ant, '01'), target, [antFrame(0xa1, 0x11, 0, data, rest)]).reading);
}

/** A legacy status by hand: 2 cells of 3.3 V, both MOSFETs on, all else 0 (ant-legacy.md 4). */
export function legacyStatus(): Buffer {
  const frame = Buffer.alloc(140);
  frame.writeUInt16BE(3300, 6);
  frame.writeUInt16BE(3300, 8);
  frame[103] = 1;
  frame[104] = 1;
  frame[123] = 2;
  return frame;
}

/** The same with its start bytes and sum. */
export function sealed(frame: Buffer): Buffer {
  frame.set([0xaa, 0x55, 0xaa, 0xff]);
  frame.writeUInt16BE(
    frame.subarray(4, 138).reduce((total, byte) => total + byte, 0),
    138,
  );
  return frame;
}

export function readLegacy(frame: Buffer): Reading {
  const target = { address: 0, memory: {} };
  return shown(answer(antLegacy, antQuery(antLegacy, 'db db'), target, [sealed(frame)]).reading);
}

/** Asserts that an action fails with one of our errors, which says what to do. */
export function failsWith(code: ErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof BmsError && error.code === code);
}
