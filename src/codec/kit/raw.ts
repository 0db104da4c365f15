/*
 * Numbers as they stand in frames, in any order of their bytes.
 */

/** Whole numbers of one to four bytes, unsigned and signed, and a float of four. */
export type WireType = 'u8' | 's8' | 'u16' | 's16' | 'u24' | 'u32' | 's32' | 'f32';

export type Endian = 'big' | 'little';

/** `lowWordFirst`: registers are big-endian, and of the two that hold 32 bits the lower one comes first. */
export type ByteOrder = Endian | 'lowWordFirst';

/** Bytes of a number. */
export const WIDTH: Readonly<Record<WireType, 1 | 2 | 3 | 4>> = {
  ...{ u8: 1, s8: 1, u16: 2, s16: 2, u24: 3, u32: 4, s32: 4, f32: 4 },
};

/** Where the bytes of a number of each width stand, the most significant one first. */
const PLACES: Readonly<Record<ByteOrder, Readonly<Record<2 | 3 | 4, readonly number[]>>>> = {
  big: { 2: [0, 1], 3: [0, 1, 2], 4: [0, 1, 2, 3] },
  little: { 2: [1, 0], 3: [2, 1, 0], 4: [3, 2, 1, 0] },
  lowWordFirst: { 2: [0, 1], 3: [0, 1, 2], 4: [2, 3, 0, 1] },
};

/** Where the bytes of a number of this width stand, counted from its first one; the most significant one comes first. */
export function placesOf(order: ByteOrder, width: 1 | 2 | 3 | 4): readonly number[] {
  return width === 1 ? [0] : PLACES[order][width];
}

/** The weight of the highest bit of a signed type; 0 for the others. (bits ^ sign) - sign is the number that the bits stand for. */
export function signOf(type: WireType): number {
  return type.startsWith('s') ? 2 ** (8 * WIDTH[type] - 1) : 0;
}

/** Reads the number that begins at an offset; all its bytes have to be there. */
export type RawReader = (data: Buffer, at: number) => number;

/** Writes a number that fits its type. */
export type RawWriter = (data: Buffer, at: number, raw: number) => void;

/** Byte by byte: the methods of Buffer check what is known here, and that is most of what they cost. */
export function rawReader(type: WireType, order: ByteOrder): RawReader {
  if (type === 'f32') return floatReader(order);
  const width = WIDTH[type];
  const isSigned = type.startsWith('s');
  const [a = 0, b = 0, c = 0, d = 0] = placesOf(order, width);
  switch (width) {
    case 1:
      return isSigned ? (data, at) => ((data[at] ?? 0) << 24) >> 24 : (data, at) => data[at] ?? 0;
    case 2:
      return isSigned
        ? (data, at) => (((data[at + a] ?? 0) << 24) >> 16) | (data[at + b] ?? 0)
        : (data, at) => ((data[at + a] ?? 0) << 8) | (data[at + b] ?? 0);
    case 3:
      return (data, at) => ((data[at + a] ?? 0) << 16) | ((data[at + b] ?? 0) << 8) | (data[at + c] ?? 0);
    case 4:
      return isSigned
        ? (data, at) => word32(data[at + a], data[at + b], data[at + c], data[at + d])
        : (data, at) => word32(data[at + a], data[at + b], data[at + c], data[at + d]) >>> 0;
  }
}

function word32(a = 0, b = 0, c = 0, d = 0): number {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

export function rawWriter(type: WireType, order: ByteOrder): RawWriter {
  if (type === 'f32') return floatWriter(order);
  const width = WIDTH[type];
  const places = placesOf(order, width);
  return (data, at, raw) => {
    // What lies above the lowest eight bits is cut off.
    for (let i = 0; i < width; i++) data[at + (places[i] ?? 0)] = raw >> (8 * (width - 1 - i));
  };
}

/** The same four bytes as a float and as a whole number. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function floatReader(order: ByteOrder): RawReader {
  const read = rawReader('u32', order);
  return (data, at) => {
    bits[0] = read(data, at);
    return float[0] ?? 0;
  };
}

function floatWriter(order: ByteOrder): RawWriter {
  const write = rawWriter('u32', order);
  return (data, at, raw) => {
    float[0] = raw;
    write(data, at, bits[0] ?? 0);
  };
}

/** What a type can hold; a float holds whatever it is given, rounded. */
export function rangeOf(type: WireType): readonly [low: number, high: number] {
  if (type === 'f32') return [-Infinity, Infinity];
  const size = 2 ** (8 * WIDTH[type]);
  const low = type.startsWith('s') ? -size / 2 : 0;
  return [low, low + size - 1];
}
