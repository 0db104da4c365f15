import { say } from '../../battery/sentence';
import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { Refusal } from '../kit/refusal';

/** The status (ant-legacy.md 3.2): `aa 55 aa ff`, 134 bytes, and their sum. */
export const STATUS_LENGTH = 140;
const START = [0xaa, 0x55, 0xaa, 0xff] as const;
const SUM_AT = STATUS_LENGTH - 2;

/** The offsets of the status tables count from the start of the frame. */
export const frames: FrameFormat = {
  maxLength: STATUS_LENGTH,
  measure(bytes, at, end) {
    const start = Math.min(START.length, end - at);
    for (let i = 0; i < start; i++) if (bytes[at + i] !== START[i]) return NO_FRAME;
    if (end - at < STATUS_LENGTH) return INCOMPLETE;
    return sumOf(bytes, at) === bytes.readUInt16BE(at + SUM_AT) ? STATUS_LENGTH : BAD_CHECKSUM;
  },
};

function sumOf(bytes: Buffer, at: number): number {
  return sum(bytes, at + START.length, at + SUM_AT) & 0xffff;
}

/** Closes a frame whose fields are written: start bytes and sum. */
export function seal(frame: Buffer): Buffer {
  frame.set(START);
  frame.writeUInt16BE(sumOf(frame, 0), SUM_AT);
  return frame;
}

/** Requests are six bytes: a kind twice, register, value, and the sum of these three (ant-legacy.md 3.1). */
export const REQUEST_LENGTH = 6;
const REGISTER_AT = 2;
const VALUE_AT = 3;
const REQUEST_SUM_AT = 5;

/** Commands, and writes to registers. */
const WRITE = 0xa5;

/**
 * How the status is asked for: over a serial line, or through a Bluetooth module; the boards tested answer the latter on
 * serial lines too (ant-legacy.md 1).
 */
export const KINDS = { serial: 0x5a, module: 0xdb } as const;
export type Kind = keyof typeof KINDS;

export function buildRead(kind: Kind): Buffer {
  return Buffer.from([KINDS[kind], KINDS[kind], 0, 0, 0, 0]);
}

/** Whether six bytes from `at` on are a kind twice, register, value and their sum. */
function isShort(bytes: Buffer, at: number): boolean {
  return bytes[at] === bytes[at + 1] && bytes[at + REQUEST_SUM_AT] === (sum(bytes, at + REGISTER_AT, at + 5) & 0xff);
}

/** Responses to commands: six bytes like the command; a status may stand between them (ant-legacy.md 3.1). */
export const shortFrames: FrameFormat = {
  maxLength: STATUS_LENGTH,
  measure(bytes, at, end) {
    const kind = bytes[at];
    if (kind !== KINDS.serial && kind !== WRITE) return frames.measure(bytes, at, end);
    if (end - at > 1 && bytes[at + 1] !== kind) return NO_FRAME;
    if (end - at < REQUEST_LENGTH) return INCOMPLETE;
    return isShort(bytes, at) ? REQUEST_LENGTH : BAD_CHECKSUM;
  },
};

/** A command or a write, and its echo. @param value 16 bits */
export function buildWrite(register: number, value: number): Buffer {
  return buildShort(WRITE, register, value);
}

/** The request for a register, with 0, or its answer. @param value 16 bits */
export function buildReadRegister(register: number, value: number): Buffer {
  return buildShort(KINDS.serial, register, value);
}

function buildShort(kind: number, register: number, value: number): Buffer {
  const frame = Buffer.from([kind, kind, register, value >> 8, value & 0xff, 0]);
  frame[REQUEST_SUM_AT] = sum(frame, REGISTER_AT, REQUEST_SUM_AT) & 0xff;
  return frame;
}

/** What a short frame is about. */
interface Short {
  readonly register: number;
  readonly value: number;
}

/** Register and value of a command or a write; undefined for anything else. */
export function parseWrite(frame: Buffer): Short | undefined {
  return parseShort(WRITE, frame);
}

/** Register and value of a request for a register, or of its answer; undefined for anything else. */
export function parseRead(frame: Buffer): Short | undefined {
  return parseShort(KINDS.serial, frame);
}

function parseShort(kind: number, frame: Buffer): Short | undefined {
  if (frame.length !== REQUEST_LENGTH || frame[0] !== kind || !isShort(frame, 0)) return undefined;
  return { register: frame.readUInt8(REGISTER_AT), value: frame.readUInt16BE(VALUE_AT) };
}

/** Whether these bytes ask for the status. The value makes no difference to the answer (ant-legacy.md 1, 9). */
export function isStatusRequest(bytes: Buffer): boolean {
  const kind = bytes[0];
  if (bytes.length !== REQUEST_LENGTH || kind !== bytes[1] || (kind !== KINDS.serial && kind !== KINDS.module))
    return false;
  return bytes[REGISTER_AT] === 0 && isShort(bytes, 0);
}

/** Commands and registers that are written (ant-legacy.md 5, 6). */
export const COMMANDS = {
  charge: 0xfa,
  discharge: 0xf9,
  /** a toggle: it turns round whatever the balancer does */
  balance: 0xfc,
  zeroCurrent: 0xf8,
  apply: 0xff,
  restart: 0xfe,
  shutdown: 0xf7,
  /** the response of a board that is locked, to anything but its password */
  locked: 0xf5,
  /** remaining capacity, 1e-6 Ah: its lower and its upper half */
  remainingLow: 33,
  remainingHigh: 34,
} as const;

export const PER_AH = 1e6;

/** The four that bring a password, two characters each (ant-legacy.md 5). */
export const UNLOCK: readonly number[] = [0xf1, 0xf2, 0xf3, 0xf4];
export const PASSWORD_LENGTH = 2 * UNLOCK.length;

/** What a locked board answers to everything: nothing was done, and its password cures it (ant-legacy.md 5). */
export const LOCKED = buildWrite(COMMANDS.locked, 1);

export class Locked extends Refusal {
  constructor(name: string) {
    const remedy = say`enter its password in the device. Nothing was switched`;
    super('denied', say`The board is locked and refuses ${name}; ${remedy}.`, COMMANDS.locked);
  }
}
