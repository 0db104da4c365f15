import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';

/**
 * `4e57 <length> <terminal number> <command> <source> <type> <id and data> <record number> 68 <checksum>`; the length
 * counts everything but the start (jk.md 3).
 */
const START = [0x4e, 0x57] as const;
const LENGTH_AT = 2;
const COMMAND_AT = 8;
const SOURCE_AT = 9;
const TYPE_AT = 10;
const INFORMATION_AT = 11;
const END = 0x68;

/** record number, end byte and checksum */
const TRAILER = 9;
const END_FROM_BACK = 5;
const SUM_FROM_BACK = 4;

const SHORTEST = INFORMATION_AT + 1 + TRAILER;
/** Replies have 250 to 320 bytes; the sheet allows a length of 1024. */
const LONGEST = 1024;

export const COMMANDS = { activate: 0x01, write: 0x02, readOne: 0x03, password: 0x05, readAll: 0x06 } as const;
const KNOWN_COMMANDS: ReadonlySet<number | undefined> = new Set(Object.values(COMMANDS));

/** Who sends. */
export const SOURCES = { board: 0, bluetooth: 1, gps: 2, computer: 3 } as const;

/** `upload`: sent by the board on its own, with the content of a reply. */
export const TYPES = { request: 0, reply: 1, upload: 2 } as const;

export const frames: FrameFormat = {
  maxLength: LONGEST,
  measure(bytes, at, end) {
    const available = end - at;
    if (bytes[at] !== START[0] || (available > 1 && bytes[at + 1] !== START[1])) return NO_FRAME;
    if (available < LENGTH_AT + 2) return INCOMPLETE;
    const length = START.length + bytes.readUInt16BE(at + LENGTH_AT);
    if (length < SHORTEST || length > LONGEST) return NO_FRAME;
    // Whatever else a header promises is checked before so many bytes are waited for.
    if (available > COMMAND_AT && !KNOWN_COMMANDS.has(bytes[at + COMMAND_AT])) return NO_FRAME;
    if (available > SOURCE_AT && (bytes[at + SOURCE_AT] ?? 0) > SOURCES.computer) return NO_FRAME;
    if (available > TYPE_AT && (bytes[at + TYPE_AT] ?? 0) > TYPES.upload) return NO_FRAME;
    if (available < length) return INCOMPLETE;
    const sumAt = at + length - SUM_FROM_BACK;
    const whole = bytes[at + length - END_FROM_BACK] === END && hasSum(bytes, at, sumAt);
    return whole ? length : BAD_CHECKSUM;
  },
};

/** The two high bytes have room for a CRC that no firmware sends; they are zero (jk.md 3). */
function hasSum(bytes: Buffer, at: number, sumAt: number): boolean {
  return bytes.readUInt32BE(sumAt) === (sum(bytes, at, sumAt) & 0xffff);
}

export const commandOf = (frame: Buffer): number => frame.readUInt8(COMMAND_AT);
export const typeOf = (frame: Buffer): number => frame.readUInt8(TYPE_AT);

/** The ids with their data, as a view of the frame. */
export function informationOf(frame: Buffer): Buffer {
  return frame.subarray(INFORMATION_AT, frame.length - TRAILER);
}

/** A whole frame. @param information ids with their data */
export function build(command: number, source: number, type: number, information: Buffer): Buffer {
  const frame = Buffer.alloc(INFORMATION_AT + information.length + TRAILER);
  frame.set(START);
  frame.writeUInt16BE(frame.length - START.length, LENGTH_AT);
  frame[COMMAND_AT] = command;
  frame[SOURCE_AT] = source;
  frame[TYPE_AT] = type;
  information.copy(frame, INFORMATION_AT);
  frame[frame.length - END_FROM_BACK] = END;
  const sumAt = frame.length - SUM_FROM_BACK;
  frame.writeUInt32BE(sum(frame, 0, sumAt) & 0xffff, sumAt);
  return frame;
}

/** What a host sends to change something: in the name of source 2, as it has been proven (jk.md 12). */
export function writeRequest(command: number, id: number, ...data: readonly number[]): Buffer {
  return build(command, SOURCES.gps, TYPES.request, Buffer.from([id, ...data]));
}

/**
 * Whether a frame acknowledges a command: a reply with its id and no data (jk.md 4). The echo of the request, which is a
 * frame of its own, does not.
 */
export function isAcknowledgement(frame: Buffer, command: number, id: number): boolean {
  if (typeOf(frame) !== TYPES.reply || commandOf(frame) !== command) return false;
  const information = informationOf(frame);
  return information.length === 1 && information[0] === id;
}

/** What a host sends to read. @param id 0 = nothing in particular */
export function request(command: number, id = 0): Buffer {
  return build(command, SOURCES.computer, TYPES.request, Buffer.from([id]));
}
