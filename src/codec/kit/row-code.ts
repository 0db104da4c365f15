import { Script } from 'node:vm';
import { decodeText } from './text';
import { endOf, WIDTH, type Endian, type Row, type Scale, type WireType } from './row';

/** Reads every row that lies wholly inside `data` into an object. */
export type Decoder<T> = (data: Buffer, into: T, base: number) => void;

/**
 * Compiles the rows of a table into one function that reads them one after the other, as somebody would write it by
 * hand for this table. A loop over the rows takes twice to four times as long: no engine can foresee which key it stores
 * next. All that goes into the code is the table itself, which is part of this package.
 */
export function compile<T>(rows: readonly Row<T>[], endian: Endian): Decoder<T> {
  const lines = rows.map((row) => `if (room >= ${endOf(row)}) { ${sourceOf(row, endian)} }`);
  const code = ['(decodeText) => (data, into, base) => {', 'const room = data.length - base;', ...lines, '}'].join(
    '\n',
  );
  const make = new Script(code).runInThisContext() as (text: typeof decodeText) => Decoder<T>;
  return make(decodeText);
}

/** Reads so many equal numbers that lie wholly inside `data`; null for one that is not reported. */
export type ListDecoder = (data: Buffer, at: number, count: number) => (number | null)[];

/** The same for a list of equal numbers. */
export function compileList(type: WireType, endian: Endian, scale: Required<Scale>): ListDecoder {
  const value = numberSource('raw', scale);
  const isThere = presenceSource('raw', scale);
  const code = `(data, at, count) => {
    const values = [];
    for (let base = at; values.length < count; base += ${WIDTH[type]}) {
      const raw = ${rawSource('base', type, endian)};
      values.push(${isThere === 'true' ? value : `${isThere} ? ${value} : null`});
    }
    return values;
  }`;
  return new Script(code).runInThisContext() as ListDecoder;
}

/** JavaScript that reads one row of `data`, which has it whole, into its key. */
function sourceOf<T>(row: Row<T>, endian: Endian): string {
  const at = `base + ${row.at}`;
  const target = `into[${JSON.stringify(row.key)}]`;
  switch (row.kind) {
    case 'flag':
      return `${target} = (data[${at}] & ${1 << row.bit}) !== 0;`;
    case 'switch':
      return `const raw = ${rawSource(at, row.type, endian)}; if (raw === 0 || raw === 1) ${target} = raw === 1;`;
    case 'text':
      return `const text = decodeText(data, ${at}, base + ${endOf(row)}); if (text !== undefined) ${target} = text;`;
    case 'number': {
      const store = `${target} = ${numberSource('raw', row)};`;
      return `const raw = ${rawSource(at, row.type, endian)}; if (${presenceSource('raw', row)}) ${store}`;
    }
  }
}

/** Adding 0 turns -0, which a negative `per` gives, into 0. */
function numberSource(raw: string, { divisor, offset }: Required<Scale>): string {
  return `(${raw} - ${offset}) / ${divisor} + 0`;
}

function presenceSource(raw: string, { notAvailable }: Required<Scale>): string {
  return notAvailable.map((value) => `${raw} !== ${value}`).join(' && ') || 'true';
}

/**
 * JavaScript that reads a whole number byte by byte: the methods of Buffer check what is known here, and that is most
 * of what they cost.
 */
function rawSource(at: string, type: WireType, endian: Endian): string {
  const width = WIDTH[type];
  const bytes = Array.from({ length: width }, (_, i) => {
    const shift = 8 * (endian === 'big' ? width - 1 - i : i);
    return `(data[${at} + ${i}] << ${shift})`;
  });
  const bits = `(${bytes.join(' | ')})`;
  if (type === 'u32') return `(${bits} >>> 0)`;
  const unused = 32 - 8 * width;
  return type.startsWith('s') ? `((${bits} << ${unused}) >> ${unused})` : bits;
}
