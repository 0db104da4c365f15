import type { Reading } from '../../src/battery/reading';
import { sum } from '../../src/codec/kit/checksum';
import { put, total } from './checks';
import type { Seal } from './kit';
import { setBits } from './straight-line';

/** `dd` and what is not covered in front, checksum and `77` behind (jbd.md 3, 9). */
export const endsWithJbdSum =
  (from: number) =>
  (frame: Buffer): boolean =>
    ((total(frame.subarray(from, -3)) + frame.readUInt16BE(frame.length - 3)) & 0xffff) === 0;

export const sealJbd =
  (headAt: number, coveredAt: number): Seal =>
  (bytes, at) => {
    const sumAt = at + headAt + 3 + (bytes[at + headAt + 2] ?? 0);
    if (bytes[at] !== 0xdd || !put(bytes, 2, sumAt, -sum(bytes, at + coveredAt, sumAt) & 0xffff, false)) return 0;
    if (sumAt + 2 < bytes.length) bytes[sumAt + 2] = 0x77;
    return sumAt + 3 - at;
  };

/** What the basic information of both kinds begins with. */
export function head(frame: Buffer, at: number): Reading {
  const flags = frame.readUInt8(at + 20);
  const per = (flags & 0x80) === 0 ? 100 : 10;
  const date = frame.readUInt16BE(at + 10);
  const month = String((date >> 5) & 15).padStart(2, '0');
  const day = String(date & 31).padStart(2, '0');
  const version = frame.readUInt8(at + 18);
  return {
    voltage: frame.readUInt16BE(at) / 100,
    current: frame.readInt16BE(at + 2) / per,
    remainingCapacity: frame.readUInt16BE(at + 4) / per,
    designCapacity: frame.readUInt16BE(at + 6) / per,
    cycles: frame.readUInt16BE(at + 8),
    soc: frame.readUInt8(at + 19),
    chargeEnabled: (flags & 1) !== 0,
    dischargeEnabled: (flags & 2) !== 0,
    chargeSwitch: true,
    dischargeSwitch: true,
    cellCount: frame.readUInt8(at + 21),
    manufactureDate: `${2000 + (date >> 9)}-${month}-${day}`,
    balancingCells: setBits((frame.readUInt16BE(at + 14) << 16) | frame.readUInt16BE(at + 12)),
    softwareVersion: `${(version >> 4).toString(16)}.${(version & 15).toString(16)}`,
  };
}

export function temperatures(frame: Buffer, at: number, count: number): (number | null)[] {
  const values: (number | null)[] = [];
  for (let sensor = 0; sensor < count; sensor++) {
    const raw = frame.readUInt16BE(at + 2 * sensor);
    values.push(raw === 0x097f || raw === 0x1087 ? null : (raw - 2731) / 10);
  }
  return values;
}
