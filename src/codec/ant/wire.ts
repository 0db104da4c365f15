import type { BmsError } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';
import { crc16Modbus } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { MEANINGS, Refusal } from '../kit/refusal';

/*
 * `7e address function register16 length data crc16`, then `aa 55` or further segments and then `aa 55` (ant.md 3). All
 * integers are little-endian.
 */
const START = 0x7e;
const FUNCTION_AT = 2;
const REGISTER_AT = 3;
const LENGTH_AT = 5;
const DATA_AT = 6;
const CRC_LENGTH = 2;
const TAIL = [0xaa, 0x55] as const;

/** The vendor's limit for the data; further segments come on top (ant.md 3). */
const MOST_DATA = 192;
const MAX_LENGTH = 512;

/** A request below this function has no data: its length byte is the number of bytes to read. */
const FIRST_WITH_DATA = 0x10;

/** Functions of requests (ant.md 4). */
export const FUNCTIONS = {
  status: 0x01,
  read: 0x02,
  chipId: 0x04,
  counters: 0x05,
  write: 0x22,
  password: 0x23,
  command: 0x51,
} as const;

/** The function of the answer to a request: writes and passwords have another distance than the rest (ant.md 3). */
export function answerTo(func: number): number {
  return func + (func === FUNCTIONS.write || func === FUNCTIONS.password ? 0x20 : 0x10);
}

/**
 * Requests that read, their answers, writes, passwords and commands with theirs (ant.md 3, 4). Functions that are not asked
 * here are known too, so that a late answer to another master is skipped as a whole.
 */
const KNOWN = new Set([
  ...Array.from({ length: 15 }, (_, i) => 0x01 + i),
  ...Array.from({ length: 15 }, (_, i) => 0x11 + i),
  ...[FUNCTIONS.write, FUNCTIONS.password, 0x26, FUNCTIONS.command],
  ...[0x42, 0x43, 0x46, 0x61],
]);

/** A segment behind the first checksum: `code register16 length data crc16`, the checksum over the segment alone. */
const RESULT_SEGMENT = 0xff;
const MODEL_SEGMENT = 0xfe;
const SEGMENT_HEAD = 4;

export const frames: FrameFormat = {
  maxLength: MAX_LENGTH,
  measure(bytes, at, end) {
    if (bytes[at] !== START) return NO_FRAME;
    if (end - at <= FUNCTION_AT) return INCOMPLETE;
    if (!KNOWN.has(bytes[at + FUNCTION_AT] ?? 0)) return NO_FRAME;
    if (end - at < DATA_AT) return INCOMPLETE;
    const dataLength = dataLengthAt(bytes, at);
    if (dataLength > MOST_DATA) return NO_FRAME;
    const crcAt = at + DATA_AT + dataLength;
    if (end < crcAt + CRC_LENGTH) return INCOMPLETE;
    if (!isIntact(bytes, at + 1, crcAt)) return BAD_CHECKSUM;
    return measureRest(bytes, at, crcAt + CRC_LENGTH, end);
  },
};

/** See `FrameFormat.measure`; from `next` on, behind the first checksum: segments, then the two closing bytes. */
function measureRest(bytes: Buffer, at: number, next: number, end: number): number {
  if (next + TAIL.length > at + MAX_LENGTH) return NO_FRAME;
  if (end <= next) return INCOMPLETE;
  if (bytes[next] === TAIL[0]) {
    if (end < next + TAIL.length) return INCOMPLETE;
    return bytes[next + 1] === TAIL[1] ? next + TAIL.length - at : NO_FRAME;
  }
  if (bytes[next] !== RESULT_SEGMENT && bytes[next] !== MODEL_SEGMENT) return NO_FRAME;
  if (end < next + SEGMENT_HEAD) return INCOMPLETE;
  const crcAt = next + SEGMENT_HEAD + (bytes[next + SEGMENT_HEAD - 1] ?? 0);
  if (crcAt + CRC_LENGTH + TAIL.length > at + MAX_LENGTH) return NO_FRAME;
  if (end < crcAt + CRC_LENGTH) return INCOMPLETE;
  if (!isIntact(bytes, next, crcAt)) return BAD_CHECKSUM;
  return measureRest(bytes, at, crcAt + CRC_LENGTH, end);
}

function isIntact(bytes: Buffer, start: number, crcAt: number): boolean {
  return crc16Modbus(bytes, start, crcAt) === bytes.readUInt16LE(crcAt);
}

function dataLengthAt(bytes: Buffer, at: number): number {
  return (bytes[at + FUNCTION_AT] ?? 0) < FIRST_WITH_DATA ? 0 : (bytes[at + LENGTH_AT] ?? 0);
}

export const addressOf = (frame: Buffer): number => frame.readUInt8(1);
export const functionOf = (frame: Buffer): number => frame.readUInt8(FUNCTION_AT);
export const registerOf = (frame: Buffer): number => frame.readUInt16LE(REGISTER_AT);
/** How many bytes a request asks for. */
export const wantedOf = (frame: Buffer): number => frame.readUInt8(LENGTH_AT);

/** The data of the main part, as a view of the frame. */
export function dataOf(frame: Buffer): Buffer {
  return frame.subarray(DATA_AT, DATA_AT + dataLengthAt(frame, 0));
}

