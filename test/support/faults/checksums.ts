/*
 * The checksums of all protocols once more, from their documentation and without the code of the package: what has been
 * accepted must have held one, so that a session that skips the checksum is found out.
 */

function total(bytes: Buffer): number {
  return bytes.reduce((sum, byte) => sum + byte, 0);
}

/** CRC of `width` bits, bit by bit. */
function crc(bytes: Buffer, width: 8 | 16): number {
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

const modbus = (frame: Buffer): boolean =>
  frame.length > 2 && crc(frame.subarray(0, -2), 16) === frame.readUInt16LE(frame.length - 2);

const lastByte = (frame: Buffer): boolean => (total(frame.subarray(0, -1)) & 0xff) === frame.at(-1);

/** `dd` and what is not covered in front, checksum and `77` behind. */
const jbd =
  (from: number) =>
  (frame: Buffer): boolean =>
    ((total(frame.subarray(from, -3)) + frame.readUInt16BE(frame.length - 3)) & 0xffff) === 0;

/** The main part of a frame, whose length is its sixth byte. */
function ant(frame: Buffer): boolean {
  const at = 6 + (frame[5] ?? 0);
  return at + 2 <= frame.length && crc(frame.subarray(1, at), 16) === frame.readUInt16LE(at);
}

/** A record of 300 bytes with the acknowledgement of the write behind, or a Modbus message. */
function jkModbus(frame: Buffer): boolean {
  return frame[0] === 0x55 ? lastByte(frame.subarray(0, 300)) && modbus(frame.subarray(-8)) : modbus(frame);
}

const HOLDS: Readonly<Record<string, (frame: Buffer, request: Buffer) => boolean>> = {
  jbd: jbd(2),
  'jbd-addressed': jbd(1),
  'jbd-up16s': modbus,
  daly: lastByte,
  'daly-modbus': modbus,
  ant,
  'ant-legacy': (frame) => (total(frame.subarray(4, -2)) & 0xffff) === frame.readUInt16BE(frame.length - 2),
  jk: (frame) => (total(frame.subarray(0, -4)) & 0xffff) === frame.readUInt32BE(frame.length - 4),
  'jk-modbus': jkModbus,
  'jk-ble': lastByte,
  sinowealth: (frame, request) => crc(Buffer.concat([request, frame.subarray(0, -1)]), 8) === frame.at(-1),
};

/**
 * Whether the checksum of a frame is right.
 * @param request what it answers: some checksums cover it
 * @throws when the protocol has none here
 */
export function holds(protocol: string, frame: Buffer, request: Buffer): boolean {
  const check = HOLDS[protocol];
  if (check === undefined) throw new Error(`write the checksum of ${protocol} down in this file`);
  return check(frame, request);
}

/**
 * The share of damaged frames whose checksum is right by chance, where it has eight bits; those of sixteen miss one in
 * 65,536. Answers of Sinowealth boards begin with nothing: every byte of noise may be the end of one.
 */
export const WEAKNESS: Readonly<Record<string, number>> = { daly: 1 / 256, 'jk-ble': 1 / 256, sinowealth: 16 / 256 };
