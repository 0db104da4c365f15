/*
 * The rows of a field table: each says where one value of a response stands and what it means. `fields.ts` reads and
 * writes them.
 */

import { WIDTH, type ByteOrder, type WireType } from './raw';

type KeysOf<T, V> = { [K in keyof Required<T>]: Required<T>[K] extends V ? K : never }[keyof T] & string;

/** How a raw number becomes a value: value = (raw - offset) / divisor. A negative divisor turns the sign. */
export interface Scale {
  divisor?: number;
  offset?: number;
  /** raw values that mean "not reported" */
  notAvailable?: readonly number[];
}

/** The byte order of a number where it is not that of its table. */
interface Ordered {
  order?: ByteOrder;
}

interface Placed<K extends string> extends Ordered {
  /** offset of the first byte */
  at: number;
  key: K;
  /** see the function `writeOnly` */
  writeOnly?: boolean;
}

interface NumberRow<K extends string = string> extends Placed<K>, Required<Scale> {
  kind: 'number';
  type: WireType;
  /** of a float: it is rounded to so many decimals */
  decimals?: number;
}

/** A number that is a part of another one: `width` bits from bit `bit` on. */
interface BitsRow<K extends string = string> extends Placed<K>, Required<Scale> {
  kind: 'bits';
  type: WireType;
  bit: number;
  width: number;
}

/** One bit of a byte. */
interface FlagRow<K extends string = string> extends Placed<K> {
  kind: 'flag';
  bit: number;
}

/** A number that is 0 for off and 1 for on; any other says nothing. */
interface SwitchRow<K extends string = string> extends Placed<K> {
  kind: 'switch';
  type: WireType;
}

/** A number that stands for a word; one that stands for none says nothing. */
interface ChoiceRow<K extends string = string> extends Placed<K> {
  kind: 'choice';
  type: WireType;
  words: readonly (string | undefined)[];
}

/** The set bits of a word as a list of numbers, such as that of the cells that are balanced. */
interface BitListRow<K extends string = string> extends Placed<K> {
  kind: 'bitList';
  type: WireType;
  first: number;
}

/** Text of a fixed number of bytes, padded with NUL. Blank text counts as not reported. */
interface TextRow<K extends string = string> extends Placed<K> {
  kind: 'text';
  length: number;
}

export type Row<T> =
  | NumberRow<KeysOf<T, number>>
  | BitsRow<KeysOf<T, number>>
  | FlagRow<KeysOf<T, boolean>>
  | SwitchRow<KeysOf<T, boolean>>
  | ChoiceRow<KeysOf<T, string>>
  | BitListRow<KeysOf<T, number[]>>
  | TextRow<KeysOf<T, string>>;

/** A row of any table. */
export type AnyRow = NumberRow | BitsRow | FlagRow | SwitchRow | ChoiceRow | BitListRow | TextRow;

/** A number row. @param at offset of the first byte */
export function number<T>(
  at: number,
  type: WireType,
  key: KeysOf<T, number>,
  scale: Scale & Ordered & { decimals?: number } = {},
): Row<T> {
  return { kind: 'number', at, type, key, ...scaleOf(scale), ...scale };
}

/** A row for some bits of a number. @param bit the lowest of them, 0 = lowest of the number; @param width how many */
export function bitField<T>(
  at: number,
  type: WireType,
  bit: number,
  width: number,
  key: KeysOf<T, number>,
  scale: Scale & Ordered = {},
): Row<T> {
  return { kind: 'bits', at, type, bit, width, key, ...scaleOf(scale), ...scale };
}

export function scaleOf({ divisor = 1, offset = 0, notAvailable = [] }: Scale): Required<Scale> {
  return { divisor, offset, notAvailable };
}

/** A bit row. @param at offset of the byte; @param bit 0 = lowest */
export function flag<T>(at: number, bit: number, key: KeysOf<T, boolean>): Row<T> {
  return { kind: 'flag', at, bit, key };
}

/** A switch row. @param at offset of the first byte */
export function onOff<T>(at: number, type: WireType, key: KeysOf<T, boolean>): Row<T> {
  return { kind: 'switch', at, type, key };
}

/** A row for a number that stands for a word. @param words by their numbers, from 0 */
export function choice<T, K extends KeysOf<T, string> = KeysOf<T, string>>(
  at: number,
  type: WireType,
  key: K,
  words: readonly (Required<T>[K] & string)[],
): Row<T> {
  return { kind: 'choice', at, type, key, words };
}

/** A row for the numbers of set bits, lowest first. @param first the number of the lowest bit */
export function bitList<T>(
  at: number,
  type: WireType,
  key: KeysOf<T, number[]>,
  { first = 1, ...order }: { first?: number } & Ordered = {},
): Row<T> {
  return { kind: 'bitList', at, type, key, first, ...order };
}

/** A text row. @param length bytes on the wire */
export function text<T>(at: number, length: number, key: KeysOf<T, string>): Row<T> {
  return { kind: 'text', at, length, key };
}

/** The row for encoding alone: what a board sends and nobody reads, since other rows tell the same, or tell it better. */
export function writeOnly<T>(row: Row<T>): Row<T> {
  return { ...row, writeOnly: true };
}

/** Behind the last byte of a row. */
export function endOf(row: AnyRow): number {
  switch (row.kind) {
    case 'text':
      return row.at + row.length;
    case 'flag':
      return row.at + 1;
    default:
      return row.at + WIDTH[row.type];
  }
}
