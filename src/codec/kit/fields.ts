/*
 * Field tables: one row per value of a response, from which both directions follow. `layout` compiles a table when it is
 * used first; the result decodes a response into an object and encodes an object into a response.
 */

import { compile, compileList, type Decoder, type ListDecoder } from './row-code';
import { endOf, WIDTH, type Endian, type Row, type Scale, type WireType } from './row';

export { decodeText } from './text';
export { flag, number, onOff, text, writeOnly, type Endian, type Row, type WireType } from './row';

export interface Layout<T> {
  /** bytes up to the end of the last row */
  readonly size: number;
  /** the keys that the rows carry */
  readonly keys: readonly (keyof T & string)[];
  /** Reads every row that lies wholly inside `data` (a shorter, older response just lacks its last rows), but no `writeOnly` ones. */
  decode(data: Buffer, into: T, base?: number): void;
  /** Writes every row whose key is present; numbers outside the wire type are cut to its range. */
  encode(from: T, data: Buffer, base?: number): void;
}

/** Compiles a table. @param endian byte order of its numbers */
export function layout<T extends object>(rows: readonly Row<T>[], endian: Endian = 'big'): Layout<T> {
  const encoders = rows.map((row) => encoderOf(row, endian));
  let decode: Decoder<T> | undefined;
  return {
    size: Math.max(0, ...rows.map(endOf)),
    keys: rows.map((row) => row.key),
    decode(data, into, base = 0) {
      decode ??= compile(
        rows.filter((row) => row.writeOnly !== true),
        endian,
      );
      decode(data, into, base);
    },
    encode(from, data, base = 0) {
      for (const run of encoders) run(from, data, base);
    },
  };
}

type Encoder<T> = (from: T, data: Buffer, base: number) => void;

function encoderOf<T extends object>(row: Row<T>, endian: Endian): Encoder<T> {
  const { at } = row;
  const key = row.key as keyof T;
  switch (row.kind) {
    case 'number': {
      const write = writerOf(row.type, endian);
      const { divisor, offset, notAvailable, type } = row;
      return (from, data, base) => {
        const value = from[key];
        if (typeof value === 'number') write(data, base + at, toRaw(value, divisor, offset, type));
        else if (notAvailable[0] !== undefined) write(data, base + at, notAvailable[0]);
      };
    }
    case 'flag': {
      const mask = 1 << row.bit;
      return (from, data, base) => {
        if (from[key] === true) data.writeUInt8(data.readUInt8(base + at) | mask, base + at);
      };
    }
    case 'switch': {
      const write = writerOf(row.type, endian);
      return (from, data, base) => {
        const value = from[key];
        if (typeof value === 'boolean') write(data, base + at, value ? 1 : 0);
      };
    }
    case 'text': {
      const { length } = row;
      return (from, data, base) => {
        const value = from[key];
        if (typeof value === 'string') data.write(value, base + at, length, 'latin1');
      };
    }
  }
}

/** The whole number that stands for `value` on the wire, cut to the range of its type. */
export function toRaw(value: number, divisor: number, offset: number, type: WireType): number {
  const bits = 8 * WIDTH[type];
  const signed = type.startsWith('s');
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  return Math.min(high, Math.max(low, Math.round(value * divisor + offset)));
}

function writerOf(type: WireType, endian: Endian): (data: Buffer, at: number, raw: number) => void {
  const big = endian === 'big';
  switch (type) {
    case 'u8':
      return (data, at, raw) => data.writeUInt8(raw, at);
    case 's8':
      return (data, at, raw) => data.writeInt8(raw, at);
    case 'u16':
      return big ? (data, at, raw) => data.writeUInt16BE(raw, at) : (data, at, raw) => data.writeUInt16LE(raw, at);
    case 's16':
      return big ? (data, at, raw) => data.writeInt16BE(raw, at) : (data, at, raw) => data.writeInt16LE(raw, at);
    case 'u32':
      return big ? (data, at, raw) => data.writeUInt32BE(raw, at) : (data, at, raw) => data.writeUInt32LE(raw, at);
    case 's32':
      return big ? (data, at, raw) => data.writeInt32BE(raw, at) : (data, at, raw) => data.writeInt32LE(raw, at);
  }
}

/** A list of equal numbers: value = (raw - offset) / divisor; raw values in `notAvailable` are sensors not connected. */
export interface List<V extends number | null> {
  /** @throws RangeError when not all of them lie inside the buffer */
  decode(data: Buffer, at: number, count: number): V[];
  encode(values: readonly (number | null)[], data: Buffer, at: number): void;
  /** bytes per entry */
  readonly width: number;
}

/** A list without gaps, such as cell voltages. */
export function list(type: WireType, scale: Scale & { notAvailable?: undefined }, endian?: Endian): List<number>;
/** A list with gaps: entries with a raw value of `notAvailable` are null. */
export function list(type: WireType, scale: Scale, endian?: Endian): List<number | null>;
export function list(type: WireType, scale: Scale, endian: Endian = 'big'): List<number | null> {
  const { divisor = 1, offset = 0, notAvailable = [] } = scale;
  const width = WIDTH[type];
  const write = writerOf(type, endian);
  let decode: ListDecoder | undefined;
  return {
    width,
    decode(data, at, count) {
      if (at + count * width > data.length) throw new RangeError(`The list goes on behind the ${data.length} bytes`);
      decode ??= compileList(type, endian, { divisor, offset, notAvailable });
      return decode(data, at, count);
    },
    encode(values, data, at) {
      values.forEach((value, i) => {
        const raw = value === null ? (notAvailable[0] ?? 0) : toRaw(value, divisor, offset, type);
        write(data, at + i * width, raw);
      });
    },
  };
}

/** The numbers, from 1, of the set bits of a word, lowest bit first. */
export function bitsToNumbers(word: number, first = 1): number[] {
  const numbers: number[] = [];
  for (let rest = word >>> 0, n = first; rest !== 0; rest >>>= 1, n++) if (rest & 1) numbers.push(n);
  return numbers;
}

/** The word whose set bits stand for the numbers from `first` on; others are left out. */
export function numbersToBits(numbers: readonly number[], first = 1, width = 32): number {
  let word = 0;
  for (const n of numbers) if (n >= first && n < first + width) word |= 1 << (n - first);
  return word >>> 0;
}
