import { crc16Modbus } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import {
  dataOf,
  emptyRecord,
  measureRecord,
  RECORD_LENGTH,
  RECORD_START,
  RECORDS,
  typeOf,
  withSum,
} from '../jk-record/wire';

/*
 * Two protocols share the bus (jk-modbus.md 3, 4). Modbus: `<address> <function> ... <crc>`. And frames: a write to a
 * trigger register is answered by a record, an optional 00 and the acknowledgement of the write. Only the
 * acknowledgement tells whose record it is, so that here both together are one answer: without its acknowledgement a
 * record is nobody's.
 */

/** DIP switches; 0 is a master, which sends by itself. */
export const MASTER = 0;
export const LAST_ADDRESS = 15;

export const READ = 0x03;
export const WRITE_ONE = 0x06;
export const WRITE = 0x10;
export const REFUSED = 0x80;

/** The register that asks for each type of frame. */
const TRIGGERS: Readonly<Record<number, number>> = {
  [RECORDS.settings]: 0x161e,
  [RECORDS.cellInfo]: 0x1620,
  [RECORDS.deviceInfo]: 0x161c,
  [RECORDS.logBook]: 0x1624,
};
const TRIGGER_REGISTERS: ReadonlySet<number> = new Set(Object.values(TRIGGERS));

const CRC_LENGTH = 2;
const ACKNOWLEDGEMENT_LENGTH = 8;
const TRIGGER_LENGTH = 11;
/** bytes of a request for registers */
export const READ_LENGTH = 8;
const REFUSAL_LENGTH = 5;
/** address, function and number of bytes in front of registers */
const REGISTERS_AT = 3;
const MOST_REGISTER_BYTES = 240;
const HIGHEST_REFUSAL = 0x0b;

export const frames: FrameFormat = {
  maxLength: RECORD_LENGTH + 1 + ACKNOWLEDGEMENT_LENGTH,
  measure(bytes, at, end) {
    if (bytes[at] === RECORD_START[0]) return measureAnswer(bytes, at, end);
    if ((bytes[at] ?? 0) > LAST_ADDRESS) return NO_FRAME;
    if (end - at < 2) return INCOMPLETE;
    switch (bytes[at + 1]) {
      case READ:
        return measureRead(bytes, at, end);
      case WRITE:
        return measureTrigger(bytes, at, end);
      case REFUSED | READ:
      case REFUSED | WRITE:
        return measureRefusal(bytes, at, end);
      default:
        return NO_FRAME;
    }
  },
};

function measureAnswer(bytes: Buffer, at: number, end: number): number {
  const measured = measureRecord(bytes, at, end);
  if (measured !== RECORD_LENGTH) return measured;
  const trigger = TRIGGERS[typeOf(bytes, at)];
  for (const padding of [0, 1]) {
    const length = RECORD_LENGTH + padding + ACKNOWLEDGEMENT_LENGTH;
    if (end - at < length) return INCOMPLETE;
    if (isAcknowledgement(bytes, at + RECORD_LENGTH + padding, trigger)) return length;
    if (bytes[at + RECORD_LENGTH] !== 0) break;
  }
  return BAD_CHECKSUM;
}

function isAcknowledgement(bytes: Buffer, at: number, trigger: number | undefined): boolean {
  if ((bytes[at] ?? 0) > LAST_ADDRESS || bytes[at + 1] !== WRITE) return false;
  return bytes.readUInt16BE(at + 2) === trigger && hasCrc(bytes, at, ACKNOWLEDGEMENT_LENGTH);
}

/** A request to read, which is heard as an echo or of another host, or the registers that answer it. */
function measureRead(bytes: Buffer, at: number, end: number): number {
  const available = end - at;
  if (available < REGISTERS_AT) return INCOMPLETE;
  const third = bytes[at + 2] ?? 0;
  if (isHighByteOfBlock(third)) {
    if (available < READ_LENGTH) return INCOMPLETE;
    if (hasCrc(bytes, at, READ_LENGTH)) return READ_LENGTH;
  }
  if (third === 0 || third % 2 !== 0 || third > MOST_REGISTER_BYTES) return NO_FRAME;
  const length = REGISTERS_AT + third + CRC_LENGTH;
  if (available < length) return INCOMPLETE;
  return hasCrc(bytes, at, length) ? length : BAD_CHECKSUM;
}

function isHighByteOfBlock(byte: number): boolean {
  return byte >= 0x10 && byte <= 0x15;
}

