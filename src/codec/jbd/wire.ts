import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';

const START = 0xdd;
const END = 0x77;
/** checksum and end byte */
const TRAILER = 3;
const LONGEST_DATA = 0xff;

/** The first header byte of a request that reads. */
export const READ = 0xa5;
/** The first header byte of a request that writes. */
export const WRITE = 0x5a;

const NO_DATA = Buffer.alloc(0);

/**
 * The frames of one variant: `dd [address] head tail n data checksum 77`. In a request head is a5 or 5a and tail is
 * the register; in a reply head is the register and tail the status. Both have the same checksum rule.
 */
export interface Wire {
  readonly frames: FrameFormat;
  /** The address that a frame carries; 0 in the variant without addresses. */
  addressOf(frame: Buffer): number;
  headOf(frame: Buffer): number;
  tailOf(frame: Buffer): number;
  /** The payload, as a view of the frame. */
  dataOf(frame: Buffer): Buffer;
  build(address: number, head: number, tail: number, data?: Buffer): Buffer;
}

function wire(addressed: boolean): Wire {
  const headAt = addressed ? 2 : 1;
  const tailAt = headAt + 1;
  const lengthAt = headAt + 2;
  const dataAt = headAt + 3;
  // Classic leaves the byte after `dd` out of the sum, the addressed variant counts everything (jbd.md 3, 9).
  const coveredAt = addressed ? 1 : tailAt;
  const checksum = (bytes: Buffer, at: number, end: number): number => -sum(bytes, at + coveredAt, end) & 0xffff;

  return {
    frames: {
      maxLength: dataAt + LONGEST_DATA + TRAILER,
      // The length byte decides where a frame ends, because payloads contain 77 too (jbd.md 3).
      measure(bytes, at, end) {
        if (bytes[at] !== START) return NO_FRAME;
        if (end - at < dataAt) return INCOMPLETE;
        const length = dataAt + (bytes[at + lengthAt] ?? 0) + TRAILER;
        if (end - at < length) return INCOMPLETE;
        const last = at + length - 1;
        if (bytes[last] !== END) return NO_FRAME;
        return checksum(bytes, at, last - 2) === bytes.readUInt16BE(last - 2) ? length : BAD_CHECKSUM;
      },
    },
    addressOf: (frame) => (addressed ? frame.readUInt8(1) : 0),
    headOf: (frame) => frame.readUInt8(headAt),
    tailOf: (frame) => frame.readUInt8(tailAt),
    dataOf: (frame) => frame.subarray(dataAt, frame.length - TRAILER),
    build(address, head, tail, data: Buffer = NO_DATA) {
      const frame = Buffer.alloc(dataAt + data.length + TRAILER);
      frame[0] = START;
      if (addressed) frame[1] = address;
      frame[headAt] = head;
      frame[tailAt] = tail;
      frame[lengthAt] = data.length;
      data.copy(frame, dataAt);
      const end = dataAt + data.length;
      frame.writeUInt16BE(checksum(frame, 0, end), end);
      frame[end + 2] = END;
      return frame;
    },
  };
}

/** `dd`, without address (jbd.md 3). */
export const classicWire: Wire = wire(false);

/** `dd <address>` (jbd.md 9). */
export const addressedWire: Wire = wire(true);
