import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { settings } from './tables';
import { closed, hasCrc, LAST_ADDRESS, measureRefusal, REFUSED, word, WRITE } from './wire';

/*
 * Writes of settings (jk-modbus.md 3, 9): `<address> 10 <register> <count> <bytes> <data> <crc>`, answered by the same up to
 * the count, and a CRC.
 */

const ACKNOWLEDGEMENT_LENGTH = 8;
const REGISTER_AT = 2;
const COUNT_AT = 4;
const WIDTH_AT = 6;
const DATA_AT = 7;
const CRC_LENGTH = 2;
/** bytes; the longest setting that is written */
const WIDEST = 4;

/** high bytes of the registers of settings */
const PAGES: readonly (number | undefined)[] = [settings.register >> 8, (settings.register + settings.size) >> 8];

/** What came back to a write: its acknowledgement, a refusal, or the echo of the request. */
export const writeFrames: FrameFormat = {
  maxLength: DATA_AT + WIDEST + CRC_LENGTH,
  measure(bytes, at, end) {
    const available = end - at;
    if ((bytes[at] ?? 0) > LAST_ADDRESS) return NO_FRAME;
    if (available < 2) return INCOMPLETE;
    if (bytes[at + 1] === (REFUSED | WRITE)) return measureRefusal(bytes, at, end);
    if (bytes[at + 1] !== WRITE) return NO_FRAME;
    if (available > REGISTER_AT && !PAGES.includes(bytes[at + REGISTER_AT])) return NO_FRAME;
    if (available < ACKNOWLEDGEMENT_LENGTH) return INCOMPLETE;
    if (hasCrc(bytes, at, ACKNOWLEDGEMENT_LENGTH)) return ACKNOWLEDGEMENT_LENGTH;
    const width = bytes.readUInt8(at + WIDTH_AT);
    if (width === 0 || width > WIDEST || width !== 2 * bytes.readUInt16BE(at + COUNT_AT)) return BAD_CHECKSUM;
    const length = DATA_AT + width + CRC_LENGTH;
    if (available < length) return INCOMPLETE;
    return hasCrc(bytes, at, length) ? length : BAD_CHECKSUM;
  },
};

/** One write, by a host. */
export interface Write {
  address: number;
  register: number;
  /** whole registers */
  data: Buffer;
}

/** The request that writes. */
export function writeRequest({ address, register, data }: Write): Buffer {
  return closed([address, WRITE, ...word(register), ...word(data.length / 2), data.length], data);
}

/** The answer to it. */
export function writeAcknowledgement({ address, register, data }: Write): Buffer {
  return closed([address, WRITE, ...word(register), ...word(data.length / 2)]);
}

/** @returns undefined when it is no whole write of a setting; the CRC has been checked */
export function decodeWrite(request: Buffer): Write | undefined {
  const width = request[WIDTH_AT] ?? 0;
  const isWhole = request.length === DATA_AT + width + CRC_LENGTH && width > 0;
  if (!isWhole || request[1] !== WRITE || width !== 2 * request.readUInt16BE(COUNT_AT)) return undefined;
  const register = request.readUInt16BE(REGISTER_AT);
  const isSetting = register >= settings.register && register < settings.register + settings.size;
  return isSetting
    ? { address: request.readUInt8(0), register, data: request.subarray(DATA_AT, -CRC_LENGTH) }
    : undefined;
}
