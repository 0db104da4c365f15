import { crc16Modbus } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';

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
  log: 0x03,
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
/** Bytes of data of a result: a register and a limit (ant.md 9.3). */
const MOST_RESULT = 4;

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

/**
 * Answers to writes: over weak Bluetooth the result comes up to 200 ms after the echo, as a segment by itself
 * (settings-ant.md 4).
 */
export const writeFrames: FrameFormat = {
  maxLength: MAX_LENGTH,
  measure(bytes, at, end) {
    if (bytes[at] !== RESULT_SEGMENT) return frames.measure(bytes, at, end);
    if (end - at < SEGMENT_HEAD) return INCOMPLETE;
    const length = bytes[at + SEGMENT_HEAD - 1] ?? 0;
    const crcAt = at + SEGMENT_HEAD + length;
    if (length > MOST_RESULT) return NO_FRAME;
    if (end < crcAt + CRC_LENGTH) return INCOMPLETE;
    if (!isIntact(bytes, at, crcAt)) return BAD_CHECKSUM;
    const next = crcAt + CRC_LENGTH;
    const isClosed = end >= next + TAIL.length && bytes[next] === TAIL[0] && bytes[next + 1] === TAIL[1];
    return next - at + (isClosed ? TAIL.length : 0);
  },
};

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

/** A segment of a frame, or one that came by itself. */
interface Segment {
  readonly register: number;
  readonly data: Buffer;
}

/** Whether it is a segment that came by itself: see `writeFrames`. */
export function isLoneSegment(frame: Buffer): boolean {
  return frame[0] === RESULT_SEGMENT;
}

/** Only for whole frames, in which every segment ends before the closing bytes. */
function segmentOf(frame: Buffer, code: number): Segment | undefined {
  let at = isLoneSegment(frame) ? 0 : DATA_AT + dataLengthAt(frame, 0) + CRC_LENGTH;
  while (at + SEGMENT_HEAD + CRC_LENGTH <= frame.length) {
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

/** What a result segment says: its code and, of a refusal, the register and its limit (ant.md 9.3). */
export interface Result {
  readonly code: number;
  readonly limit?: { readonly register: number; readonly value: number };
}

/** A request that writes, or a response. @param result of a result segment, where the answer has one */
export function buildFrame(address: number, func: number, register: number, data: Buffer, result?: Result): Buffer {
  const main = Buffer.concat([headOf(address, func, register, data.length), data]);
  const parts = [main, crcOf(main, 1)];
  if (result !== undefined) {
    const segment = segmentWith(result);
    parts.push(segment, crcOf(segment, 0));
  }
  return Buffer.concat([...parts, Buffer.from(TAIL)]);
}

function segmentWith({ code, limit }: Result): Buffer {
  if (limit === undefined) return Buffer.from([RESULT_SEGMENT, code, 0, 0]);
  const segment = Buffer.from([RESULT_SEGMENT, code, 0, MOST_RESULT, 0, 0, 0, 0]);
  segment.writeUInt16LE(limit.register, SEGMENT_HEAD);
  segment.writeUInt16LE(limit.value, SEGMENT_HEAD + 2);
  return segment;
}

/** What the board says of a request. @returns undefined where the answer has no result segment */
export function resultOf(frame: Buffer): Result | undefined {
  const segment = segmentOf(frame, RESULT_SEGMENT);
  if (segment === undefined) return undefined;
  const code = segment.register & 0xff;
  const { data } = segment;
  if (data.length < MOST_RESULT) return { code };
  return { code, limit: { register: data.readUInt16LE(0), value: data.readUInt16LE(2) } };
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
