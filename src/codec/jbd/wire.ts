import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { MEANINGS, type RefusalTable } from '../kit/refusal';

const START = 0xdd;
const END = 0x77;
/** checksum and end byte */
const TRAILER = 3;
const LONGEST_DATA = 0xff;

/** The first header byte of a request that reads. */
export const READ = 0xa5;
/** The first header byte of a request that writes. */
export const WRITE = 0x5a;

/** The status byte of a reply (jbd.md 3). */
export const STATUS = { done: 0x00, unknown: 0x80, invalid: 0x81, damaged: 0x82, locked: 0x83 } as const;

/** What a status other than 00 means in the reply to a read (jbd.md 3). */
export const READ_REFUSALS: RefusalTable = {
  [STATUS.unknown]: MEANINGS.unknown,
  [STATUS.invalid]: MEANINGS.busy,
  [STATUS.damaged]: MEANINGS.damaged,
  [STATUS.locked]: MEANINGS.locked,
};

/** In the reply to a write: 80 is also the answer of boards that know the request and forbid it (jbd.md 3). */
export const WRITE_REFUSALS: RefusalTable = {
  ...READ_REFUSALS,
  [STATUS.unknown]: MEANINGS.writeForbidden,
  [STATUS.damaged]: MEANINGS.writeDamaged,
};

/** In the reply to a command of register 0a, which only newer boards have: the others answer 80 (jbd.md 5). */
export const COMMAND_REFUSALS: RefusalTable = { ...WRITE_REFUSALS, [STATUS.unknown]: MEANINGS.writeUnknown };

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
