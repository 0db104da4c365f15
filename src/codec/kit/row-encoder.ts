import { BmsError } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';
import { bitsToNumbers, numbersToBits } from './bits';
import { rangeOf, rawReader, rawWriter, WIDTH, type ByteOrder, type WireType } from './raw';
import type { AnyRow, Scale } from './row';
import { valueOf, type Values } from './row-decoder';

/** Writes one row, if its key is present. @param base where the table begins */
export type RowEncoder = (from: Values, data: Buffer, base: number) => void;

/**
 * The closure that writes a row.
 * @param order of the bytes of its numbers
 * @param isWrite whether it goes to a board: then what the wire cannot say is refused, with `bad_value`. What goes into an
 *   answer of the simulator is cut to what the wire can say instead.
 */
export function encoderOf(row: AnyRow, order: ByteOrder, isWrite: boolean): RowEncoder {
  const { key, at } = row;
  switch (row.kind) {
    case 'number': {
      const write = rawWriter(row.type, order);
      const toRaw = rawFor(row.type, row, isWrite);
      const none = isWrite ? undefined : row.notAvailable[0];
      return (from, data, base) => {
        const value = from[key];
        if (typeof value === 'number') write(data, base + at, toRaw(value, key));
        else if (none !== undefined) write(data, base + at, none);
      };
    }
    case 'bits': {
      const read = rawReader(row.type, order);
      const write = rawWriter(row.type, order);
      const mask = 2 ** row.width - 1;
      const toRaw = rawWithin([0, mask], row, isWrite);
      return (from, data, base) => {
        const value = from[key];
        if (typeof value !== 'number') return;
        const others = read(data, base + at) & ~(mask << row.bit);
        write(data, base + at, others | (toRaw(value, key) << row.bit));
      };
    }
    case 'flag': {
      const mask = 1 << row.bit;
      return (from, data, base) => {
        const value = from[key];
        if (typeof value !== 'boolean') return;
        const others = (data[base + at] ?? 0) & ~mask;
        data[base + at] = value ? others | mask : others;
      };
    }
    case 'switch': {
      const write = rawWriter(row.type, order);
      return (from, data, base) => {
        const value = from[key];
        if (typeof value === 'boolean') write(data, base + at, value ? 1 : 0);
      };
    }
    case 'choice': {
      const write = rawWriter(row.type, order);
      return (from, data, base) => {
        const value = from[key];
        if (typeof value !== 'string') return;
        const raw = row.words.indexOf(value);
        if (raw >= 0) write(data, base + at, raw);
        else if (isWrite) throw badValue(key, value, say`the board has no number for it`);
      };
    }
    case 'bitList': {
      const write = rawWriter(row.type, order);
      const width = 8 * WIDTH[row.type];
      return (from, data, base) => {
        const value = from[key];
        if (!Array.isArray(value)) return;
        const bits = numbersToBits(value as number[], row.first, width);
        const isWhole = bitsToNumbers(bits).length === new Set(value).size;
        if (isWrite && !isWhole) throw badValue(key, value.join(', '), say`the board has no bit for one of them`);
        write(data, base + at, bits);
      };
    }
    case 'text': {
      const { length } = row;
      return (from, data, base) => {
        const value = from[key];
        if (typeof value !== 'string') return;
        if (isWrite) {
          const isFit = value.length <= length && /^[\x20-\x7e]*$/.test(value);
          if (!isFit) throw badValue(key, value, say`the board holds ${length} plain characters`);
          data.fill(0, base + at, base + at + length);
        }
        data.write(value, base + at, length, 'latin1');
      };
    }
  }
}

/** The number that stands for a value on the wire. @param key of the value, for messages */
export type ToRaw = (value: number, key: string) => number;

/** How values become numbers of a type. @param isWrite see `encoderOf`; @throws BmsError `bad_value` */
export function rawFor(type: WireType, scale: Required<Scale>, isWrite: boolean): ToRaw {
  return rawWithin(rangeOf(type), scale, isWrite, type === 'f32' ? (value) => value : Math.round);
}

function rawWithin(
  [low, high]: readonly [number, number],
  { divisor, offset, notAvailable }: Required<Scale>,
  isWrite: boolean,
  toStep: (raw: number) => number = Math.round,
): ToRaw {
  if (!isWrite) return (value) => Math.min(high, Math.max(low, toStep(value * divisor + offset)));
  return (value, key) => {
    const raw = toStep(value * divisor + offset);
    if (raw >= low && raw <= high && Number.isFinite(raw) && !notAvailable.includes(raw)) return raw;
    const ends = [valueOf(low, divisor, offset), valueOf(high, divisor, offset)];
    throw badValue(key, value, say`the board holds ${Math.min(...ends)} to ${Math.max(...ends)}`);
  };
}

function badValue(key: string, value: string | number, why: Sentence): BmsError {
  return new BmsError('bad_value', say`${key} cannot be ${value}: ${why}. Nothing was written.`);
}
