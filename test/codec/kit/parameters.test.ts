import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BmsError } from '../../../src/battery/errors';
import type { SettingKey, SettingRowValues, SettingValue } from '../../../src/battery/settings/vocabulary';
import { parameter, parametersOf, type ParameterTerms } from '../../../src/codec/kit/parameters';
import { rangeOf, WIDTH, type ByteOrder, type WireType } from '../../../src/codec/kit/raw';
import { bitField, bitList, choice, flag, number, onOff, text, type Row } from '../../../src/codec/kit/row';
import type { Parameter } from '../../../src/codec/parameter';
import { sameSetting } from '../../../src/codec/settings/board-settings';

const CHEMISTRIES = ['lfp', 'nmc', 'lto'];
/** Those whose numbers have at most 9 digits, which are all that a value keeps. */
const TYPES: readonly WireType[] = ['u8', 's8', 'u16', 's16', 'u24'];

/** The parameter of one row. */
function parameterOf(
  row: Row<SettingRowValues>,
  terms: Partial<ParameterTerms> = {},
  order: ByteOrder = 'big',
): Parameter {
  const [found] = parametersOf('24', order, { access: 'write', confidence: 'D' }, [parameter(row, terms)]);
  assert.ok(found);
  return found;
}

const imageOf = (data: Buffer): Map<string, Buffer> => new Map([['24', data]]);

/** Any bytes, of which a row reads a value. */
const bytes = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((data) => Buffer.from(data));
const numberRow = fc
  .record({
    type: fc.constantFrom(...TYPES),
    at: fc.nat(4),
    divisor: fc.constantFrom(1, 10, -10, 1000),
    offset: fc.nat(300),
  })
  .map(({ type, at, ...scale }) => number<SettingRowValues>(at, type, 'sleepDelay', scale));
const rows: fc.Arbitrary<Row<SettingRowValues>> = fc.oneof(
  { weight: 3, arbitrary: numberRow },
  fc.constantFrom<Row<SettingRowValues>>(
    bitField(1, 'u16', 3, 7, 'ledTime'),
    flag(2, 5, 'jbdLed'),
    onOff(3, 'u8', 'heatingEnabled'),
    choice(4, 'u8', 'chemistry', CHEMISTRIES),
    bitList(0, 'u16', 'temperatureSensorsUsed'),
    text(2, 6, 'deviceModel'),
  ),
);

/** The value that a parameter reads after one was written. */
function heldAfter(each: Parameter, value: SettingValue, data: Buffer): SettingValue | undefined {
  return each.decode(imageOf(each.encode(value, imageOf(data))));
}

function refusal(run: () => unknown): [string, string] | undefined {
  try {
    run();
  } catch (thrown) {
    const { code, message } = thrown as BmsError;
    return [code, message];
  }
  return undefined;
}

