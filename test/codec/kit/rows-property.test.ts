import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BmsError } from '../../../src/battery/errors';
import {
  bitField,
  bitList,
  choice,
  flag,
  layout,
  number,
  onOff,
  text,
  type ByteOrder,
  type Layout,
  type WireType,
} from '../../../src/codec/kit/fields';
import { rangeOf, WIDTH } from '../../../src/codec/kit/raw';
import type { AnyRow } from '../../../src/codec/kit/row';

/** Any table carries its values under these keys. */
type Values = Record<string, number | boolean | string | number[]>;

/** What one row is made for; its key is changed afterwards. */
interface One {
  number: number;
  boolean: boolean;
  state: (typeof WORDS)[number];
  text: string;
  list: number[];
}

const WORDS = ['idle', 'charging', 'discharging'] as const;
const whole: readonly WireType[] = ['u8', 's8', 'u16', 's16', 'u24', 'u32', 's32'];
const orders: readonly ByteOrder[] = ['big', 'little', 'lowWordFirst'];

/** A row without its place: how many bytes it takes, how it is made, and the values that it can carry. */
interface Piece {
  width: number;
  row(at: number): AnyRow;
  value: fc.Arbitrary<Values[string]>;
}

const scale = fc.record(
  { divisor: fc.constantFrom(1, 10, -10, 1000), offset: fc.constantFrom(0, 40, 2731, 30_000) },
  { noNullPrototype: true },
);
const raws = (type: WireType, without: readonly number[] = []): fc.Arbitrary<number> => {
  const [min, max] = rangeOf(type);
  return fc.integer({ min, max }).filter((raw) => !without.includes(raw));
};

const numberPiece = fc
  .tuple(fc.constantFrom(...whole), scale, fc.constantFrom([], [0xff], [0, 0x7f]))
  .map(([type, { divisor, offset }, notAvailable]): Piece => {
    const value = raws(type, notAvailable).map((raw) => (raw - offset) / divisor + 0);
    return {
      width: WIDTH[type],
      row: (at) => number<One>(at, type, 'number', { divisor, offset, notAvailable }),
      value,
    };
  });
const bitsPiece = fc
  .tuple(fc.constantFrom<WireType>('u8', 'u16', 'u32'), fc.nat(5), fc.integer({ min: 1, max: 3 }))
  .map(([type, bit, width]): Piece => {
    const value = fc.nat(2 ** width - 1);
    return { width: WIDTH[type], row: (at) => bitField<One>(at, type, bit, width, 'number'), value };
  });
const otherPieces = fc.constantFrom<Piece>(
  { width: 1, row: (at) => flag<One>(at, 3, 'boolean'), value: fc.boolean() },
  { width: 2, row: (at) => onOff<One>(at, 'u16', 'boolean'), value: fc.boolean() },
  { width: 1, row: (at) => choice<One, 'state'>(at, 'u8', 'state', WORDS), value: fc.constantFrom(...WORDS) },
  {
    width: 4,
    row: (at) => number<One>(at, 'f32', 'number', { decimals: 3 }),
    value: fc.integer({ min: -5000, max: 5000 }).map((raw) => raw / 1000 + 0),
  },
  { width: 4, row: (at) => bitList<One>(at, 'u32', 'list'), value: fc.subarray([1, 2, 17, 31, 32]) },
  { width: 2, row: (at) => bitList<One>(at, 'u16', 'list', { first: 17 }), value: fc.subarray([17, 20, 32]) },
  {
    width: 6,
    row: (at) => text<One>(at, 6, 'text'),
    value: fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'ABCxyz019-') }),
  },
);

/** A table with values for some of its rows. */
const tables = fc
  .array(fc.oneof(numberPiece, bitsPiece, otherPieces), { minLength: 1, maxLength: 12 })
  .chain((pieces) => {
    let end = 0;
    const rows = pieces.map(({ width, row }, i) => {
      end += width;
      return { ...row(end - width), key: `value${i}` };
    });
    const values = fc.tuple(...pieces.map(({ value }) => fc.option(value, { nil: undefined }))).map((all) => {
      const present = all.flatMap((value, i) => (value === undefined ? [] : [[`value${i}`, value] as const]));
      const values: Values = Object.fromEntries(present);
      return values;
    });
    return fc.record({ rows: fc.constant(rows), values, order: fc.constantFrom(...orders), base: fc.nat(5) });
  });

