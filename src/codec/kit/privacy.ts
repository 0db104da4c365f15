import { crc16Modbus } from './checksum';
import type { FrameFormat } from './framing';

/**
 * How private bytes are masked: `text` character by character (a serial number, a password, a user's own words), `name`
 * only where it looks like a serial number or a MAC address (a name often contains the model), `bytes` wholly.
 */
export type PrivateKind = 'text' | 'name' | 'bytes';

/** Private bytes: from, up to but not including, `to`. */
export interface PrivateRange {
  readonly from: number;
  readonly to: number;
  readonly kind: PrivateKind;
}

/**
 * Where secrets, serial numbers and MAC addresses stand in the frames of a protocol, so that a report or a recording can
 * leave them out. A protocol whose frames hold none has empty tables.
 */
export interface Privacy {
  /** The private bytes of what a host sends, which may be several frames. */
  sent(request: Buffer): readonly PrivateRange[];
  /** The private bytes of a whole frame of a board. @param request what it may be the answer to; empty where nothing was asked */
  received(frame: Buffer, request: Buffer): readonly PrivateRange[];
  /** What the answer to a request holds: masked also where it comes damaged or cut. @returns undefined for nothing private */
  asksFor(request: Buffer): PrivateKind | undefined;
  /** frames that come besides those of `Protocol.frames`: to a login, to a write */
  readonly frames?: readonly FrameFormat[];
  /** Puts the checksums of a whole frame right, in place. */
  seal(frame: Buffer): void;
}

/** Nothing private in either direction, for protocols that carry numbers only. */
export const NOTHING_PRIVATE: Privacy = {
  sent: () => [],
  received: () => [],
  asksFor: () => undefined,
  seal: () => undefined,
};

/**
 * The private bytes of a part of a board's memory.
 * @param memory what is private, in the addresses of the board
 * @param start address of the first byte that the frame carries; @param length how many bytes it carries
 * @param at where they begin in the frame
 */
export function privateIn(
  memory: readonly PrivateRange[],
  start: number,
  length: number,
  at: number,
): readonly PrivateRange[] {
  const inside = memory.filter(({ from, to }) => from < start + length && to > start);
  return inside.map(({ from, to, kind }) => ({
    from: at + Math.max(from, start) - start,
    to: at + Math.min(to, start + length) - start,
    kind,
  }));
}

/** One range as a list, and nothing for a range that is empty. */
export function oneRange(from: number, to: number, kind: PrivateKind): readonly PrivateRange[] {
  return from < to ? [{ from, to, kind }] : [];
}

/** Writes the CRC-16 of the bytes from `start` up to `crcAt` behind them, where there is room for it. */
export function sealCrc16(frame: Buffer, start: number, crcAt: number): void {
  if (crcAt >= start && crcAt + 2 <= frame.length) frame.writeUInt16LE(crc16Modbus(frame, start, crcAt), crcAt);
}
