import { sum } from '../checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../framing';

/** The status (ant-legacy 3.2): `aa 55 aa ff`, 134 bytes, and their sum. */
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

/** Requests are six bytes: a kind twice, register, value, and the sum of these three (ant-legacy 3.1). */
const REQUEST_LENGTH = 6;

/** Asks for the status over a serial line. */
export const SERIAL = 0x5a;
/** Asks for the status through a Bluetooth module; the boards tested answer it on serial lines too. */
export const MODULE = 0xdb;

/** A request for the status. @param kind SERIAL or MODULE */
export function statusRequest(kind: number): Buffer {
  return Buffer.from([kind, kind, 0, 0, 0, 0]);
}

/** Whether these bytes ask for the status. The value makes no difference to the answer (ant-legacy 1, 9). */
export function isStatusRequest(bytes: Buffer): boolean {
  const kind = bytes[0];
  if (bytes.length !== REQUEST_LENGTH || kind !== bytes[1] || (kind !== SERIAL && kind !== MODULE)) return false;
  return bytes[2] === 0 && bytes[5] === (sum(bytes, 2, 5) & 0xff);
}
