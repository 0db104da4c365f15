import type { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import {
  dataOf as recordData,
  emptyRecord,
  measureRecord,
  RECORD_LENGTH,
  RECORD_START,
  RECORDS,
  typeOf,
  withSum,
} from '../jk-record/wire';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { malformed } from '../kit/malformed';
import {
  buildFrame,
  buildWriteResponse,
  exceptionOf,
  functionOf,
  hasCrc,
  measureException,
  measureRead,
  measureWhole,
  MODBUS,
  unitOf,
  word,
} from '../kit/modbus';
import { MEANINGS, refusalOf, type RefusalTable } from '../kit/refusal';
import { information, live, settings } from './tables';

/*
 * Two protocols share the bus (jk-modbus.md 3, 4): Modbus; and frames, where a write to a trigger register is answered by a
 * record, an optional 00 and the acknowledgement of the write. Only the acknowledgement has the address, so that here both
 * together are one answer: a record without its acknowledgement belongs to no board.
 */

/** DIP switches; 0 is a master, which sends by itself. */
export const MASTER = 0;
export const LAST_ADDRESS = 15;

export const READ = MODBUS.readHoldingRegisters;
export const WRITE = MODBUS.writeRegisters;

/** Asks for the system log. */
export const LOG_TRIGGER = 0x1624;

/** The register that asks for each type of frame (jk-modbus.md 4). */
const TRIGGERS: Readonly<Record<number, number>> = {
  [settings.type]: settings.trigger,
  [live.type]: live.trigger,
  [information.type]: information.trigger,
  [RECORDS.logBook]: LOG_TRIGGER,
};
const TRIGGER_REGISTERS: ReadonlySet<number> = new Set(Object.values(TRIGGERS));
/** what follows the register of a trigger: one register, two bytes, both zero */
const TRIGGER_TAIL = [0, 1, 2, 0, 0] as const;
const TRIGGER_LENGTH = 11;
const ACKNOWLEDGEMENT_LENGTH = 8;
const REGISTER_AT = 2;
const EXCEPTION = 0x80;

/** A request to read registers may come as an echo or from another host; the blocks are at 1000 to 15ff. */
const REGISTERS = { longestData: 240, isRequested: (high: number) => high >= 0x10 && high <= 0x15 };

export const frames: FrameFormat = {
  maxLength: RECORD_LENGTH + 1 + ACKNOWLEDGEMENT_LENGTH,
  measure(bytes, at, end) {
    if (bytes[at] === RECORD_START[0]) return measureAnswer(bytes, at, end);
    if ((bytes[at] ?? 0) > LAST_ADDRESS) return NO_FRAME;
    if (end - at < 2) return INCOMPLETE;
    switch (bytes[at + 1]) {
      case READ:
        return measureRead(bytes, at, end, REGISTERS);
      case WRITE:
        return measureTrigger(bytes, at, end);
      case EXCEPTION | READ:
      case EXCEPTION | WRITE:
        return measureException(bytes, at, end);
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
  return bytes.readUInt16BE(at + REGISTER_AT) === trigger && hasCrc(bytes, at, ACKNOWLEDGEMENT_LENGTH);
}

/** `<address> 10 <register> 00 01 02 00 00 <crc>` */
function measureTrigger(bytes: Buffer, at: number, end: number): number {
  const available = end - at;
  if (available >= 4 && !TRIGGER_REGISTERS.has(bytes.readUInt16BE(at + REGISTER_AT))) return NO_FRAME;
  for (let i = 4; i < Math.min(TRIGGER_TAIL.length + 4, available); i++) {
    if (bytes[at + i] !== TRIGGER_TAIL[i - 4]) return NO_FRAME;
  }
  return measureWhole(bytes, at, end, TRIGGER_LENGTH);
}

const COUNT_AT = 4;
const WRITE_SIZE_AT = 6;
const WRITE_DATA_AT = 7;
const CRC_LENGTH = 2;
/** bytes; the longest setting that is written */
const WIDEST = 4;

/** high bytes of the registers of settings (settings-jk-modbus.md 1) */
const PAGES: readonly (number | undefined)[] = [0x10, 0x11, 0x15];

/**
 * What comes back to a write of settings (jk-modbus.md 3, 9): its acknowledgement, a refusal, or the echo of the request,
 * `<address> 10 <register> <count> <bytes> <data> <crc>`.
 */
export const writeFrames: FrameFormat = {
  maxLength: WRITE_DATA_AT + WIDEST + CRC_LENGTH,
  measure(bytes, at, end) {
    const available = end - at;
    if ((bytes[at] ?? 0) > LAST_ADDRESS) return NO_FRAME;
    if (available < 2) return INCOMPLETE;
    if (bytes[at + 1] === (EXCEPTION | WRITE)) return measureException(bytes, at, end);
    if (bytes[at + 1] !== WRITE) return NO_FRAME;
    if (available > REGISTER_AT && !PAGES.includes(bytes[at + REGISTER_AT])) return NO_FRAME;
    if (available < ACKNOWLEDGEMENT_LENGTH) return INCOMPLETE;
    if (hasCrc(bytes, at, ACKNOWLEDGEMENT_LENGTH)) return ACKNOWLEDGEMENT_LENGTH;
    const size = bytes.readUInt8(at + WRITE_SIZE_AT);
    if (size === 0 || size > WIDEST || size !== 2 * bytes.readUInt16BE(at + COUNT_AT)) return BAD_CHECKSUM;
    return measureWhole(bytes, at, end, WRITE_DATA_AT + size + CRC_LENGTH);
  },
};

/** What frames on this bus say beside the answers to reads, by kind. */
export type Message =
  | { kind: 'answer'; address: number; type: number }
  | { kind: 'trigger'; address: number; register: number }
  | { kind: 'refusal'; address: number; function: number; code: number };

/** Takes apart a frame that `frames` has measured; undefined for a read of registers and its answer. */
export function messageOf(frame: Buffer): Message | undefined {
  if (frame[0] === RECORD_START[0]) {
    const address = frame.readUInt8(frame.length - ACKNOWLEDGEMENT_LENGTH);
    return { kind: 'answer', address, type: typeOf(frame) };
  }
  const address = unitOf(frame);
  const code = exceptionOf(frame);
  if (code !== undefined) return { kind: 'refusal', address, function: functionOf(frame), code };
  if (functionOf(frame) !== WRITE) return undefined;
  return { kind: 'trigger', address, register: frame.readUInt16BE(REGISTER_AT) };
}

/** The data of the record in an answer to a trigger. @param what was asked for; @throws BmsError `malformed` for other frames */
export function answeredData(frame: Buffer | undefined, what: string): Buffer {
  if (frame?.[0] !== RECORD_START[0]) throw malformed(what, say`it is no frame`);
  return recordData(frame);
}

/** The request for a block as a frame. */
export function buildTrigger(address: number, register: number): Buffer {
  return buildFrame([address, WRITE, ...word(register), ...TRIGGER_TAIL]);
}

/** The answer to a trigger: a record and the acknowledgement. @param data DATA_LENGTH bytes */
export function buildAnswer(address: number, type: number, data: Buffer): Buffer {
  const record = emptyRecord(type);
  data.copy(recordData(record));
  return Buffer.concat([withSum(record), buildWriteResponse(address, TRIGGERS[type] ?? 0, 1)]);
}

/** Codes of a refusal (jk-modbus.md 3). */
export const REFUSALS = { command: 0x01, register: 0x02, value: 0x03, checksum: 0x04 } as const;

const READ_REFUSALS: RefusalTable = {
  [REFUSALS.command]: MEANINGS.unknown,
  [REFUSALS.register]: MEANINGS.unknown,
  [REFUSALS.checksum]: MEANINGS.damaged,
};

/** Whatever the reason, the board has done nothing (jk-modbus.md 9). */
const WRITE_REFUSALS: RefusalTable = {
  [REFUSALS.command]: MEANINGS.writeForbidden,
  [REFUSALS.register]: MEANINGS.writeForbidden,
  [REFUSALS.value]: MEANINGS.writeValue,
  [REFUSALS.checksum]: MEANINGS.writeDamaged,
};

/** What a refusal of a read or of a trigger means. @param name of the query that was refused */
export function refusal(code: number, name: string): BmsError {
  return refusalOf(READ_REFUSALS, code, name);
}

/** What a refusal of a write of settings means. @param name of the write that was refused */
export function writeRefusal(code: number, name: string): BmsError {
  return refusalOf(WRITE_REFUSALS, code, name);
}
