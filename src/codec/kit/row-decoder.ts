import { round } from '../../battery/derive';
import { bitsToNumbers } from './bits';
import { placesOf, rawReader, WIDTH, type ByteOrder } from './raw';
import { endOf, type AnyRow } from './row';
import { decodeText } from './text';

/** What rows are read into and written from: where rows are made, the type of each key is checked. */
export type Values = Record<string, unknown>;

/**
 * Reads one row or several: those that lie wholly inside the data.
 * @param base where the table begins; @param room how many bytes there are from there on
 */
export type RowDecoder = (data: Buffer, into: Values, base: number, room: number) => void;

/**
 * The closures that read a table. Nearly all tables are made of whole numbers and flags: there is one closure for all of
 * them that follow each other, because a call takes longer than to read one.
 * @param order of the bytes of numbers, where a row has none of its own
 */
export function decodersOf(rows: readonly AnyRow[], order: ByteOrder): RowDecoder[] {
  const decoders: RowDecoder[] = [];
  let numbers: NumberPlace[] = [];
  let flags: FlagPlace[] = [];
  for (const row of rows) {
    if (isPlainNumber(row)) {
      if (numbers.length === 0) decoders.push(readAll(readNumbers, (numbers = [])));
      numbers.push(numberPlace(row, row.order ?? order));
      flags = [];
    } else if (row.kind === 'flag') {
      if (flags.length === 0) decoders.push(readAll(readFlags, (flags = [])));
      flags.push({ key: row.key, end: endOf(row), at: row.at, mask: 1 << row.bit });
      numbers = [];
    } else {
      decoders.push(decoderOf(row, row.order ?? order));
      numbers = [];
      flags = [];
    }
  }
  return decoders;
}

/** @param read one function for the rows of all tables, which so is compiled well */
function readAll<P>(
  read: (places: readonly P[], data: Buffer, into: Values, base: number, room: number) => void,
  places: readonly P[],
): RowDecoder {
  return (data, into, base, room) => read(places, data, into, base, room);
}

/** A whole number: its four bytes, of which those that it does not have are shifted away. */
interface NumberPlace {
  readonly key: string;
  readonly end: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly shift: number;
  readonly isSigned: boolean;
  readonly divisor: number;
  readonly offset: number;
  readonly none: number;
  readonly other: number;
}

type NumberRow = Extract<AnyRow, { kind: 'number' }>;

function isPlainNumber(row: AnyRow): row is NumberRow {
  return row.kind === 'number' && row.type !== 'f32' && row.decimals === undefined && row.notAvailable.length <= 2;
}

function numberPlace(row: NumberRow, order: ByteOrder): NumberPlace {
  const { key, at, type, divisor, offset, notAvailable } = row;
  const places = placesOf(order, WIDTH[type]).map((place) => at + place);
  const [d = at, c = d, b = d, a = d] = [...places].reverse();
  // No raw number is NaN: without one for "not reported" every one is a value.
  const [none = Number.NaN, other = Number.NaN] = notAvailable;
  const shift = 32 - 8 * WIDTH[type];
  return { key, end: endOf(row), a, b, c, d, shift, isSigned: type.startsWith('s'), divisor, offset, none, other };
}

function readNumbers(places: readonly NumberPlace[], data: Buffer, into: Values, base: number, room: number): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    if (place === undefined || place.end > room) continue;
    const { shift } = place;
    let bits = ((data[base + place.c] ?? 0) << 8) | (data[base + place.d] ?? 0);
    if (shift < 16) bits |= ((data[base + place.a] ?? 0) << 24) | ((data[base + place.b] ?? 0) << 16);
    const raw = place.isSigned ? (bits << shift) >> shift : (bits << shift) >>> shift;
    if (raw !== place.none && raw !== place.other) into[place.key] = valueOf(raw, place.divisor, place.offset);
  }
}

interface FlagPlace {
  readonly key: string;
  readonly end: number;
  readonly at: number;
  readonly mask: number;
}

function readFlags(places: readonly FlagPlace[], data: Buffer, into: Values, base: number, room: number): void {
  for (const { key, end, at, mask } of places) {
    if (end <= room) into[key] = ((data[base + at] ?? 0) & mask) !== 0;
  }
}

/** The closure that reads any other row. */
function decoderOf(row: Exclude<AnyRow, { kind: 'flag' }>, order: ByteOrder): RowDecoder {
  const { key, at } = row;
  const end = endOf(row);
  switch (row.kind) {
    case 'number': {
      const read = rawReader(row.type, order);
      const { divisor, offset, notAvailable, decimals = Infinity } = row;
      return (data, into, base, room) => {
        if (end > room) return;
        const raw = read(data, base + at);
        const value = valueOf(raw, divisor, offset);
        if (!notAvailable.includes(raw)) into[key] = Number.isFinite(decimals) ? round(value, decimals) : value;
      };
    }
    case 'bits': {
      const read = rawReader(row.type, order);
      const { bit, divisor, offset, notAvailable } = row;
      const mask = 2 ** row.width - 1;
      return (data, into, base, room) => {
        if (end > room) return;
        const raw = (read(data, base + at) >>> bit) & mask;
        if (!notAvailable.includes(raw)) into[key] = valueOf(raw, divisor, offset);
      };
    }
    case 'switch': {
      const read = rawReader(row.type, order);
      return (data, into, base, room) => {
        const raw = end <= room ? read(data, base + at) : undefined;
        if (raw === 0 || raw === 1) into[key] = raw === 1;
      };
    }
    case 'choice': {
      const read = rawReader(row.type, order);
      const { words } = row;
      return (data, into, base, room) => {
        const word = end <= room ? words[read(data, base + at)] : undefined;
        if (word !== undefined) into[key] = word;
      };
    }
    case 'bitList': {
      const read = rawReader(row.type, order);
      const { first } = row;
      return (data, into, base, room) => {
        if (end <= room) into[key] = bitsToNumbers(read(data, base + at), first);
      };
    }
    case 'text':
      return (data, into, base, room) => {
        const text = end <= room ? decodeText(data, base + at, base + end) : undefined;
        if (text !== undefined) into[key] = text;
      };
  }
}

/** Adding 0 turns -0, which a negative divisor gives, into 0. */
export function valueOf(raw: number, divisor: number, offset: number): number {
  return (raw - offset) / divisor + 0;
}
