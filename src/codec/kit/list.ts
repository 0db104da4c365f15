import { placesOf, rawReader, rawWriter, signOf, WIDTH, type ByteOrder, type WireType } from './raw';
import { scaleOf, type Scale } from './row';
import { valueOf } from './row-decoder';
import { rawFor } from './row-encoder';

/** A list of equal numbers: value = (raw - offset) / divisor; raw values in `notAvailable` are sensors not connected. */
export interface List<V extends number | null> {
  /** @throws RangeError when not all of them lie inside the buffer */
  decode(data: Buffer, at: number, count: number): V[];
  /** For the simulator; numbers are cut to the range of their type. */
  encode(values: readonly (number | null)[], data: Buffer, at: number): void;
  /** bytes per entry */
  readonly width: number;
}

/** A list without gaps, such as cell voltages. */
export function list(type: WireType, scale: Scale & { notAvailable?: undefined }, order?: ByteOrder): List<number>;
/** A list with gaps: entries with a raw value of `notAvailable` are null. */
export function list(type: WireType, scale: Scale, order?: ByteOrder): List<number | null>;
export function list(type: WireType, scale: Scale, order: ByteOrder = 'big'): List<number | null> {
  const { divisor, offset, notAvailable } = scaleOf(scale);
  const width = WIDTH[type];
  const write = rawWriter(type, order);
  const toRaw = rawFor(type, { divisor, offset, notAvailable }, false);
  const decodeAll = decoderOf(type, order, { divisor, offset, notAvailable });
  return {
    width,
    decode(data, at, count) {
      if (at + count * width > data.length) throw new RangeError(`The list goes on behind the ${data.length} bytes`);
      return decodeAll(data, at, count);
    },
    encode(values, data, at) {
      values.forEach((value, i) => {
        write(data, at + i * width, value === null ? (notAvailable[0] ?? 0) : toRaw(value, 'list'));
      });
    },
  };
}

type ListDecoder = (data: Buffer, at: number, count: number) => (number | null)[];

/** Nearly all lists have numbers of two bytes: one function for all of them is compiled well. */
function decoderOf(type: WireType, order: ByteOrder, scale: Required<Scale>): ListDecoder {
  const { divisor, offset, notAvailable } = scale;
  if (WIDTH[type] === 2 && notAvailable.length <= 2) {
    const [high = 0, low = 0] = placesOf(order, 2);
    // No number is NaN: without a second raw value for "not reported" every other one is a value.
    const [none = Number.NaN, other = Number.NaN] = notAvailable;
    const words: Words = { high, low, sign: signOf(type), divisor, offset, none, other };
    const decode = notAvailable.length === 0 ? decodeWords : decodeSensors;
    return (data, at, count) => decode(words, data, at, count);
  }
  const read = rawReader(type, order);
  const width = WIDTH[type];
  return (data, at, count) =>
    Array.from({ length: count }, (_, i) => {
      const raw = read(data, at + i * width);
      return notAvailable.includes(raw) ? null : valueOf(raw, divisor, offset);
    });
}

/** Numbers of two bytes: where these stand, counted from the first one, and their scale. */
interface Words {
  readonly high: number;
  readonly low: number;
  readonly sign: number;
  readonly divisor: number;
  readonly offset: number;
  readonly none: number;
  readonly other: number;
}

/** Of their own, without a look for gaps: V8 keeps numbers alone in half the room, and is faster with them ever after. */
function decodeWords({ high, low, sign, divisor, offset }: Words, data: Buffer, at: number, count: number): number[] {
  const values: number[] = [];
  for (let i = 0, place = at; i < count; i++, place += 2) {
    const raw = ((((data[place + high] ?? 0) << 8) | (data[place + low] ?? 0)) ^ sign) - sign;
    values.push(valueOf(raw, divisor, offset));
  }
  return values;
}

function decodeSensors(words: Words, data: Buffer, at: number, count: number): (number | null)[] {
  const { high, low, sign, divisor, offset, none, other } = words;
  const values: (number | null)[] = [];
  for (let i = 0, place = at; i < count; i++, place += 2) {
    const raw = ((((data[place + high] ?? 0) << 8) | (data[place + low] ?? 0)) ^ sign) - sign;
    values.push(raw === none || raw === other ? null : valueOf(raw, divisor, offset));
  }
  return values;
}
