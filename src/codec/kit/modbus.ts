import type { BmsError } from '../../battery/errors';
import type { MatchResult } from '../protocol';
import { crc16Modbus } from './checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from './framing';

/*
 * Modbus RTU: `<unit> <function> ... <CRC-16, low byte first>`. Numbers are big-endian. Many boards keep to it but for the
 * unit: that of a request and that of its response may differ, so that every function here is given the one that it means.
 */

/** Functions of Modbus that boards use. */
export const MODBUS = {
  readCoils: 0x01,
  readDiscreteInputs: 0x02,
  readHoldingRegisters: 0x03,
  readInputRegisters: 0x04,
  writeCoil: 0x05,
  writeRegister: 0x06,
  writeRegisters: 0x10,
} as const;

/** This bit of the function marks an exception: the board refuses, with a code. */
const EXCEPTION = 0x80;
/** the highest code that Modbus has: gateway target device failed to respond */
const HIGHEST_EXCEPTION = 0x0b;

export const CRC_LENGTH = 2;
const EXCEPTION_LENGTH = 5;
/** bytes of a request to read, of a write of one register or coil, and of the response to every write */
const SHORT_LENGTH = 8;
const REGISTER_AT = 2;
const COUNT_AT = 4;
/** Of a read response: number of bytes and data. */
const SIZE_AT = 2;
const DATA_AT = 3;
/** Of a write of several registers: number of bytes and data. */
const WRITE_SIZE_AT = 6;
const WRITE_DATA_AT = 7;
const LONGEST_DATA = 250;

const NO_DATA = Buffer.alloc(0);

/** Whether `length` bytes from `at` end with the CRC of those before. */
export function hasCrc(bytes: Buffer, at: number, length: number): boolean {
  const crcAt = at + length - CRC_LENGTH;
  return crc16Modbus(bytes, at, crcAt) === bytes.readUInt16LE(crcAt);
}

/** Writes the CRC into the last two bytes of a frame, in place. @returns the same frame */
export function withCrc(frame: Buffer): Buffer {
  const crcAt = frame.length - CRC_LENGTH;
  frame.writeUInt16LE(crc16Modbus(frame, 0, crcAt), crcAt);
  return frame;
}

/** A frame of these bytes and data, with its CRC. */
export function buildFrame(front: readonly number[], data: Buffer = NO_DATA): Buffer {
  const frame = Buffer.alloc(front.length + data.length + CRC_LENGTH);
  frame.set(front);
  data.copy(frame, front.length);
  return withCrc(frame);
}

/** The two bytes of a register. @param value 0 to 65535 */
export function word(value: number): readonly [high: number, low: number] {
  return [value >> 8, value & 0xff];
}

/** The request to read. @param count of registers, or of bits for functions 1 and 2 */
export function buildRead(unit: number, func: number, register: number, count: number): Buffer {
  return buildFrame([unit, func, ...word(register), ...word(count)]);
}

/** The response to a read. */
export function buildReadResponse(unit: number, func: number, data: Buffer): Buffer {
  return buildFrame([unit, func, data.length], data);
}

/** The request that writes one register (function 6); its response has the same bytes, from the unit that answers. */
export function buildWriteRegister(unit: number, register: number, value: number): Buffer {
  return buildFrame([unit, MODBUS.writeRegister, ...word(register), ...word(value)]);
}

/** The request that writes several registers (function 16). @param data whole registers */
export function buildWriteRegisters(unit: number, register: number, data: Buffer): Buffer {
  const count = data.length / 2;
  return buildFrame([unit, MODBUS.writeRegisters, ...word(register), ...word(count), data.length], data);
}

/** The response to it. @param count of registers */
export function buildWriteResponse(unit: number, register: number, count: number): Buffer {
  return buildFrame([unit, MODBUS.writeRegisters, ...word(register), ...word(count)]);
}

/** The response that refuses. @param func the function that is refused */
export function buildException(unit: number, func: number, code: number): Buffer {
  return buildFrame([unit, func | EXCEPTION, code]);
}

/** Which responses of a line are frames. */
export interface ModbusLine {
  /** Whether responses may begin with this byte. */
  isUnit(unit: number): boolean;
  /** the functions that are answered */
  readonly functions: readonly number[];
  /** the most bytes of data in the response to a read; 250 when missing */
  readonly longestData?: number;
  /**
   * Whether requests to read registers with this high byte are frames as well: the echo of the own request, or that of
   * another master. When missing, no request is one.
   */
  isRequested?(high: number): boolean;
}

/**
 * The frames of a line. There is no start byte, so that all three bytes of the head are checked before a CRC is waited for.
 */
export function modbusFrames(line: ModbusLine): FrameFormat {
  const longest = line.longestData ?? LONGEST_DATA;
  return {
    maxLength: Math.max(DATA_AT + longest + CRC_LENGTH, SHORT_LENGTH),
    measure(bytes, at, end) {
      if (!line.isUnit(bytes[at] ?? 0)) return NO_FRAME;
      if (end - at < 2) return INCOMPLETE;
      const func = bytes[at + 1] ?? 0;
      if (!line.functions.includes(func & ~EXCEPTION)) return NO_FRAME;
      if ((func & EXCEPTION) !== 0) return measureException(bytes, at, end);
      return isRead(func) ? measureRead(bytes, at, end, line) : measureWhole(bytes, at, end, SHORT_LENGTH);
    },
  };
}

