/*
 * Field tables: one row per value of a response, from which both directions follow. `layout` makes closures of them, one for
 * each row and direction.
 */

import type { ByteOrder } from './raw';
import { endOf, type Row } from './row';
import { decoderOf, type Values } from './row-decoder';
import { encoderOf } from './row-encoder';

export { bitsToNumbers, numbersToBits } from './bits';
export { list, type List } from './list';
export type { ByteOrder, Endian, WireType } from './raw';
export { bitField, bitList, choice, flag, number, onOff, text, writeOnly, type Row, type Scale } from './row';
export { decodeText } from './text';

export interface Layout<T> {
  /** bytes up to the end of the last row */
  readonly size: number;
  /** the keys that the rows carry */
  readonly keys: readonly (keyof T & string)[];
  /** Reads every row that lies wholly inside `data` (a shorter, older response just lacks its last rows), but no `writeOnly` ones. */
  decode(data: Buffer, into: T, base?: number): void;
  /** For the simulator: writes every row whose key is present, numbers cut to the range of their type. */
  encode(from: T, data: Buffer, base?: number): void;
  /**
   * For a write to a board: the same, but nothing is cut.
   * @throws BmsError `bad_value` for what the wire cannot say; `data` may hold a part of it then
   */
  encodeForWrite(from: T, data: Buffer, base?: number): void;
}

/**
 * Makes a table of rows.
 * @param order of the bytes of its numbers
 */
export function layout<T extends object>(rows: readonly Row<T>[], order: ByteOrder = 'big'): Layout<T> {
  const read = rows.filter((row) => row.writeOnly !== true);
  const decodeRows = decoderOf(read, order);
  const encoders = rows.map((row) => encoderOf(row, row.order ?? order, false));
  const writeEncoders = read.map((row) => encoderOf(row, row.order ?? order, true));
  return {
    size: Math.max(0, ...rows.map(endOf)),
    keys: rows.map((row) => row.key),
    decode(data, into, base = 0) {
      decodeRows(data, into as Values, base, data.length - base);
    },
    encode(from, data, base = 0) {
      for (const encode of encoders) encode(from as Values, data, base);
    },
    encodeForWrite(from, data, base = 0) {
      for (const encode of writeEncoders) encode(from as Values, data, base);
    },
  };
}
