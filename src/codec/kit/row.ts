/*
 * The rows of a field table: each says where one value of a response stands and what it means. `fields.ts` reads and
 * writes them.
 */

export type WireType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32';
export type Endian = 'big' | 'little';

type KeysOf<T, V> = { [K in keyof Required<T>]: Required<T>[K] extends V ? K : never }[keyof T] & string;

/** A number on the wire: value = (raw - offset) / divisor. A negative `per` turns the sign. */
interface NumberRow<T> {
  kind: 'number';
  at: number;
  type: WireType;
  key: KeysOf<T, number>;
  divisor: number;
  offset: number;
  /** raw values that mean "not reported" */
  notAvailable: readonly number[];
}

/** One bit of a byte. */
interface FlagRow<T> {
  kind: 'flag';
  at: number;
  bit: number;
  key: KeysOf<T, boolean>;
}

/** A number that is 0 for off and 1 for on; any other says nothing. */
interface SwitchRow<T> {
  kind: 'switch';
  at: number;
  type: WireType;
  key: KeysOf<T, boolean>;
}

/** Text of a fixed number of bytes, padded with NUL. Blank text counts as not reported. */
interface TextRow<T> {
  kind: 'text';
  at: number;
  length: number;
  key: KeysOf<T, string>;
}

export type Row<T> = (NumberRow<T> | FlagRow<T> | SwitchRow<T> | TextRow<T>) & {
  /** see `writeOnly` */
  readonly writeOnly?: boolean;
};

export interface Scale {
  divisor?: number;
  offset?: number;
  notAvailable?: readonly number[];
}

/** A number row. @param at offset of the first byte */
export function number<T>(at: number, type: WireType, key: KeysOf<T, number>, scale: Scale = {}): Row<T> {
  return {
    kind: 'number',
    at,
    type,
    key,
    divisor: scale.divisor ?? 1,
    offset: scale.offset ?? 0,
    notAvailable: scale.notAvailable ?? [],
  };
}

/** A bit row. @param at offset of the byte; @param bit 0 = lowest */
export function flag<T>(at: number, bit: number, key: KeysOf<T, boolean>): Row<T> {
  return { kind: 'flag', at, bit, key };
}

/** A switch row. @param at offset of the first byte */
export function onOff<T>(at: number, type: WireType, key: KeysOf<T, boolean>): Row<T> {
  return { kind: 'switch', at, type, key };
}

/** A text row. @param length bytes on the wire */
export function text<T>(at: number, length: number, key: KeysOf<T, string>): Row<T> {
  return { kind: 'text', at, length, key };
}

/** The row for encoding alone: what a board sends and nobody reads, since other rows tell the same, or tell it better. */
export function writeOnly<T>(row: Row<T>): Row<T> {
  return { ...row, writeOnly: true };
}

/** Bytes of a number. */
export const WIDTH: Record<WireType, number> = { u8: 1, s8: 1, u16: 2, s16: 2, u32: 4, s32: 4 };

/** Behind the last byte of a row. */
export function endOf<T>(row: Row<T>): number {
  if (row.kind === 'text') return row.at + row.length;
  return row.at + (row.kind === 'flag' ? 1 : WIDTH[row.type]);
}
