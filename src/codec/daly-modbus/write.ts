import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { BmsError } from '../../battery/errors';
import type { MatchResult } from '../untyped';
import { addressOf, boardAt, closed, closes, isAnswerAddress, type Station } from './wire';

/** Function 06 writes one register, and is answered with the same bytes (daly-modbus.md 3). */
const WRITE = 0x06;
const REFUSED = 0x80 + WRITE;

const LENGTH = 8;
const REGISTER_AT = 2;
const VALUE_AT = 4;
const REFUSAL_LENGTH = 5;

/** Answers to writes: `addr 06 register value crc`; a refusal is `addr 86 code crc`. */
export const writeFrames: FrameFormat = {
  maxLength: LENGTH,
  measure(bytes, at, end) {
    const available = end - at;
    if (!isAnswerAddress(bytes[at])) return NO_FRAME;
    if (available <= 1) return INCOMPLETE;
    const command = bytes[at + 1];
    if (command !== WRITE && command !== REFUSED) return NO_FRAME;
    const length = command === WRITE ? LENGTH : REFUSAL_LENGTH;
    if (available < length) return INCOMPLETE;
    return closes(bytes, at, length) ? length : BAD_CHECKSUM;
  },
};

function encode(address: number, register: number, value: number): Buffer {
  const frame = Buffer.alloc(LENGTH);
  frame.set([address, WRITE]);
  frame.writeUInt16BE(register, REGISTER_AT);
  frame.writeUInt16BE(value, VALUE_AT);
  return closed(frame);
}

/** The request that writes one register. */
export function encodeWrite({ asked }: Station, register: number, value: number): Buffer {
  return encode(asked, register, value);
}

/** The answer of a board that has understood it. */
export function encodeEcho({ answers }: Station, register: number, value: number): Buffer {
  return encode(answers, register, value);
}

/**
 * What a frame is to somebody who wrote a register. A D2 board acknowledges with the bytes of the request, so that the
 * echo of a half-duplex line looks the same: only what is read back proves anything (daly-modbus.md 7).
 * @param name of the register, for messages
 */
export function judgeEcho(frame: Buffer, station: Station, register: number, value: number, name: string): MatchResult {
  if (addressOf(frame) !== station.answers) return 'foreign';
  if (frame[1] === REFUSED) return refusal(frame.readUInt8(2), name);
  return frame.equals(encodeEcho(station, register, value)) ? 'complete' : 'foreign';
}

const UNKNOWN_FUNCTION = 1;
const UNKNOWN_REGISTER = 2;

/** One driver expects the codes of Modbus; boards seen stay silent (daly-modbus.md 3). */
function refusal(code: number, name: string): BmsError {
  if (code === UNKNOWN_FUNCTION || code === UNKNOWN_REGISTER) {
    return new BmsError('unsupported', `The board does not know ${name}; nothing was switched.`);
  }
  return new BmsError('rejected', `The board refuses ${name} with code ${code}; nothing was switched.`);
}

/**
 * What a board reads in a write.
 * @returns undefined when it is no whole, valid write for a board or for D2; `board` is undefined for D2
 */
export function decodeWrite(
  request: Buffer,
): { board: number | undefined; register: number; value: number } | undefined {
  if (request.length !== LENGTH || request[1] !== WRITE || !closes(request, 0, LENGTH)) return undefined;
  const board = boardAt(addressOf(request));
  if (board === undefined) return undefined;
  return { ...board, register: request.readUInt16BE(REGISTER_AT), value: request.readUInt16BE(VALUE_AT) };
}