describe('parameters of a table', () => {
  it('write what they read, and change nothing by it', () => {
    fc.assert(
      fc.property(rows, bytes, fc.constantFrom<ByteOrder>('big', 'little', 'lowWordFirst'), (row, data, order) => {
        const each = parameterOf(row, {}, order);
        const image = imageOf(data);
        const value = each.decode(image);
        if (value === undefined || typeof value === 'string') return;
        const before = data.toString('hex');
        assert.equal(each.encode(value, image).toString('hex'), before);
        assert.equal(data.toString('hex'), before, 'the image stays');
      }),
    );
  });

  it('write any number of the range to the nearest step, and no other byte', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES),
        fc.constantFrom(1, 10, 1000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        bytes,
        (type, divisor, part, data) => {
          const [low, high] = rangeOf(type);
          const wanted = (low + part * (high - low)) / divisor;
          const each = parameterOf(number(2, type, 'sleepDelay', { divisor }));
          const written = each.encode(wanted, imageOf(data));
          const held = each.decode(imageOf(written));
          assert.ok(typeof held === 'number' && Math.abs(held - wanted) <= 0.5 / divisor + Math.abs(wanted) * 1e-8);
          assert.deepEqual(written.subarray(0, 2), data.subarray(0, 2));
          assert.deepEqual(written.subarray(2 + WIDTH[type]), data.subarray(2 + WIDTH[type]));
          assert.ok(sameSetting(heldAfter(each, held, data), held), 'what is held stays');
        },
      ),
    );
  });

  it('read the number for never as null, write null as it, and never as a number', () => {
    const each = parameterOf(number(2, 'u16', 'sleepDelay'), { never: 0xffff });
    const never = Buffer.from('0000ffff', 'hex');
    assert.equal(each.decode(imageOf(never)), null);
    assert.deepEqual(each.encode(null, imageOf(Buffer.alloc(4))), never);
    assert.equal(heldAfter(each, 60, never), 60);
    const scaled = parameterOf(number(0, 's16', 'sleepDelay', { divisor: 10, offset: 400, notAvailable: [-1] }), {
      never: -1,
    });
    assert.equal(heldAfter(scaled, null, Buffer.alloc(2)), null);
    assert.match(refusal(() => each.encode(0xffff, imageOf(never)))?.[1] ?? '', /means never; use null/);
  });

  it('are not there where the block is short or missing', () => {
    const each = parameterOf(number(2, 'u32', 'sleepDelay'));
    for (const image of [new Map<string, Buffer>(), imageOf(Buffer.alloc(5))]) {
      assert.equal(each.decode(image), undefined);
      assert.equal(refusal(() => each.encode(1, image))?.[0], 'unsupported');
    }
  });

  const volts = number<SettingRowValues>(0, 'u16', 'cellOvervoltageProtection', { divisor: 1000 });
  const BAD: [
    what: string,
    row: Row<SettingRowValues>,
    value: SettingValue,
    says: RegExp,
    terms?: Partial<ParameterTerms>,
  ][] = [
    ['below the range', volts, 1.99, /it can be 2 to 4\.5 V/, { range: [2, 4.5] }],
    ['above the range', volts, 4.501, /it can be 2 to 4\.5 V/, { range: [2, 4.5] }],
    ['beyond the wire', volts, 66, /cellOvervoltageProtection cannot be 66/],
    ['negative without a sign', volts, -1, /cannot be -1/],
    ['that is no number', volts, Number.NaN, /cannot be NaN: it is a number/],
    ['of text for a number', volts, '3.6', /cannot be "3\.6": it is a number/],
    ['null without a number for never', volts, null, /no number for never/],
    ['of a number for a switch', flag(0, 0, 'jbdLed'), 1, /it is true or false/],
    [
      'of a word that the board does not know',
      choice(0, 'u8', 'chemistry', CHEMISTRIES),
      'sodium',
      /chemistry cannot be/,
    ],
    ['of a number for a text', text(0, 4, 'deviceModel'), 4, /it is a text/],
    ['of a text that is too long', text(0, 4, 'deviceModel'), 'longer', /deviceModel cannot be/],
    ['of a list with text', bitList(0, 'u16', 'temperatureSensorsUsed'), [1, 0.5], /list of whole numbers/],
    ['of a bit that is not there', bitList(0, 'u16', 'temperatureSensorsUsed'), [17], /cannot be/],
  ];
  for (const [what, row, value, says, terms] of BAD) {
    it(`refuse a value ${what}`, () => {
      const found = refusal(() => parameterOf(row, terms).encode(value, imageOf(Buffer.alloc(8))));
      assert.equal(found?.[0], 'bad_value');
      assert.match(found[1], says);
    });
  }

  it('keep 9 digits of larger numbers', () => {
    const each = parameterOf(number(0, 'u32', 'designCapacity', { divisor: 1e6 }));
    assert.equal(heldAfter(each, 314.159265, Buffer.alloc(4)), 314.159265);
    assert.equal(heldAfter(each, 3141.592653, Buffer.alloc(4)), 3141.59265);
  });

  it('take the ends of a range, though they are no exact binary fractions', () => {
    const each = parameterOf(number(0, 's16', 'cellDifferenceProtection', { divisor: 1000 }), { range: [0.1, 0.3] });
    assert.deepEqual(
      [0.1 * 1, 0.1 + 0.2].map((value) => heldAfter(each, value, Buffer.alloc(2))),
      [0.1, 0.3],
    );
  });

  it('have the terms of their table, or their own', () => {
    const found = parametersOf('24', 'big', { access: 'write', confidence: 'D M' }, [
      parameter(volts),
      parameter(flag(2, 0, 'jbdLed'), { access: 'read', confidence: '?', register: '2d' }),
    ]);
    const terms = found.map(({ key, block, register, access, confidence }) => [
      key,
      block,
      register,
      access,
      confidence,
    ]);
    const keys: SettingKey[] = ['cellOvervoltageProtection', 'jbdLed'];
    assert.deepEqual(terms, [
      [keys[0], '24', '24', 'write', 'D M'],
      [keys[1], '24', '2d', 'read', '?'],
    ]);
  });
});
