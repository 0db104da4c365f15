/** Sum of all bytes, as many low bits as asked for. */
export function sum(bytes: Uint8Array, bits: 8 | 16): number {
  let total = 0;
  for (const byte of bytes) total += byte;
  return total & (bits === 8 ? 0xff : 0xffff);
}

/** What is missing to 0x10000, as JBD boards seal their frames. */
export function complement(bytes: Uint8Array): number {
  return (0x10000 - sum(bytes, 16)) & 0xffff;
}

/** CRC-16 of Modbus: polynomial A001, begun with FFFF. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** The same as two bytes, the low one first. */
export function crcBytes(bytes: Uint8Array): Buffer {
  const crc = crc16(bytes);
  return Buffer.from([crc & 0xff, crc >> 8]);
}

export function be16(value: number): Buffer {
  return Buffer.from([(value >> 8) & 0xff, value & 0xff]);
}

export function le16(value: number): Buffer {
  return Buffer.from([value & 0xff, (value >> 8) & 0xff]);
}

export function be32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** A text of a fixed length, filled up with NUL or another byte. */
export function text(value: string, length: number, fill = 0): Buffer {
  const bytes = Buffer.alloc(length, fill);
  bytes.write(value, 'ascii');
  return bytes;
}

/** A number with the bits set that a list names, from 0. */
export function bits(numbers: readonly number[]): number {
  return numbers.reduce((word, bit) => word + 2 ** bit, 0);
}
