import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';

/** Where the data of a frame begins; the offsets of the tables count from here. */
export const DATA_AT = 4;
export const DATA_LENGTH = 8;

/** The address that stands for host byte 80: Bluetooth modules and UART dongles (daly.md 1). */
export const DONGLE = 128;

const FRAME_LENGTH = 13;
const START = 0xa5;
const SUM_AT = FRAME_LENGTH - 1;

const FIRST_HOST = 0x40;
const DONGLE_HOST = 0x80;
/** the highest board number; from 20 on, byte 1 names a host */
export const LAST_BOARD = 31;

/** Frames of both directions (daly.md 3): `a5 <host or board> <id> 08 <8 data bytes> <sum>`. */
export const frames: FrameFormat = {
  maxLength: FRAME_LENGTH,
  measure(bytes, at, end) {
    if (bytes[at] !== START) return NO_FRAME;
    if (end - at > 3 && bytes[at + 3] !== DATA_LENGTH) return NO_FRAME;
    if (end - at < FRAME_LENGTH) return INCOMPLETE;
    return isFrame(bytes, at, end) && !swallowsFrame(bytes, at, end) ? FRAME_LENGTH : BAD_CHECKSUM;
  },
};

/** Whether a whole frame with a right sum starts at `at`. */
function isFrame(bytes: Buffer, at: number, end: number): boolean {
  return (
    end - at >= FRAME_LENGTH &&
    bytes[at] === START &&
    bytes[at + 3] === DATA_LENGTH &&
    bytes[at + SUM_AT] === (sum(bytes, at, at + SUM_AT) & 0xff)
  );
}

/**
 * Whether a second frame starts inside the one at `at`. Frames come with bytes missing (daly.md 3), and one sum in
 * 256 is right by chance; then the whole frame behind the header is the one to believe.
 */
function swallowsFrame(bytes: Buffer, at: number, end: number): boolean {
  for (let inner = at + DATA_AT; inner <= at + SUM_AT; inner++) if (isFrame(bytes, inner, end)) return true;
  return false;
}

/**
 * A whole frame.
 * @param first host byte of a request, board number of an answer
 * @param data up to 8 bytes; the rest is zero
 */
export function encodeFrame(first: number, id: number, data?: Buffer): Buffer {
  const frame = Buffer.alloc(FRAME_LENGTH);
  frame.set([START, first, id, DATA_LENGTH]);
  data?.copy(frame, DATA_AT, 0, DATA_LENGTH);
  frame[SUM_AT] = sum(frame, 0, SUM_AT) & 0xff;
  return frame;
}

/** The request for a data id, or the command of one; `address` is a board number or DONGLE. */
export function encodeRequest(address: number, id: number, data?: Buffer): Buffer {
  return encodeFrame(address === DONGLE ? DONGLE_HOST : FIRST_HOST + address - 1, id, data);
}

/**
 * What a board reads in a request.
 * @returns undefined when it is no whole, valid frame from a host that asks one of the addresses
 */
export function decodeRequest(request: Buffer): { address: number; id: number; data: Buffer } | undefined {
  if (request.length !== FRAME_LENGTH || !isFrame(request, 0, request.length)) return undefined;
  const host = request.readUInt8(1);
  const board = host - FIRST_HOST + 1;
  const address = host === DONGLE_HOST ? DONGLE : board;
  if (address !== DONGLE && (board < 1 || board > LAST_BOARD)) return undefined;
  return { address, id: request.readUInt8(2), data: request.subarray(DATA_AT, SUM_AT) };
}

/** The board number that answers an address: byte 1 of its frames (daly.md 3). */
export function boardOf(address: number): number {
  return address === DONGLE ? 1 : address;
}

/**
 * Whether a frame is the answer of that address to that id. The echo of a request is not: its byte 1 is a host's,
 * 20 or above, and no board has such a number.
 */
export function isAnswer(frame: Buffer, address: number, id: number): boolean {
  return frame[1] === boardOf(address) && frame[2] === id;
}
