import { round } from '../../battery/derive';
import { setterOf } from '../../battery/reading-keys';
import { bitsToNumbers } from './bits';
import { placesOf, rawReader, WIDTH, type ByteOrder } from './raw';
import { endOf, type AnyRow } from './row';
import { flagCase, numberCase, storeFlag, storeNumber, type Store } from './stores';
import { decodeText } from './text';

/** What rows are read into and written from: where rows are made, the type of each key is checked. */
export type Values = Record<string, unknown>;

/**
 * Reads one row or several: those that lie wholly inside the data.
 * @param base where the table begins; @param room how many bytes there are from there on
 */
export type RowDecoder = (data: Buffer, into: Values, base: number, room: number) => void;

/**
 * The closure that reads a table. Nearly all tables are made of whole numbers and flags, and these are read in one go: a call
 * for each of them takes longer than to read it.
 * @param order of the bytes of numbers, where a row has none of its own
 */
export function decoderOf(rows: readonly AnyRow[], order: ByteOrder): RowDecoder {
  const numbers: NumberPlace[] = [];
  const flags: FlagPlace[] = [];
  const others: RowDecoder[] = [];
  for (const row of rows) {
    if (isPlainNumber(row)) numbers.push(numberPlace(row, row.order ?? order));
    else if (row.kind === 'flag') flags.push(flagPlace(row));
    else others.push(otherDecoder(row, row.order ?? order));
  }
  return (data, into, base, room) => {
    readNumbers(numbers, data, into, base, room);
    readFlags(flags, data, into, base, room);
    for (let i = 0; i < others.length; i++) others[i]?.(data, into, base, room);
  };
}

/**
 * A whole number: its four bytes, of which those that it does not have are shifted away. Places are written out: V8 reads an
 * object that another one is spread into slower.
 */
interface NumberPlace extends Store {
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
  return {
    case: numberCase(key),
    set: setterOf(key),
    end: endOf(row),
    a,
    b,
    c,
    d,
    shift,
    isSigned: type.startsWith('s'),
    divisor,
    offset,
    none,
    other,
  };
}

function readNumbers(places: readonly NumberPlace[], data: Buffer, into: Values, base: number, room: number): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    if (place === undefined || place.end > room) continue;
    const { shift } = place;
    let bits = ((data[base + place.c] ?? 0) << 8) | (data[base + place.d] ?? 0);
    if (shift < 16) bits |= ((data[base + place.a] ?? 0) << 24) | ((data[base + place.b] ?? 0) << 16);
    const raw = place.isSigned ? (bits << shift) >> shift : (bits << shift) >>> shift;
    if (raw !== place.none && raw !== place.other) storeNumber(place, into, valueOf(raw, place.divisor, place.offset));
  }
}

interface FlagPlace extends Store {
  readonly end: number;
  readonly at: number;
  readonly mask: number;
}

function flagPlace(row: Extract<AnyRow, { kind: 'flag' }>): FlagPlace {
  return { case: flagCase(row.key), set: setterOf(row.key), end: endOf(row), at: row.at, mask: 1 << row.bit };
}

function readFlags(places: readonly FlagPlace[], data: Buffer, into: Values, base: number, room: number): void {
  for (const place of places) {
    if (place.end <= room) storeFlag(place, into, ((data[base + place.at] ?? 0) & place.mask) !== 0);
  }
}

/** The closure that reads any other row. */
function otherDecoder(row: Exclude<AnyRow, { kind: 'flag' }>, order: ByteOrder): RowDecoder {
  const { at } = row;
  const set = setterOf(row.key);
  const end = endOf(row);
  switch (row.kind) {
    case 'number': {
      const read = rawReader(row.type, order);
      const { divisor, offset, notAvailable, decimals = Infinity } = row;
      return (data, into, base, room) => {
        if (end > room) return;
        const raw = read(data, base + at);
        const value = valueOf(raw, divisor, offset);
        if (!notAvailable.includes(raw)) set(into, Number.isFinite(decimals) ? round(value, decimals) : value);
      };
    }
    case 'bits': {
      const read = rawReader(row.type, order);
      const { bit, divisor, offset, notAvailable } = row;
      const mask = 2 ** row.width - 1;
      return (data, into, base, room) => {
        if (end > room) return;
        const raw = (read(data, base + at) >>> bit) & mask;
        if (!notAvailable.includes(raw)) set(into, valueOf(raw, divisor, offset));
      };
    }
    case 'switch': {
      const read = rawReader(row.type, order);
      return (data, into, base, room) => {
        const raw = end <= room ? read(data, base + at) : undefined;
        if (raw === 0 || raw === 1) set(into, raw === 1);
      };
    }
    case 'choice': {
      const read = rawReader(row.type, order);
      const { words } = row;
      return (data, into, base, room) => {
        const word = end <= room ? words[read(data, base + at)] : undefined;
        if (word !== undefined) set(into, word);
      };
    }
    case 'bitList': {
      const read = rawReader(row.type, order);
      const { first } = row;
      return (data, into, base, room) => {
        if (end <= room) set(into, bitsToNumbers(read(data, base + at), first));
      };
    }
    case 'text':
      return (data, into, base, room) => {
        const text = end <= room ? decodeText(data, base + at, base + end) : undefined;
        if (text !== undefined) set(into, text);
      };
  }
}

/** Adding 0 turns -0, which a negative divisor gives, into 0. */
export function valueOf(raw: number, divisor: number, offset: number): number {
  return (raw - offset) / divisor + 0;
}
