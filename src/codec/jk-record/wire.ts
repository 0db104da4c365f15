import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME } from '../kit/framing';

/*
 * This folder is no protocol: it holds the records of JK boards, which jk-ble and jk-modbus share. A record is the same over
 * Bluetooth and over RS485 (jk-ble.md 4, jk-modbus.md 4): `55 aa eb 90 <type> <counter> <data> <sum>`, always of the same
 * length. The counter stands still on some firmware and means nothing here.
 */

export const RECORD_LENGTH = 300;
export const RECORD_START = [0x55, 0xaa, 0xeb, 0x90] as const;
const TYPE_AT = 4;
const DATA_AT = 6;
const SUM_AT = RECORD_LENGTH - 1;
/** bytes between the head of a record and its sum */
export const DATA_LENGTH = SUM_AT - DATA_AT;

/** Types of records. */
export const RECORDS = { settings: 0x01, cellInfo: 0x02, deviceInfo: 0x03, logBook: 0x05 } as const;
const TYPES: readonly (number | undefined)[] = Object.values(RECORDS);

/**
 * Measures a record whose first byte is known to be right. Its sum has eight bits, so that the type is checked too.
 * @returns its length or NO_FRAME, INCOMPLETE, BAD_CHECKSUM
 */
export function measureRecord(bytes: Buffer, at: number, end: number): number {
  if (!beginsWith(RECORD_START, bytes, at, end)) return NO_FRAME;
  if (end - at <= TYPE_AT) return INCOMPLETE;
  if (!TYPES.includes(bytes[at + TYPE_AT])) return NO_FRAME;
  if (end - at < RECORD_LENGTH) return INCOMPLETE;
  return hasSum(bytes, at, RECORD_LENGTH) ? RECORD_LENGTH : BAD_CHECKSUM;
}

/** Whether the bytes behind the first one at `at`, as far as they have come, are those of a header. */
export function beginsWith(start: readonly number[], bytes: Buffer, at: number, end: number): boolean {
  const known = Math.min(start.length, end - at);
  for (let i = 1; i < known; i++) if (bytes[at + i] !== start[i]) return false;
  return true;
}

/** Whether the last of `length` bytes from `at` is the sum of those before it. */
export function hasSum(bytes: Buffer, at: number, length: number): boolean {
  const sumAt = at + length - 1;
  return bytes[sumAt] === (sum(bytes, at, sumAt) & 0xff);
}

/** Puts the sum of a filled frame in its last byte. @returns the same frame */
export function withSum(frame: Buffer): Buffer {
  const sumAt = frame.length - 1;
  frame[sumAt] = sum(frame, 0, sumAt) & 0xff;
  return frame;
}

/** The type of the record that begins at `at`. */
export function typeOf(bytes: Buffer, at = 0): number {
  return bytes.readUInt8(at + TYPE_AT);
}

/** The data of a record, in the same memory. Registers are a copy of it (jk-modbus.md 4). */
export function dataOf(record: Buffer): Buffer {
  return record.subarray(DATA_AT, SUM_AT);
}

/** Where in the data a byte lies. @param at offset in the record, by which both sheets name it */
export function inData(at: number): number {
  return at - DATA_AT;
}

/** The offset in the record of a byte of its data, by which both sheets name it. */
export function inRecord(at: number): number {
  return at + DATA_AT;
}

/** A record of zeros to fill; its sum is still missing. */
export function emptyRecord(type: number): Buffer {
  const record = Buffer.alloc(RECORD_LENGTH);
  record.set([...RECORD_START, type]);
  return record;
}
