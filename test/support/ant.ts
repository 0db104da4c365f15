import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { BmsError, type ErrorCode } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { ant } from '../../src/codec/ant';
import { antLegacy } from '../../src/codec/ant-legacy';
import type { Decoded, Protocol, Query } from '../../src/codec/protocol';
import { crc, total } from '../kits/checks';
import { actionOf, drive, orderFor, type Respond } from './action-script';
import { whole } from './arbitraries';
import type { Run } from './script';
import { answer, loadVectors, shown, type Exchange, type Vector } from './vectors';

type Family = 'ant' | 'ant-legacy';

/** The vector with this number. */
export function antVector(family: Family, number: string): Vector {
  const found = loadVectors(family).find(({ file }) => file.startsWith(`${number}-`));
  assert.ok(found, `no vector ${family}/${number}`);
  return found;
}

export function antExchange(family: Family, number: string, tx: string): Exchange {
  const found = antVector(family, number).exchanges.find((entry) => entry.tx === tx);
  assert.ok(found, `${number} has no ${tx}`);
  return found;
}

/** The query whose name ends in `(<code>)`. */
export function antQuery(protocol: Protocol, code: string): Query {
  const found = protocol.queries.find((query) => query.name.endsWith(`(${code})`));
  assert.ok(found, `no query ${code}`);
  return found;
}

const word = (value: number): [number, number] => [value & 0xff, value >> 8];

/** A frame put together by hand from the rule of ant.md 3. @param rest segments behind the checksum, with their own */
export function antFrame(address: number, func: number, register: number, data: Buffer, rest = ''): Buffer {
  const main = Buffer.from([address, func, ...word(register), data.length, ...data]);
  return Buffer.concat([Buffer.of(0x7e), main, Buffer.from(word(crc(main, 16))), Buffer.from(`${rest}aa55`, 'hex')]);
}

/** A further segment with its checksum, as hex (ant.md 3). */
export function segment(code: number, register: number, data = ''): string {
  const main = Buffer.from([code, ...word(register), data.length / 2, ...Buffer.from(data, 'hex')]);
  return Buffer.concat([main, Buffer.from(word(crc(main, 16)))]).toString('hex');
}

/** Bytes in hex, by where they are put. */
export type Bytes = Readonly<Record<number, string>>;

/** The same buffer with these bytes in it. @param base what is added to each place */
export function put(buffer: Buffer, bytes: Bytes, base = 0): Buffer {
  for (const [at, hex] of Object.entries(bytes)) buffer.set(Buffer.from(hex, 'hex'), base + Number(at));
  return buffer;
}

/** The data of a status by hand: `cells` of 3.3 V, `sensors` at 20 °C, both MOSFETs on, all else 0 (ant.md 5). */
export function statusData(cells = 2, sensors = 0): Buffer {
  const lists = 2 * cells + 2 * sensors;
  const data = Buffer.alloc(106 + lists);
  data.set([sensors, cells], 2);
  for (let i = 0; i < cells; i++) data.writeUInt16LE(3300, 28 + 2 * i);
  for (let i = 0; i < sensors; i++) data.writeInt16LE(20, 28 + 2 * cells + 2 * i);
  return put(data, { 40: '0101' }, lists);
}

/** What the status query makes of such data, from the board of the usual address. */
export function readStatus(data: Buffer, rest = ''): Reading {
  const target = { address: 0xa1, memory: {} };
  return shown(answer(ant, antQuery(ant, '01'), target, [antFrame(0xa1, 0x11, 0, data, rest)]).reading);
}

/** A legacy status by hand: 2 cells of 3.3 V, both MOSFETs on, all else 0 (ant-legacy.md 4). */
export function legacyStatus(bytes: Bytes = {}): Buffer {
  return put(put(Buffer.alloc(140), { 6: '0ce40ce4', 103: '0101', 123: '02' }), bytes);
}

/** The same with its start bytes and sum. */
export function sealed(frame: Buffer): Buffer {
  put(frame, { 0: 'aa55aaff' }).writeUInt16BE(total(frame.subarray(4, 138)), 138);
  return frame;
}

export function readLegacy(bytes: Bytes): Reading {
  const target = { address: 0, memory: {} };
  return shown(answer(antLegacy, antQuery(antLegacy, 'db db'), target, [sealed(legacyStatus(bytes))]).reading);
}

/** Capacity and throughput in the steps of the wire, and the cycles that follow. */
export const capacity = fc.tuple(fc.option(whole(1, 0xffffffff)), whole(0, 0xffffffff)).map(([micro, milli]) => ({
  cycleCapacity: milli / 1000,
  ...(micro !== null && { designCapacity: micro / 1e6, cycles: Number((BigInt(milli) * 1000n) / BigInt(micro)) }),
}));

/** Asserts that a reading has these values; undefined for keys that must not be there. */
export function assertValues(reading: Reading, expected: Partial<Reading>): void {
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, reading[key as keyof Reading]]));
  assert.deepEqual(found, expected);
}

/** Asserts that an action fails with one of our errors. */
export function failsWith(code: ErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof BmsError && error.code === code);
}

/** An action on a line that answers so, and what comes of it. */
export interface Scene {
  readonly action: ActionName;
  readonly value: ActionValue;
  readonly password?: string;
  readonly before?: Decoded;
  readonly respond: Respond;
  /** all that is sent, in hex */
  readonly sent: readonly string[];
  /** undefined: it succeeds */
  readonly error?: ErrorCode;
  readonly pattern?: RegExp;
}

/** Plays a scene, and asserts what comes of it: every step is a write, and no text holds the password. */
export function play(protocol: Protocol, scene: Scene): Run<void> {
  const { action, value, password = '', before = { reading: {} }, respond, sent, error, pattern = /^/ } = scene;
  const order = orderFor(protocol, value, { password, before });
  const run = drive(protocol, actionOf(protocol, action).script(order), respond);
  const message = run.error?.message ?? '';
  assert.deepEqual([run.sent, run.error?.code], [sent, error], message);
  assert.match(message, pattern);
  assert.ok(run.steps.every(({ isWrite }) => isWrite));
  const texts = [message, ...run.steps.map(({ name }) => name)];
  if (password !== '') assert.ok(!texts.some((text) => text.includes(password)));
  return run;
}
