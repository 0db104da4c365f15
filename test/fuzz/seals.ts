import { crc16Modbus, crc8, sum } from '../../src/codec/kit/checksum';

/** Length of the frame that seems to begin at a place, with its checksum put right; 0 where none begins. */
type Seal = (bytes: Buffer, at: number, request: Buffer) => number;

/** Puts the sum or CRC of `from..to` where it belongs, if there is room for it. @returns whether there was */
function put(bytes: Buffer, width: 1 | 2 | 4, at: number, value: number, little = true): boolean {
  if (at < 0 || at + width > bytes.length) return false;
  if (little) bytes.writeUIntLE(value, at, width);
  else bytes.writeUIntBE(value, at, width);
  return true;
}

function crcAt(bytes: Buffer, from: number, to: number): number {
  return put(bytes, 2, to, to <= bytes.length ? crc16Modbus(bytes, from, to) : 0) ? to + 2 - from : 0;
}

const jbd =
  (headAt: number, coveredAt: number): Seal =>
  (bytes, at) => {
    const sumAt = at + headAt + 3 + (bytes[at + headAt + 2] ?? 0);
    if (bytes[at] !== 0xdd || !put(bytes, 2, sumAt, -sum(bytes, at + coveredAt, sumAt) & 0xffff, false)) return 0;
    if (sumAt + 2 < bytes.length) bytes[sumAt + 2] = 0x77;
    return sumAt + 3 - at;
  };

const daly: Seal = (bytes, at) =>
  bytes[at] === 0xa5 && put(bytes, 1, at + 12, sum(bytes, at, at + 12) & 0xff) ? 13 : 0;

const modbus: Seal = (bytes, at) => {
  const isRefusal = (bytes[at + 1] ?? 0) >= 0x80;
  return crcAt(bytes, at, at + (isRefusal ? 3 : 3 + (bytes[at + 2] ?? 0)));
};

const up16s: Seal = (bytes, at) => {
  if (at + 8 > bytes.length) return 0;
  const end = at + 8 + bytes.readUInt16BE(at + 6);
  return crcAt(bytes, at, end);
};

const ant: Seal = (bytes, at) => {
  if (bytes[at] !== 0x7e) return 0;
  const first = at + 6 + ((bytes[at + 2] ?? 0) < 0x10 ? 0 : (bytes[at + 5] ?? 0));
  let next = first + 2;
  if (crcAt(bytes, at + 1, first) === 0) return 0;
  while (bytes[next] === 0xff || bytes[next] === 0xfe) {
    const end = next + 4 + (bytes[next + 3] ?? 0);
    if (crcAt(bytes, next, end) === 0) return 0;
    next = end + 2;
  }
  return next + 2 - at;
};

const antLegacy: Seal = (bytes, at) =>
  bytes[at] === 0xaa && put(bytes, 2, at + 138, sum(bytes, at + 4, at + 138) & 0xffff, false) ? 140 : 0;

const jk: Seal = (bytes, at) => {
  if (bytes[at] !== 0x4e || at + 4 > bytes.length) return 0;
  const end = at + 2 + bytes.readUInt16BE(at + 2);
  if (end - at < 20 || end > bytes.length) return 0;
  bytes[end - 5] = 0x68;
  return put(bytes, 4, end - 4, sum(bytes, at, end - 4) & 0xffff, false) ? end - at : 0;
};

const record: Seal = (bytes, at) =>
  bytes[at] === 0x55 && put(bytes, 1, at + 299, sum(bytes, at, at + 299) & 0xff) ? 300 : 0;

const command: Seal = (bytes, at) =>
  bytes[at] === 0xaa && put(bytes, 1, at + 19, sum(bytes, at, at + 19) & 0xff) ? 20 : 0;

const jkModbus: Seal = (bytes, at) => {
  if (bytes[at] !== 0x55) return bytes[at + 1] === 0x10 ? crcAt(bytes, at, at + 9) : modbus(bytes, at, bytes);
  if (record(bytes, at, bytes) === 0) return 0;
  const next = at + 300 + (bytes[at + 301] === 0x10 ? 0 : 1);
  return crcAt(bytes, next, next + 6) === 0 ? 300 : next + 8 - at;
};

const sinowealth: Seal = (bytes, at, request) => {
  const width = request[2] ?? 0;
  const ofRequest = crc8(request, 0, 3);
  const end = at + width;
  return put(bytes, 1, end, end < bytes.length ? crc8(bytes, at, end, ofRequest) : 0) ? width + 1 : 0;
};

const SEALS: Readonly<Record<string, Seal | undefined>> = {
  ...{ jbd: jbd(1, 2), 'jbd-addressed': jbd(2, 1), 'jbd-up16s': up16s, daly, 'daly-modbus': modbus },
  ...{ ant, 'ant-legacy': antLegacy, jk, 'jk-modbus': jkModbus, sinowealth },
  'jk-ble': (bytes, at, request) => record(bytes, at, request) || command(bytes, at, request),
};

/** Whether the checksums of a protocol are known here, without which its decoders are hardly ever reached. */
export function hasSeal(protocol: string): boolean {
  return SEALS[protocol] !== undefined;
}

/** Puts the checksums of a mutated stream right, so that what it says gets as far as the decoder. */
export function sealed(protocol: string, stream: Buffer, request: Buffer): Buffer {
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length;) at += SEALS[protocol]?.(bytes, at, request) || 1;
  return bytes;
}
