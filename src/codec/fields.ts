/**
 * Field tables: one row per value of a response, from which both directions follow. `layout` compiles a table
 * once, at load; the result decodes a response into an object and encodes an object into a response.
 */

export type WireType = 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32';
export type Endian = 'big' | 'little';

type KeysOf<T, V> = { [K in keyof Required<T>]: Required<T>[K] extends V ? K : never }[keyof T] & string;

/** A number on the wire: value = (raw - zero) / per. A negative `per` turns the sign. */
interface NumberRow<T> {
  kind: 'number';
  at: number;
  type: WireType;
  key: KeysOf<T, number>;
  per: number;
  zero: number;
  /** raw values that mean "not reported" */
  absent: readonly number[];
}

/** One bit of a byte. */
interface FlagRow<T> {
  kind: 'flag';
  at: number;
  bit: number;
  key: KeysOf<T, boolean>;
}

/** Text of a fixed number of bytes, padded with NUL. Blank text counts as not reported. */
interface TextRow<T> {
  kind: 'text';
  at: number;
  length: number;
  key: KeysOf<T, string>;
}

export type Row<T> = NumberRow<T> | FlagRow<T> | TextRow<T>;

interface Scale {
  per?: number;
  zero?: number;
  absent?: readonly number[];
}

/** A number row. @param at offset of the first byte */
export function number<T>(at: number, type: WireType, key: KeysOf<T, number>, scale: Scale = {}): Row<T> {
  return { kind: 'number', at, type, key, per: scale.per ?? 1, zero: scale.zero ?? 0, absent: scale.absent ?? [] };
}

/** A bit row. @param at offset of the byte; @param bit 0 = lowest */
export function flag<T>(at: number, bit: number, key: KeysOf<T, boolean>): Row<T> {
  return { kind: 'flag', at, bit, key };
}

/** A text row. @param length bytes on the wire */
export function text<T>(at: number, length: number, key: KeysOf<T, string>): Row<T> {
  return { kind: 'text', at, length, key };
}

export interface Layout<T> {
  /** bytes up to the end of the last row */
  readonly size: number;
  /** the keys that the rows carry */
  readonly keys: readonly (keyof T & string)[];
  /** Reads every row that lies wholly inside `data` (a shorter, older response just lacks its last rows). */
  decode(data: Buffer, into: T, base?: number): void;
  /** Writes every row whose key is present; numbers outside the wire type are cut to its range. */
  encode(from: T, data: Buffer, base?: number): void;
}

/** Compiles a table. @param endian byte order of its numbers */
export function layout<T extends object>(rows: readonly Row<T>[], endian: Endian = 'big'): Layout<T> {
  const decoders = rows.map((row) => ({ end: row.at + widthOf(row), run: decoderOf(row, endian) }));
  const encoders = rows.map((row) => encoderOf(row, endian));
  const size = Math.max(0, ...decoders.map((decoder) => decoder.end));
  return {
    size,
    keys: rows.map((row) => row.key),
    decode(data, into, base = 0) {
      for (const { end, run } of decoders) if (base + end <= data.length) run(data, base, into);
    },
    encode(from, data, base = 0) {
      for (const run of encoders) run(from, data, base);
    },
  };
}

type Decoder<T> = (data: Buffer, base: number, into: T) => void;
type Encoder<T> = (from: T, data: Buffer, base: number) => void;

function widthOf<T>(row: Row<T>): number {
  if (row.kind === 'text') return row.length;
  return row.kind === 'flag' ? 1 : WIDTH[row.type];
}

function decoderOf<T extends object>(row: Row<T>, endian: Endian): Decoder<T> {
  // The key of a row is checked against its kind when the table is written; here it is one name among others.
  const { at } = row;
  const key = row.key as keyof T;
  const set = (into: T, value: unknown): void => {
    into[key] = value as T[keyof T];
  };
  switch (row.kind) {
    case 'number': {
      const read = readerOf(row.type, endian);
      const { per, zero, absent } = row;
      return (data, base, into) => {
        const raw = read(data, base + at);
        // Adding 0 turns -0, which a negative `per` gives, into 0.
        if (!absent.includes(raw)) set(into, (raw - zero) / per + 0);
      };
    }
    case 'flag': {
      const mask = 1 << row.bit;
      return (data, base, into) => set(into, (data.readUInt8(base + at) & mask) !== 0);
    }
    case 'text': {
      const { length } = row;
      return (data, base, into) => {
        const value = decodeText(data.subarray(base + at, base + at + length));
        if (value !== undefined) set(into, value);
      };
    }
  }
}

