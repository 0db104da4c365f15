import { INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { CRC_LENGTH, measureWhole, withCrc } from '../kit/modbus';

/** `addr fc start16 end16 len16 data crc16`; start and end are byte offsets (jbd.md 11.1). */
const START_AT = 2;
const END_AT = 4;
const LENGTH_AT = 6;
export const DATA_AT = 8;
const LONGEST_DATA = 512;

export const MIN_ADDRESS = 1;
export const MAX_ADDRESS = 247;

/** Reads a block. */
export const READ = 0x78;
/** Writes a block. */
export const WRITE = 0x79;
/** Individual status: not used here, but its answers to others are frames all the same. */
export const INDIVIDUAL_STATUS = 0x45;

/** Stands before what is written: 11 "JBD" (jbd.md 11.1). */
const WRITE_PREFIX = Buffer.from('114a4244', 'hex');

const NO_DATA = Buffer.alloc(0);

/** Frames have no start byte, so that everything a header promises is checked before its CRC is waited for. */
export const frames: FrameFormat = {
  maxLength: DATA_AT + LONGEST_DATA + CRC_LENGTH,
  measure(bytes, at, end) {
    const available = end - at;
    const address = bytes[at] ?? 0;
    if (address < MIN_ADDRESS || address > MAX_ADDRESS) return NO_FRAME;
    if (available < START_AT) return INCOMPLETE;
    const command = bytes[at + 1];
    if (command !== READ && command !== INDIVIDUAL_STATUS && command !== WRITE) return NO_FRAME;
    if (available < DATA_AT) return INCOMPLETE;
    const blockLength = bytes.readUInt16BE(at + END_AT) - bytes.readUInt16BE(at + START_AT);
    if (blockLength <= 0 || blockLength > LONGEST_DATA) return NO_FRAME;
    const dataLength = bytes.readUInt16BE(at + LENGTH_AT);
    if (dataLength > LONGEST_DATA) return NO_FRAME;
    return measureWhole(bytes, at, end, DATA_AT + dataLength + CRC_LENGTH);
  },
};

export const addressOf = (frame: Buffer): number => frame.readUInt8(0);
export const commandOf = (frame: Buffer): number => frame.readUInt8(1);
export const startOf = (frame: Buffer): number => frame.readUInt16BE(START_AT);
export const endOf = (frame: Buffer): number => frame.readUInt16BE(END_AT);

/** The payload, as a view of the frame. */
export function dataOf(frame: Buffer): Buffer {
  return frame.subarray(DATA_AT, frame.length - CRC_LENGTH);
}

/** What a request to write carries; undefined when it is none. */
export function writtenOf(frame: Buffer): Buffer | undefined {
  const data = dataOf(frame);
  const isPrefixed = data.subarray(0, WRITE_PREFIX.length).equals(WRITE_PREFIX);
  return commandOf(frame) === WRITE && isPrefixed ? data.subarray(WRITE_PREFIX.length) : undefined;
}

/** A request to write. @param value as long as the block; @param start first byte offset of the block */
export function buildWrite(address: number, start: number, value: Buffer): Buffer {
  return build(address, start, start + value.length, Buffer.concat([WRITE_PREFIX, value]), WRITE);
}

/**
 * A frame that reads or writes a block, or answers that.
 * @param start first byte offset of the block; @param end the offset behind its last byte
 * @param data what the block holds; nothing in a request to read, nor in the answer to one that writes
 */
export function build(
  address: number,
  start: number,
  end: number,
  data: Buffer = NO_DATA,
  command: number = READ,
): Buffer {
  const frame = Buffer.alloc(DATA_AT + data.length + CRC_LENGTH);
  frame[0] = address;
  frame[1] = command;
  frame.writeUInt16BE(start, START_AT);
  frame.writeUInt16BE(end, END_AT);
  frame.writeUInt16BE(data.length, LENGTH_AT);
  data.copy(frame, DATA_AT);
  return withCrc(frame);
}
