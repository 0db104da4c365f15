import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import type { MatchResult } from '../protocol';

/** Where the data of a frame begins; the offsets of the tables count from here. */
export const DATA_AT = 4;
export const DATA_LENGTH = 8;

/** The address that stands for host byte 80: Bluetooth modules and UART dongles (daly.md 1). */
export const DONGLE = 128;

/** The highest board number; from 20 on, byte 1 is that of a host (daly.md 3). */
export const LAST_BOARD = 31;

const START = 0xa5;
const LENGTH_AT = 3;
const SUM_AT = 12;
const FRAME_LENGTH = 13;
const FIRST_HOST = 0x40;
const DONGLE_HOST = 0x80;

/** Frames of both directions: `a5 <host or board> <id> 08 <8 data bytes> <sum>` (daly.md 3). */
export const frames: FrameFormat = {
  maxLength: FRAME_LENGTH,
  measure(bytes, at, end) {
    if (bytes[at] !== START) return NO_FRAME;
    if (end - at > LENGTH_AT && bytes[at + LENGTH_AT] !== DATA_LENGTH) return NO_FRAME;
    if (end - at < FRAME_LENGTH) return INCOMPLETE;
    return isFrame(bytes, at, end) && !containsFrame(bytes, at, end) ? FRAME_LENGTH : BAD_CHECKSUM;
  },
};

/** Whether a whole frame with a right sum starts at `at`. */
function isFrame(bytes: Buffer, at: number, end: number): boolean {
  return (
    end - at >= FRAME_LENGTH &&
    bytes[at] === START &&
    bytes[at + LENGTH_AT] === DATA_LENGTH &&
    bytes[at + SUM_AT] === (sum(bytes, at, at + SUM_AT) & 0xff)
  );
}

/**
 * Whether a second frame starts inside the one at `at`. Boards lose bytes of a frame (daly.md 3), and one sum in 256 is
 * right by chance: then the frame that starts later is the true one.
 */
function containsFrame(bytes: Buffer, at: number, end: number): boolean {
  for (let inner = at + DATA_AT; inner <= at + SUM_AT; inner++) if (isFrame(bytes, inner, end)) return true;
  return false;
}

/**
 * A whole frame.
 * @param first host byte of a request, board number of a response
 * @param data up to 8 bytes; the rest is zero
 */
function buildFrame(first: number, id: number, data?: Buffer): Buffer {
  const frame = Buffer.alloc(FRAME_LENGTH);
  frame.set([START, first, id, DATA_LENGTH]);
  data?.copy(frame, DATA_AT, 0, DATA_LENGTH);
  frame[SUM_AT] = sum(frame, 0, SUM_AT) & 0xff;
  return frame;
}

/** The request for a data id, or the command of one. @param address a board number or DONGLE */
export function buildRequest(address: number, id: number, data?: Buffer): Buffer {
  return buildFrame(address === DONGLE ? DONGLE_HOST : FIRST_HOST + address - 1, id, data);
}

/** A frame of the board at an address, for the emulator. */
export function buildResponse(address: number, id: number, data: Buffer): Buffer {
  return buildFrame(boardAt(address), id, data);
}

/**
 * What a board reads in a request, for the emulator.
 * @returns undefined when it is no whole, valid frame from a host that asks one of the addresses
 */
export function parseRequest(request: Buffer): { address: number; id: number; data: Buffer } | undefined {
  if (request.length !== FRAME_LENGTH || !isFrame(request, 0, request.length)) return undefined;
  const host = request.readUInt8(1);
  const board = host - FIRST_HOST + 1;
  const address = host === DONGLE_HOST ? DONGLE : board;
  if (address !== DONGLE && (board < 1 || board > LAST_BOARD)) return undefined;
  return { address, id: request.readUInt8(2), data: request.subarray(DATA_AT, SUM_AT) };
}

/** The board number in the responses of an address: their byte 1 (daly.md 3). */
function boardAt(address: number): number {
  return address === DONGLE ? 1 : address;
}

/**
 * Whether a frame is a response of that address with that id. The echo of a request is none: its byte 1 is a host's, 20 or
 * above, and no board has such a number (daly.md 3).
 */
export function isResponseTo(frame: Buffer, address: number, id: number): boolean {
  return frame[1] === boardAt(address) && frame[2] === id;
}

/*
 * Responses of several frames (daly.md 4, 7): byte 0 of the data numbers the frame, from 1; values follow. The number
 * ff marks an invalid frame. Boards asked through a dongle send more frames than have values, and damage many of those:
 * nothing behind the frames with values is waited for or looked at.
 */

/** As many responses as this may overlap until one is whole. */
const MOST_RESPONSES = 4;

/**
 * Matches a frame of the right board and id in a response of `needed` frames. Boards send them in order: a number out of
 * turn belongs to another response, such as a late one, of which some frames are missing.
 * @param parts the frames accepted so far
 */
export function matchSeries(frame: Buffer, parts: readonly Buffer[], needed: number): MatchResult {
  const number = frameNumber(frame);
  if (number < 1 || number > needed) return 'foreign';
  if (parts.at(-1)?.equals(frame) === true || parts.length >= MOST_RESPONSES * needed) return 'foreign';
  const last = [...parts, frame].slice(-needed);
  const isWhole = last.length === needed && last.every((part, i) => frameNumber(part) === i + 1);
  return isWhole ? 'complete' : 'part';
}

/**
 * The values of the frames in order. Frames of an earlier response may stand in front of them (daly.md 10).
 * @param width bytes of values in each frame; what follows them is left over from other responses (daly.md 3)
 */
export function joinSeries(parts: readonly Buffer[], needed: number, width: number): Buffer {
  const joined = Buffer.allocUnsafe(needed * width).fill(0);
  parts.slice(-needed).forEach((part, index) => {
    // Faster than Buffer.copy for so few bytes.
    for (let i = 0; i < width; i++) joined[index * width + i] = part[DATA_AT + 1 + i] ?? 0;
  });
  return joined;
}

/** The data of `count` numbered frames, from their values in order: the reverse of `joinSeries`. */
export function splitSeries(values: Buffer, count: number, width: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const data = Buffer.alloc(DATA_LENGTH);
    data.writeUInt8(index + 1, 0);
    values.subarray(index * width, (index + 1) * width).copy(data, 1);
    return data;
  });
}

function frameNumber(frame: Buffer): number {
  return frame.readUInt8(DATA_AT);
}
