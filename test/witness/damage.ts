import { integer, pick, type Lottery } from '../../src/simulator/seeded';
import { complement, crcBytes, sum } from './boards/sums';

/** What a line does to an answer. */
export const DAMAGES = ['flips', 'swap', 'shift', 'merged', 'late', 'foreign', 'cut'] as const;

export type Damage = (typeof DAMAGES)[number];

export interface Piece {
  readonly bytes: Buffer;
  readonly delayMs: number;
}

export interface Damaged {
  readonly kind: Damage;
  readonly pieces: readonly Piece[];
}

/** How late a late answer comes at the most, ms: into the next exchanges. */
const LATEST_MS = 4000;

/**
 * Damages an answer.
 * @param before the answer that went over the line before it
 * @param foreign what another board says
 */
export function damage(draw: Lottery, bytes: Buffer, before: Buffer, foreign: Buffer): Damaged {
  const kind = pick(draw, DAMAGES);
  const whole = (changed: Buffer): Damaged => ({ kind, pieces: [{ bytes: changed, delayMs: 0 }] });
  const copy = Buffer.from(bytes);
  const place = (): number => integer(draw, 0, bytes.length - 1);
  switch (kind) {
    case 'flips':
      for (let n = integer(draw, 1, 4); n > 0; n--) {
        const at = place();
        copy[at] = (copy[at] ?? 0) ^ (1 << integer(draw, 0, 7));
      }
      return whole(copy);
    case 'swap': {
      const [a, b] = near(draw, bytes.length);
      [copy[a], copy[b]] = [copy[b] ?? 0, copy[a] ?? 0];
      return whole(copy);
    }
    case 'shift': {
      const [a, b] = near(draw, bytes.length);
      const by = integer(draw, 1, 60);
      copy[a] = ((copy[a] ?? 0) + by) & 0xff;
      copy[b] = ((copy[b] ?? 0) - by) & 0xff;
      return whole(copy);
    }
    case 'merged': {
      const at = place();
      return whole(Buffer.concat([before.subarray(0, at), bytes.subarray(at)]));
    }
    case 'late':
      return { kind, pieces: [{ bytes, delayMs: integer(draw, 200, LATEST_MS) }] };
    case 'foreign':
      return whole(foreign.length > 0 ? foreign : copy);
    case 'cut':
      return whole(copy.subarray(0, place()));
  }
}

/** Two places that are not far from each other, as the bytes of one value are. */
function near(draw: Lottery, length: number): [number, number] {
  const a = integer(draw, 0, length - 1);
  const b = Math.min(length - 1, Math.max(0, a + integer(draw, 1, 6)));
  return [a, b === a ? Math.max(0, a - 1) : b];
}

/** Whether what comes out of the line still has the sum of a frame of its protocol, by the sheet. */
export function keepsSum(protocol: string, bytes: Buffer): boolean {
  switch (protocol) {
    case 'jbd': {
      const end = bytes.length - 3;
      return bytes.length >= 7 && bytes.readUInt16BE(end) === complement(bytes.subarray(2, end));
    }
    case 'daly':
      return frames(bytes, 13).some((frame) => frame[12] === sum(frame.subarray(0, 12), 8));
    case 'jk': {
      const end = bytes.length - 2;
      return bytes.length >= 21 && bytes.readUInt16BE(end) === sum(bytes.subarray(0, end - 2), 16);
    }
    case 'ant': {
      const end = 6 + (bytes[5] ?? 0);
      return bytes.length >= end + 2 && bytes.subarray(end, end + 2).equals(crcBytes(bytes.subarray(1, end)));
    }
    case 'jk-modbus':
    case 'jk-ble':
      return bytes.length >= 300 && bytes[299] === sum(bytes.subarray(0, 299), 8);
    default:
      throw new Error(`no sum of ${protocol} is known`);
  }
}

function frames(bytes: Buffer, length: number): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / length) }, (_, i) =>
    bytes.subarray(i * length, (i + 1) * length),
  );
}
