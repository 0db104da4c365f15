/** Sum of the bytes from `start` up to, not including, `end`. */
export function sum(bytes: Buffer, start: number, end: number): number {
  let total = 0;
  for (let i = start; i < end; i++) total += bytes[i] ?? 0;
  return total;
}

/**
 * CRC-16/MODBUS (reflected polynomial a001, start ffff) over the bytes from `start` up to `end`. Two bytes at a time, as each
 * step has to wait for the one before; an odd one comes first.
 */
export function crc16Modbus(bytes: Buffer, start: number, end: number): number {
  let crc = 0xffff;
  let i = start;
  if ((end - start) % 2 === 1) crc = (crc >>> 8) ^ (CRC16_TABLE[(crc ^ (bytes[i++] ?? 0)) & 0xff] ?? 0);
  for (; i < end; i += 2) {
    const word = crc ^ ((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
    crc = (CRC16_BEFORE_TABLE[word & 0xff] ?? 0) ^ (CRC16_TABLE[word >>> 8] ?? 0);
  }
  return crc;
}

const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/** The same for a byte behind which another one, 00, comes. */
const CRC16_BEFORE_TABLE = CRC16_TABLE.map((crc) => (crc >>> 8) ^ (CRC16_TABLE[crc & 0xff] ?? 0));

/**
 * CRC-8 (polynomial 07, not reflected) over the bytes from `start` up to `end`.
 * @param crc where to go on from: the result for the bytes before, 0 at the beginning
 */
export function crc8(bytes: Buffer, start: number, end: number, crc = 0): number {
  for (let i = start; i < end; i++) crc = CRC8_TABLE[crc ^ (bytes[i] ?? 0)] ?? 0;
  return crc;
}

const CRC8_TABLE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80) !== 0 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  return crc;
});
