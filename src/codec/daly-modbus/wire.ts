import { crc16Modbus } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';

/** Requests and answers of boards without a board number: nothing but the D2 map (daly-modbus.md 1). */
export const D2 = 0xd2;

export const FIRST_BOARD = 1;
export const LAST_BOARD = 17;

/** Board n is asked at 80 + n and answers from 50 + n (daly-modbus.md 1). */
const REQUEST_BASE = 0x80;
const ANSWER_BASE = 0x50;

/** One side of an exchange: which bytes stand for the board in a request and in an answer. */
export interface Station {
  readonly asked: number;
  readonly answers: number;
}

export const d2Station: Station = { asked: D2, answers: D2 };

/** @param board from 1 to 17 */
export function boardStation(board: number): Station {
  return { asked: REQUEST_BASE + board, answers: ANSWER_BASE + board };
}

const READ = 0x03;
const REFUSED = 0x80 + READ;
const CRC_LENGTH = 2;

const REQUEST_LENGTH = 8;
const START_AT = 2;
const COUNT_AT = 4;

/** `addr 03 bytes data crc`; a refusal is `addr 83 code crc`. */
const SIZE_AT = 2;
const DATA_AT = 3;
const LONGEST_DATA = 250;
const REFUSAL_LENGTH = 5;

export function isAnswerAddress(address: number | undefined = 0): boolean {
  return address === D2 || (address >= ANSWER_BASE + FIRST_BOARD && address <= ANSWER_BASE + LAST_BOARD);
}

/** Whether the last two of these bytes are the CRC of those before (daly-modbus.md 3). */
export function closes(bytes: Buffer, at: number, length: number): boolean {
  const crcAt = at + length - CRC_LENGTH;
  return crc16Modbus(bytes, at, crcAt) === bytes.readUInt16LE(crcAt);
}

/**
 * Answers to reads (daly-modbus.md 3). There is no start byte, so that all three bytes of the head are checked before a
 * CRC is waited for. The echo of a request is none: its third byte, the upper one of a register, is no even size.
 */
export const frames: FrameFormat = {
  maxLength: DATA_AT + LONGEST_DATA + CRC_LENGTH,
  measure(bytes, at, end) {
    const available = end - at;
    if (!isAnswerAddress(bytes[at])) return NO_FRAME;
    if (available <= 1) return INCOMPLETE;
    const command = bytes[at + 1];
    if (command !== READ && command !== REFUSED) return NO_FRAME;
    if (available <= SIZE_AT) return INCOMPLETE;
    const size = bytes[at + SIZE_AT] ?? 0;
    if (command === READ && (size === 0 || size % 2 !== 0 || size > LONGEST_DATA)) return NO_FRAME;
    const length = command === READ ? DATA_AT + size + CRC_LENGTH : REFUSAL_LENGTH;
    if (available < length) return INCOMPLETE;
    return closes(bytes, at, length) ? length : BAD_CHECKSUM;
  },
};

export const addressOf = (frame: Buffer): number => frame.readUInt8(0);

/** The registers in an answer, as a view of the frame; nothing in a refusal. */
export function dataOf(frame: Buffer): Buffer {
  return frame.subarray(DATA_AT, Math.max(DATA_AT, frame.length - CRC_LENGTH));
}

/** The code of a refusal; undefined for an answer with data. */
export function refusalOf(frame: Buffer): number | undefined {
  return frame[1] === REFUSED ? frame[2] : undefined;
}

/** Writes the CRC into the last two bytes. */
export function closed(frame: Buffer): Buffer {
  const crcAt = frame.length - CRC_LENGTH;
  frame.writeUInt16LE(crc16Modbus(frame, 0, crcAt), crcAt);
  return frame;
}

/** The request for `count` registers from `start` on. */
export function encodeRequest({ asked }: Station, start: number, count: number): Buffer {
  const frame = Buffer.alloc(REQUEST_LENGTH);
  frame.set([asked, READ]);
  frame.writeUInt16BE(start, START_AT);
  frame.writeUInt16BE(count, COUNT_AT);
  return closed(frame);
}

/** The answer that brings these registers. */
export function encodeAnswer({ answers }: Station, data: Buffer): Buffer {
  const frame = Buffer.alloc(DATA_AT + data.length + CRC_LENGTH);
  frame.set([answers, READ, data.length]);
  data.copy(frame, DATA_AT);
  return closed(frame);
}

/**
 * The board that listens at an address of requests; its number is undefined for D2.
 * @returns undefined when there is none
 */
export function boardAt(asked: number): { board: number | undefined } | undefined {
  if (asked === D2) return { board: undefined };
  const board = asked - REQUEST_BASE;
  return board < FIRST_BOARD || board > LAST_BOARD ? undefined : { board };
}

/**
 * What a board reads in a request.
 * @returns undefined when it is no whole, valid read of the board or of D2; `board` is undefined for D2
 */
export function decodeRequest(
  request: Buffer,
): { board: number | undefined; start: number; count: number } | undefined {
  if (request.length !== REQUEST_LENGTH || request[1] !== READ || !closes(request, 0, REQUEST_LENGTH)) return undefined;
  const board = boardAt(addressOf(request));
  if (board === undefined) return undefined;
  return { ...board, start: request.readUInt16BE(START_AT), count: request.readUInt16BE(COUNT_AT) };
}
