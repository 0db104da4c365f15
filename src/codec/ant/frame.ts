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

/** A request below this function has no data: its length byte says how many bytes it wants. */
const FIRST_WITH_DATA = 0x10;
/** The function of an answer to a request that reads, or that commands. */
export const ANSWER = 0x10;
/** The same for one that writes, or checks a password. */
export const WRITE_ANSWER = 0x20;

/** Functions of requests that change something (ant.md 4). */
export const WRITE = 0x22;
export const PASSWORD = 0x23;
export const COMMAND = 0x51;

/**
 * Requests that read, their answers, writes, passwords and commands with theirs (ant.md 3, 4). What is not asked here is
 * known too: a late answer to somebody else is stepped over as a whole.
 */
const FUNCTIONS = new Set([
  ...Array.from({ length: 15 }, (_, i) => 0x01 + i),
  ...Array.from({ length: 15 }, (_, i) => 0x11 + i),
  ...[WRITE, PASSWORD, 0x26, COMMAND],
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
    if (!FUNCTIONS.has(bytes[at + FUNCTION_AT] ?? 0)) return NO_FRAME;
    if (end - at < DATA_AT) return INCOMPLETE;
    const dataLength = dataLengthAt(bytes, at);
    if (dataLength > MOST_DATA) return NO_FRAME;
    const crcAt = at + DATA_AT + dataLength;
    if (end < crcAt + CRC_LENGTH) return INCOMPLETE;
    if (!isIntact(bytes, at + 1, crcAt)) return BAD_CHECKSUM;
    return measureRest(bytes, at, crcAt + CRC_LENGTH, end);
  },
};

/** The same for what follows the first checksum, from `next` on: segments, then the two closing bytes. */
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
/** How many bytes a request wants. */
export const wantedOf = (frame: Buffer): number => frame.readUInt8(LENGTH_AT);

/** The data of the main part, as a view of the frame. */
export function dataOf(frame: Buffer): Buffer {
  return frame.subarray(DATA_AT, DATA_AT + dataLengthAt(frame, 0));
}

/** The code of the result segment (ant.md 9.3). @returns undefined when the frame has none */
export function resultOf(frame: Buffer): number | undefined {
  const register = segmentOf(frame, RESULT_SEGMENT)?.register;
  return register === undefined ? undefined : register & 0xff;
}

/** The limit in the result segment of a value that is too low or too high: `register16 limit16` (ant.md 9.3). */
export function limitOf(frame: Buffer): number | undefined {
  const data = segmentOf(frame, RESULT_SEGMENT)?.data;
  return data !== undefined && data.length >= 4 ? data.readUInt16LE(2) : undefined;
}

/** The register of the segment that tells the model of the board (ant.md 3). @returns undefined without one */
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
export function buildRequest(address: number, func: number, register: number, wanted: number): Buffer {
  const head = headOf(address, func, register, wanted);
  return Buffer.concat([head, crcOf(head, 1), Buffer.from(TAIL)]);
}

/** A request that writes, or an answer. @param result the code of a result segment, where the answer has one (ant.md 9.3) */
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