/** `<address> 10 <register> 00 01 02 00 00 <crc>` */
function measureTrigger(bytes: Buffer, at: number, end: number): number {
  const available = end - at;
  if (available >= 4 && !TRIGGER_REGISTERS.has(bytes.readUInt16BE(at + 2))) return NO_FRAME;
  for (let i = 4; i < Math.min(TRIGGER_TAIL.length + 4, available); i++) {
    if (bytes[at + i] !== TRIGGER_TAIL[i - 4]) return NO_FRAME;
  }
  if (available < TRIGGER_LENGTH) return INCOMPLETE;
  return hasCrc(bytes, at, TRIGGER_LENGTH) ? TRIGGER_LENGTH : BAD_CHECKSUM;
}

const TRIGGER_TAIL = [0, 1, 2, 0, 0] as const;

/** `<address> <function + 80> <code> <crc>` */
export function measureRefusal(bytes: Buffer, at: number, end: number): number {
  if (end - at < 3) return INCOMPLETE;
  const code = bytes[at + 2] ?? 0;
  if (code === 0 || code > HIGHEST_REFUSAL) return NO_FRAME;
  if (end - at < REFUSAL_LENGTH) return INCOMPLETE;
  return hasCrc(bytes, at, REFUSAL_LENGTH) ? REFUSAL_LENGTH : BAD_CHECKSUM;
}

/** Whether `length` bytes from `at` end in their CRC. */
export function hasCrc(bytes: Buffer, at: number, length: number): boolean {
  const crcAt = at + length - CRC_LENGTH;
  return crc16Modbus(bytes, at, crcAt) === bytes.readUInt16LE(crcAt);
}

/** What a frame of this bus says, by its kind. */
export type Message =
  | { kind: 'answer'; address: number; type: number; data: Buffer }
  | { kind: 'trigger'; address: number; register: number }
  | { kind: 'read'; address: number }
  | { kind: 'registers'; address: number; data: Buffer }
  | { kind: 'refusal'; address: number; function: number; code: number };

/** Takes apart a frame that `frames` has measured. */
export function messageOf(frame: Buffer): Message {
  if (frame[0] === RECORD_START[0]) {
    const address = frame.readUInt8(frame.length - ACKNOWLEDGEMENT_LENGTH);
    return { kind: 'answer', address, type: typeOf(frame), data: dataOf(frame) };
  }
  const address = frame.readUInt8(0);
  const command = frame.readUInt8(1);
  if (command === WRITE) return { kind: 'trigger', address, register: frame.readUInt16BE(2) };
  if (command !== READ) return { kind: 'refusal', address, function: command & ~REFUSED, code: frame.readUInt8(2) };
  const length = REGISTERS_AT + frame.readUInt8(2) + CRC_LENGTH;
  if (frame.length === length) return { kind: 'registers', address, data: frame.subarray(REGISTERS_AT, -CRC_LENGTH) };
  return { kind: 'read', address };
}

/** A message with its CRC. */
export function closed(front: readonly number[], data: Buffer = Buffer.alloc(0)): Buffer {
  const frame = Buffer.alloc(front.length + data.length + CRC_LENGTH);
  frame.set(front);
  data.copy(frame, front.length);
  const crcAt = frame.length - CRC_LENGTH;
  frame.writeUInt16LE(crc16Modbus(frame, 0, crcAt), crcAt);
  return frame;
}

/** The bytes of a register. */
export function word(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}

/** The request for a block as a frame. */
export function trigger(address: number, register: number): Buffer {
  return closed([address, WRITE, ...word(register), ...TRIGGER_TAIL]);
}

/** The request for `count` registers. */
export function read(address: number, register: number, count: number): Buffer {
  return closed([address, READ, ...word(register), ...word(count)]);
}

/** The answer to `read`. */
export function registers(address: number, data: Buffer): Buffer {
  return closed([address, READ, data.length], data);
}

/** @param command the function that is refused */
export function refusalFrame(address: number, command: number, code: number): Buffer {
  return closed([address, REFUSED | command, code]);
}

/** The answer to `trigger`: a record and the acknowledgement. @param data DATA_LENGTH bytes */
export function answer(address: number, type: number, data: Buffer): Buffer {
  const record = emptyRecord(type);
  data.copy(dataOf(record));
  return Buffer.concat([withSum(record), closed([address, WRITE, ...word(TRIGGERS[type] ?? 0), ...word(1)])]);
}