function encoderOf<T extends object>(row: Row<T>, endian: Endian): Encoder<T> {
  const { at } = row;
  const key = row.key as keyof T;
  switch (row.kind) {
    case 'number': {
      const write = writerOf(row.type, endian);
      const { per, zero, absent, type } = row;
      return (from, data, base) => {
        const value = from[key];
        if (typeof value === 'number') write(data, base + at, toRaw(value, per, zero, type));
        else if (absent[0] !== undefined) write(data, base + at, absent[0]);
      };
    }
    case 'flag': {
      const mask = 1 << row.bit;
      return (from, data, base) => {
        if (from[key] === true) data.writeUInt8(data.readUInt8(base + at) | mask, base + at);
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

const WIDTH: Record<WireType, number> = { u8: 1, s8: 1, u16: 2, s16: 2, u32: 4, s32: 4 };

/** The whole number that stands for `value` on the wire, cut to the range of its type. */
export function toRaw(value: number, per: number, zero: number, type: WireType): number {
  const bits = 8 * WIDTH[type];
  const signed = type.startsWith('s');
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = low + 2 ** bits - 1;
  return Math.min(high, Math.max(low, Math.round(value * per + zero)));
}

/** Reads one number of a wire type; throws RangeError outside the buffer. */
export function readerOf(type: WireType, endian: Endian): (data: Buffer, at: number) => number {
  const big = endian === 'big';
  switch (type) {
    case 'u8':
      return (data, at) => data.readUInt8(at);
    case 's8':
      return (data, at) => data.readInt8(at);
    case 'u16':
      return big ? (data, at) => data.readUInt16BE(at) : (data, at) => data.readUInt16LE(at);
    case 's16':
      return big ? (data, at) => data.readInt16BE(at) : (data, at) => data.readInt16LE(at);
    case 'u32':
      return big ? (data, at) => data.readUInt32BE(at) : (data, at) => data.readUInt32LE(at);
    case 's32':
      return big ? (data, at) => data.readInt32BE(at) : (data, at) => data.readInt32LE(at);
  }
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

/** A list of equal numbers: value = (raw - zero) / per; raw values in `absent` are sensors not connected. */
export interface List<V extends number | null> {
  decode(data: Buffer, at: number, count: number): V[];
  encode(values: readonly (number | null)[], data: Buffer, at: number): void;
  /** bytes per entry */
  readonly width: number;
}

/** A list without gaps, such as cell voltages. */
export function list(type: WireType, scale: Scale & { absent?: undefined }, endian?: Endian): List<number>;
/** A list with gaps: entries with a raw value of `absent` are null. */
export function list(type: WireType, scale: Scale, endian?: Endian): List<number | null>;
export function list(type: WireType, scale: Scale, endian: Endian = 'big'): List<number | null> {
  const { per = 1, zero = 0, absent = [] } = scale;
  const width = WIDTH[type];
  const read = readerOf(type, endian);
  const write = writerOf(type, endian);
  return {
    width,
    decode(data, at, count) {
      const values: (number | null)[] = [];
      for (let i = 0; i < count; i++) {
        const raw = read(data, at + i * width);
        values.push(absent.includes(raw) ? null : (raw - zero) / per + 0);
      }
      return values;
    },
    encode(values, data, at) {
      values.forEach((value, i) => {
        const raw = value === null ? (absent[0] ?? 0) : toRaw(value, per, zero, type);
        write(data, at + i * width, raw);
      });
    },
  };
}

/** Text up to the first NUL, printable ASCII only, trimmed; undefined when nothing is left. */
export function decodeText(data: Buffer): string | undefined {
  const end = data.indexOf(0);
  const printable = data
    .toString('latin1', 0, end < 0 ? data.length : end)
    .replace(/[^\x20-\x7e]/g, '')
    .trim();
  return printable === '' ? undefined : printable;
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
