import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import { layout, type Endian, type Layout, type Row } from '../fields';
import type { Decoded, Facts } from '../protocol';

/**
 * One block of the board's memory, in both directions. Its offsets are the same whether it comes as a frame, where
 * numbers are little-endian, or as registers, where they are big-endian (jk-modbus 3, 4).
 */
export interface Block {
  /** address of its first byte as registers */
  readonly register: number;
  /** bytes that can be read as registers */
  readonly size: number;
  /** the register whose write asks for the block as a frame, and the type of that frame */
  readonly trigger: number;
  readonly type: number;
  /**
   * @param data the block from its first byte, as much of it as was read
   * @throws BmsError `malformed` when the content cannot be true
   */
  decode(data: Buffer, endian: Endian, facts: Facts): Decoded;
  /** @param pack completed by `derive` @param data zeros, as long as a frame's data */
  encode(pack: Reading, data: Buffer, endian: Endian): void;
}

/** A table for both orders of bytes. */
export function tables<T extends object>(rows: readonly Row<T>[]): Readonly<Record<Endian, Layout<T>>> {
  return { big: layout(rows, 'big'), little: layout(rows, 'little') };
}

/** The error for content that cannot be true. */
export function untrue(what: string, why: string): BmsError {
  const message = `The ${what} of the board cannot be true: ${why}. Check the wiring and the protocol, and read again.`;
  return new BmsError('malformed', message);
}
