import { sum } from '../checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../framing';

/** What a board sends (jk-ble 4): `55 aa eb 90 <type> <counter> <data> <sum>`, always of this length. */
export const RECORD_LENGTH = 300;
const RECORD_START = [0x55, 0xaa, 0xeb, 0x90] as const;
const RECORD_SUM_AT = RECORD_LENGTH - 1;

/** What a host sends, and the board's acknowledgement (jk-ble 3): `aa 55 90 eb <command> <n> <13 bytes> <sum>`. */
const COMMAND_LENGTH = 20;
const COMMAND_START = [0xaa, 0x55, 0x90, 0xeb] as const;
const COMMAND_SUM_AT = COMMAND_LENGTH - 1;
const LONGEST_VALUE = 13;

/** Behind the start of both kinds: the type of a record, the number of a command. */
const KIND_AT = 4;
const VALUE_LENGTH_AT = 5;

/** Types of records. The counter that follows them stands still on some firmware and means nothing here. */
export const SETTINGS = 0x01;
export const CELL_INFO = 0x02;
export const DEVICE_INFO = 0x03;
const LOG_BOOK = 0x05;

export const ASK_CELL_INFO = 0x96;
export const ASK_DEVICE_INFO = 0x97;

/**
 * Records and commands; the latter so that acknowledgements and echoes are known for what they are. Both sums have
 * eight bits, so that whatever else a header promises is checked first (jk-ble 4).
 */
export const frames: FrameFormat = {
  maxLength: RECORD_LENGTH,
  measure(bytes, at, end) {
    switch (bytes[at]) {
      case RECORD_START[0]:
        return measureRecord(bytes, at, end);
      case COMMAND_START[0]:
        return measureCommand(bytes, at, end);
      default:
        return NO_FRAME;
    }
  },
};

function measureRecord(bytes: Buffer, at: number, end: number): number {
  if (!beginsWith(RECORD_START, bytes, at, end)) return NO_FRAME;
  if (end - at <= KIND_AT) return INCOMPLETE;
  const type = bytes[at + KIND_AT];
  if (type !== CELL_INFO && type !== SETTINGS && type !== DEVICE_INFO && type !== LOG_BOOK) return NO_FRAME;
  if (end - at < RECORD_LENGTH) return INCOMPLETE;
  return hasSum(bytes, at, RECORD_SUM_AT) ? RECORD_LENGTH : BAD_CHECKSUM;
}

function measureCommand(bytes: Buffer, at: number, end: number): number {
  if (!beginsWith(COMMAND_START, bytes, at, end)) return NO_FRAME;
  if (end - at > VALUE_LENGTH_AT && (bytes[at + VALUE_LENGTH_AT] ?? 0) > LONGEST_VALUE) return NO_FRAME;
  if (end - at < COMMAND_LENGTH) return INCOMPLETE;
  return hasSum(bytes, at, COMMAND_SUM_AT) ? COMMAND_LENGTH : BAD_CHECKSUM;
}

/** Whether the bytes at `at`, as far as they have come, are those of a header. */
function beginsWith(start: readonly number[], bytes: Buffer, at: number, end: number): boolean {
  const known = Math.min(start.length, end - at);
  for (let i = 1; i < known; i++) if (bytes[at + i] !== start[i]) return false;
  return true;
}

function hasSum(bytes: Buffer, at: number, sumAt: number): boolean {
  return bytes[at + sumAt] === (sum(bytes, at, at + sumAt) & 0xff);
}

/** Whether a frame is a record of that type; commands never are. */
export function isRecord(frame: Buffer, type: number): boolean {
  return frame.length === RECORD_LENGTH && frame[KIND_AT] === type;
}

/** A command without a value. */
export function command(number: number): Buffer {
  return closed(Buffer.from([...COMMAND_START, number]), COMMAND_LENGTH);
}

/** What follows every command that the board accepts, behind the records that it asks for (jk-ble 3). */
export const ACKNOWLEDGEMENT = closed(Buffer.from([...COMMAND_START, 0xc8, 1, 1]), COMMAND_LENGTH);

/** @returns the number of a whole, valid command without a value; what pads it is left-over memory and means nothing */
export function commandOf(request: Buffer): number | undefined {
  if (request.length !== COMMAND_LENGTH || frames.measure(request, 0, COMMAND_LENGTH) !== COMMAND_LENGTH)
    return undefined;
  return request[VALUE_LENGTH_AT] === 0 ? request[KIND_AT] : undefined;
}

/** An empty record for tables to fill: offsets count from its first byte, as in the sheet. */
export function emptyRecord(type: number): Buffer {
  const record = Buffer.alloc(RECORD_LENGTH);
  record.set([...RECORD_START, type]);
  return record;
}

/** Puts the sum of a filled record in its place. @returns the same record */
export function closeRecord(record: Buffer): Buffer {
  record[RECORD_SUM_AT] = sum(record, 0, RECORD_SUM_AT) & 0xff;
  return record;
}

function closed(front: Buffer, length: number): Buffer {
  const frame = Buffer.alloc(length);
  front.copy(frame);
  frame[length - 1] = sum(frame, 0, length - 1) & 0xff;
  return frame;
}
