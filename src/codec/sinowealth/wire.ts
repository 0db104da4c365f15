import { crc8 } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, type FrameFormat } from '../kit/framing';

/** `0a command n`: asks n bytes of a register (sinowealth.md 3). */
const START = 0x0a;
const REQUEST_LENGTH = 3;
const COMMAND_AT = 1;
const WIDTH_AT = 2;
const CRC_LENGTH = 1;

/** Bytes of a register: 2, or 4 for currents and capacities. */
export type Width = 2 | 4;

export function buildRead(command: number, width: Width): Buffer {
  return Buffer.from([START, command, width]);
}

/** @returns undefined when the bytes are no whole request */
export function parseRead(request: Buffer): { command: number; width: number } | undefined {
  if (request.length !== REQUEST_LENGTH || request[0] !== START) return undefined;
  return { command: request.readUInt8(COMMAND_AT), width: request.readUInt8(WIDTH_AT) };
}

/** The data and a check byte, which covers the request as well (sinowealth.md 3). */
export function buildResponse(request: Buffer, data: Buffer): Buffer {
  const check = crc8(data, 0, data.length, crc8(request, 0, REQUEST_LENGTH));
  return Buffer.concat([data, Buffer.from([check])]);
}

/** Whether the request stands at this place, as on half-duplex lines, which give it back. */
function isEchoAt(bytes: Buffer, at: number, request: Buffer): boolean {
  for (let i = 0; i < REQUEST_LENGTH; i++) if (bytes[at + i] !== request[i]) return false;
  return true;
}

/** Whether a frame that came is data with a check byte, and not the request that came back. */
export function isResponseTo(request: Buffer, frame: Buffer): boolean {
  return frame.length === responseLength(request) && !isEchoAt(frame, 0, request);
}

export function responseLength(request: Buffer): number {
  return (request[WIDTH_AT] ?? 0) + CRC_LENGTH;
}

/**
 * The answers to one request. They have neither start nor length: nothing but the check byte, which depends on the
 * request, distinguishes an answer from noise. An echo of the request is a frame of its own, so that it is skipped as a whole
 * and no answer is looked for inside it.
 */
export function framesFor(request: Buffer): FrameFormat {
  const length = responseLength(request);
  const ofRequest = crc8(request, 0, REQUEST_LENGTH);
  return {
    maxLength: length,
    measure(bytes, at, end) {
      if (end - at < REQUEST_LENGTH) return INCOMPLETE;
      if (isEchoAt(bytes, at, request)) return REQUEST_LENGTH;
      if (end - at < length) return INCOMPLETE;
      const checkAt = at + length - CRC_LENGTH;
      return crc8(bytes, at, checkAt, ofRequest) === bytes[checkAt] ? length : BAD_CHECKSUM;
    },
  };
}