function tableOf(rows: readonly AnyRow[], order: ByteOrder = 'big'): Layout<Values> {
  return layout(rows as never[], order);
}

describe('rows of any table', () => {
  it('decode what they encode, for the simulator and for a write', () => {
    fc.assert(
      fc.property(tables, ({ rows, values, order, base }) => {
        const table = tableOf(rows, order);
        for (const way of ['encode', 'encodeForWrite'] as const) {
          const data = Buffer.alloc(base + table.size);
          table[way](values, data, base);
          const into: Values = {};
          table.decode(data, into, base);
          for (const [key, value] of Object.entries(values)) assert.deepEqual(into[key], value, `${way} ${key}`);
        }
      }),
    );
  });

  it('read as much as a short answer has, and write nothing else', () => {
    fc.assert(
      fc.property(tables, fc.nat(), ({ rows, values, order }, cut) => {
        const table = tableOf(rows, order);
        const data = Buffer.alloc(table.size + 4, 0);
        table.encode(values, data);
        assert.equal(data.readUInt32BE(table.size), 0);
        const whole: Values = {};
        table.decode(data, whole);
        const short: Values = {};
        table.decode(data.subarray(0, cut % (table.size + 1)), short);
        for (const [key, value] of Object.entries(short)) assert.deepEqual(value, whole[key]);
      }),
    );
  });

  it('refuse to write what the wire cannot say, and cut it for the simulator', () => {
    const refused = (row: AnyRow, value: Values[string]): void => {
      const table = tableOf([{ ...row, key: 'value' }]);
      const data = Buffer.alloc(table.size);
      table.encode({ value }, data);
      assert.throws(
        () => table.encodeForWrite({ value }, data),
        (error: BmsError) => error.code === 'bad_value' && /^value cannot be/.test(error.message),
      );
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...whole),
        scale,
        fc.integer({ min: 1, max: 1000 }),
        fc.boolean(),
        (type, how, far, below) => {
          const [low, high] = rangeOf(type);
          const raw = below ? low - far : high + far;
          const row = { ...number<One>(0, type, 'number', how), key: 'value' };
          refused(row, (raw - how.offset) / how.divisor);
          const data = Buffer.alloc(WIDTH[type]);
          const table = tableOf([row]);
          const into: Values = {};
          table.encode({ value: (raw - how.offset) / how.divisor }, data);
          table.decode(data, into);
          assert.equal(into.value, ((below ? low : high) - how.offset) / how.divisor + 0);
        },
      ),
    );
    refused(number<One>(0, 'u16', 'number', { notAvailable: [0xffff] }), 0xffff);
    refused(number<One>(0, 'f32', 'number'), Number.NaN);
    refused(bitField<One>(0, 'u8', 2, 2, 'number'), 4);
    refused(choice<One, 'state'>(0, 'u8', 'state', WORDS), 'resting');
    refused(bitList<One>(0, 'u16', 'list'), [1, 17]);
    refused(text<One>(0, 3, 'text'), 'four');
    refused(text<One>(0, 3, 'text'), 'ä');
  });

  it('leave the other bits of a number as they are, and the rest of a text empty', () => {
    const table = layout<One>([bitField(0, 'u16', 4, 3, 'number'), flag(2, 0, 'boolean'), text(3, 4, 'text')]);
    const data = Buffer.alloc(table.size, 0xff);
    table.encodeForWrite({ number: 2, boolean: false, text: 'ab' } as One, data);
    assert.equal(data.toString('hex'), 'ffaffe61620000');
  });

  it('read the low word of two registers first', () => {
    const into = {} as One;
    // A current of -6.7 A (seplos-v3.md 4).
    const current = layout<One>([number(0, 's32', 'number', { divisor: 10 })], 'lowWordFirst');
    current.decode(Buffer.from('ffbdffff', 'hex'), into);
    layout<One>([bitList(0, 'u32', 'list', { order: 'lowWordFirst' })]).decode(Buffer.from('00018000', 'hex'), into);
    assert.deepEqual(into, { number: -6.7, list: [1, 32] });
  });
});