/** The response to a read that begins at `at`, or the request, where those are frames too: see `FrameFormat.measure`. */
export function measureRead(
  bytes: Buffer,
  at: number,
  end: number,
  { longestData = LONGEST_DATA, isRequested }: Pick<ModbusLine, 'longestData' | 'isRequested'>,
): number {
  const available = end - at;
  if (available <= SIZE_AT) return INCOMPLETE;
  const size = bytes[at + SIZE_AT] ?? 0;
  if (isRequested?.(size) === true) {
    if (available < SHORT_LENGTH) return INCOMPLETE;
    if (hasCrc(bytes, at, SHORT_LENGTH)) return SHORT_LENGTH;
  }
  const isWhole = isBitFunction(bytes[at + 1]) || size % 2 === 0;
  if (size === 0 || size > longestData || !isWhole) return NO_FRAME;
  return measureWhole(bytes, at, end, DATA_AT + size + CRC_LENGTH);
}

/** The exception that begins at `at`: `<unit> <function + 80> <code> <CRC>`; see `FrameFormat.measure`. */
export function measureException(bytes: Buffer, at: number, end: number): number {
  if (end - at < 3) return INCOMPLETE;
  const code = bytes[at + 2] ?? 0;
  return code === 0 || code > HIGHEST_EXCEPTION ? NO_FRAME : measureWhole(bytes, at, end, EXCEPTION_LENGTH);
}

/** What begins at `at` and is so long, with its CRC at the end; see `FrameFormat.measure`. */
export function measureWhole(bytes: Buffer, at: number, end: number, length: number): number {
  if (end - at < length) return INCOMPLETE;
  return hasCrc(bytes, at, length) ? length : BAD_CHECKSUM;
}

function isBitFunction(func: number | undefined): boolean {
  return func === MODBUS.readCoils || func === MODBUS.readDiscreteInputs;
}

function isRead(func: number): boolean {
  return func >= MODBUS.readCoils && func <= MODBUS.readInputRegisters;
}

export const unitOf = (frame: Buffer): number => frame.readUInt8(0);

/** The function of a frame, also where it refuses it. */
export const functionOf = (frame: Buffer): number => frame.readUInt8(1) & ~EXCEPTION;

/** The code of an exception; undefined for every other frame. */
export function exceptionOf(frame: Buffer): number | undefined {
  return (frame.readUInt8(1) & EXCEPTION) !== 0 ? frame.readUInt8(2) : undefined;
}

/** What a response to a read carries, as a view of the frame; nothing where the frame is none. */
export function dataOf(frame: Buffer): Buffer {
  const size = sizeOf(frame);
  return size > 0 ? frame.subarray(DATA_AT, DATA_AT + size) : NO_DATA;
}

/** Of how many bytes that is. */
function sizeOf(frame: Buffer): number {
  const size = frame[SIZE_AT] ?? 0;
  return isRead(frame[1] ?? 0) && frame.length === DATA_AT + size + CRC_LENGTH ? size : 0;
}

/**
 * Whether a frame answers a read. It does not say which registers it brings, only how many bytes they are.
 * @param unit that answers
 * @param sizes how many bytes may come
 * @param refused the error for an exception with this code
 */
export function matchRead(
  frame: Buffer,
  { unit, func, sizes }: { unit: number; func: number; sizes: readonly number[] },
  refused: (code: number) => BmsError,
): MatchResult {
  if (unitOf(frame) !== unit || functionOf(frame) !== func) return 'foreign';
  const code = exceptionOf(frame);
  if (code !== undefined) return refused(code);
  return sizes.includes(sizeOf(frame)) ? 'complete' : 'foreign';
}

/**
 * Whether a frame answers a write. The response to function 6 is the request again, so that the echo of a half-duplex line
 * looks the same: only what is read back proves anything.
 * @param response what a board answers that has taken it
 * @param refused the error for an exception with this code
 */
export function matchWrite(frame: Buffer, response: Buffer, refused: (code: number) => BmsError): MatchResult {
  if (frame.equals(response)) return 'complete';
  if (unitOf(frame) !== unitOf(response) || functionOf(frame) !== functionOf(response)) return 'foreign';
  const code = exceptionOf(frame);
  return code === undefined ? 'foreign' : refused(code);
}

/** A request as a board reads it. */
export interface ModbusRequest {
  readonly unit: number;
  readonly func: number;
  readonly register: number;
  /** of registers, or of bits for functions 1 and 2 */
  readonly count: number;
  /** what is written; empty in a read */
  readonly data: Buffer;
}

/** @returns undefined when the bytes are no whole, valid request of one of the functions of `MODBUS` */
export function parseRequest(request: Buffer): ModbusRequest | undefined {
  if (request.length < SHORT_LENGTH || !hasCrc(request, 0, request.length)) return undefined;
  const head = { unit: unitOf(request), func: request.readUInt8(1), register: request.readUInt16BE(REGISTER_AT) };
  const count = request.readUInt16BE(COUNT_AT);
  if (head.func === MODBUS.writeRegisters) {
    const size = request.readUInt8(WRITE_SIZE_AT);
    const isWhole = size > 0 && size === 2 * count && request.length === WRITE_DATA_AT + size + CRC_LENGTH;
    return isWhole ? { ...head, count, data: request.subarray(WRITE_DATA_AT, -CRC_LENGTH) } : undefined;
  }
  if (request.length !== SHORT_LENGTH) return undefined;
  if (isRead(head.func)) return { ...head, count, data: NO_DATA };
  const isOne = head.func === MODBUS.writeCoil || head.func === MODBUS.writeRegister;
  return isOne ? { ...head, count: 1, data: request.subarray(COUNT_AT, -CRC_LENGTH) } : undefined;
}
