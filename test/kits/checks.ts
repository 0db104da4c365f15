import { crc16Modbus, sum } from '../../src/codec/kit/checksum';
import type { Seal } from './kit';

/*
 * Checksums of the kits. `total` and `crc` are written here once more, without the code of the package: what a session has
 * accepted must have held one. Putting checksums right for the fuzzer is no check, and uses the code.
 */

export function total(bytes: Buffer): number {
  return bytes.reduce((before, byte) => before + byte, 0);
}

/** CRC of `width` bits, bit by bit: Modbus with 16, ATM (polynomial 07) with 8. */
export function crc(bytes: Buffer, width: 8 | 16): number {
  let rest = width === 16 ? 0xffff : 0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      if (width === 16) rest = (rest & 1) === 1 ? (rest >>> 1) ^ 0xa001 : rest >>> 1;
      else rest = ((rest << 1) ^ ((rest & 0x80) === 0 ? 0 : 0x07)) & 0xff;
    }
  }
  return rest;
}

/** A CRC of 16 bits, low byte first, behind all that it covers. */
export function endsWithCrc(frame: Buffer): boolean {
  return frame.length > 2 && crc(frame.subarray(0, -2), 16) === frame.readUInt16LE(frame.length - 2);
}

/** The sum of all bytes before it, as the last byte. */
export function endsWithSum(frame: Buffer): boolean {
  return (total(frame.subarray(0, -1)) & 0xff) === frame.at(-1);
}

/** Puts a checksum where it belongs, if there is room for it. @returns whether there was */
export function put(bytes: Buffer, width: 1 | 2 | 4, at: number, value: number, little = true): boolean {
  if (at < 0 || at + width > bytes.length) return false;
  if (little) bytes.writeUIntLE(value, at, width);
  else bytes.writeUIntBE(value, at, width);
  return true;
}

/** Puts the CRC of `from..to` at `to`. @returns the length from `from` on; 0 when there is no room */
export function putCrc(bytes: Buffer, from: number, to: number): number {
  return put(bytes, 2, to, to <= bytes.length ? crc16Modbus(bytes, from, to) : 0) ? to + 2 - from : 0;
}

/** A frame of a start byte and a fixed length that ends with the sum of all before. */
export function sealOfSum(start: number, length: number): Seal {
  return (bytes, at) =>
    bytes[at] === start && put(bytes, 1, at + length - 1, sum(bytes, at, at + length - 1) & 0xff) ? length : 0;
}

/** A Modbus response that counts its bytes, or an exception. */
export const sealModbus: Seal = (bytes, at) => {
  const isException = (bytes[at + 1] ?? 0) >= 0x80;
  return putCrc(bytes, at, at + (isException ? 3 : 3 + (bytes[at + 2] ?? 0)));
};