/** The register of the model segment (ant.md 3). @returns undefined without one */
export function modelOf(frame: Buffer): number | undefined {
  return segmentOf(frame, MODEL_SEGMENT)?.register;
}

/** Only for whole frames, in which every segment ends before the closing bytes. */
function segmentOf(frame: Buffer, code: number): { register: number; data: Buffer } | undefined {
  let at = DATA_AT + dataLengthAt(frame, 0) + CRC_LENGTH;
  while (at < frame.length - TAIL.length) {
    const dataAt = at + SEGMENT_HEAD;
    const end = dataAt + frame.readUInt8(dataAt - 1);
    if (frame[at] === code) return { register: frame.readUInt16LE(at + 1), data: frame.subarray(dataAt, end) };
    at = end + CRC_LENGTH;
  }
  return undefined;
}

/** A request that reads, or commands. @param wanted bytes; the board may send fewer */
export function buildRead(address: number, func: number, register: number, wanted: number): Buffer {
  const head = headOf(address, func, register, wanted);
  return Buffer.concat([head, crcOf(head, 1), Buffer.from(TAIL)]);
}

/** A request that writes, or a response. @param result the code of a result segment, where the answer has one (ant.md 9.3) */
export function buildFrame(address: number, func: number, register: number, data: Buffer, result?: number): Buffer {
  const main = Buffer.concat([headOf(address, func, register, data.length), data]);
  const parts = [main, crcOf(main, 1)];
  if (result !== undefined) {
    const segment = Buffer.from([RESULT_SEGMENT, result, 0, 0]);
    parts.push(segment, crcOf(segment, 0));
  }
  return Buffer.concat([...parts, Buffer.from(TAIL)]);
}

function headOf(address: number, func: number, register: number, length: number): Buffer {
  return Buffer.from([START, address, func, register & 0xff, register >> 8, length]);
}

function crcOf(bytes: Buffer, start: number): Buffer {
  const crc = crc16Modbus(bytes, start, bytes.length);
  return Buffer.from([crc & 0xff, crc >> 8]);
}

/** Whether a frame is the response to a request with this function and register: late ones are common (ant.md 3). */
export function isResponseTo(frame: Buffer, address: number, func: number, register: number): boolean {
  return addressOf(frame) === address && functionOf(frame) === answerTo(func) && registerOf(frame) === register;
}

/** The level in force is too low for what was asked: the one refusal that a password cures (ant.md 9.1). */
export class NoPermission extends Refusal {
  constructor(name: string, result: number) {
    super('denied', say`The board refuses ${name} without a password; enter its password in the device.`, result);
  }
}

/** Results of a command (ant.md 7). */
export const RESULTS = { done: 1, failed: 2, noPermission: 3, wrongState: 6 } as const;

/** The error for the result of a command. @returns undefined when the board has taken it */
export function commandRefusal(result: number, name: string): BmsError | undefined {
  if (result === RESULTS.done) return undefined;
  if (result === RESULTS.noPermission) return new NoPermission(name, result);
  return new Refusal('rejected', say`The board refuses ${name} with result ${result}; nothing was switched.`, result);
}

/** Codes of the result segment (ant.md 9.3). */
export const CODES = {
  fine: 0,
  noPermission: 1,
  tooLow: 2,
  tooHigh: 3,
  unknownAddress: 4,
  wrongPassword: 5,
  set: 10,
  read: 11,
  mismatch: 17,
} as const;

const GRANTED: ReadonlySet<number> = new Set([CODES.fine, CODES.set, CODES.read]);

/**
 * The error for the result segment of a response (ant.md 9.3).
 * @param name of what was asked
 * @returns undefined when the board has answered, also without such a segment
 */
export function refusalIn(frame: Buffer, name: string): BmsError | undefined {
  const segment = segmentOf(frame, RESULT_SEGMENT);
  const code = segment && segment.register & 0xff;
  if (code === undefined || GRANTED.has(code)) return undefined;
  switch (code) {
    case CODES.noPermission:
      return new NoPermission(name, code);
    case CODES.wrongPassword: {
      const why = say`its battery type or the password does not allow it`;
      return new Refusal('denied', say`The board refuses ${name}: ${why}.`, code);
    }
    case CODES.tooLow:
    case CODES.tooHigh:
      return new Refusal('bad_value', say`The board refuses ${name}: ${outOfRange(code, segment?.data)}.`, code);
    case CODES.unknownAddress:
      return new Refusal(...MEANINGS.unknown(name), code);
    default: {
      const remedy = say`restart the board and ask again`;
      return new Refusal('rejected', say`The board refuses ${name} with result ${code}; ${remedy}.`, code);
    }
  }
}

/** @param data of the segment: `register16 limit16`, where the board names the limit */
function outOfRange(code: number, data: Buffer = Buffer.alloc(0)): Sentence {
  const limit = data.length >= 4 ? data.readUInt16LE(2) : undefined;
  if (code === CODES.tooLow) {
    return limit === undefined
      ? say`the value is below its least value`
      : say`the value is below its least value, which is ${limit} on the wire`;
  }
  return limit === undefined
    ? say`the value is above its greatest value`
    : say`the value is above its greatest value, which is ${limit} on the wire`;
}
