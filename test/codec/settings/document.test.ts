import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../../src/battery/errors';
import { SETTINGS, type SettingValues } from '../../../src/battery/settings/vocabulary';
import { documentOf, partOfClass, type SettingsDocument } from '../../../src/codec/settings/document';
import { parseDocument, parseWanted } from '../../../src/codec/settings/parse-document';
import { madeUpBoard } from '../../support/settings/board';

const HEADER = { taken: 1764500000000, device: 'shed', protocol: 'jbd', model: 'M', serialNumber: '7', cellCount: 16 };

/** As it comes from a file. */
const fromFile = (document: unknown): unknown => JSON.parse(JSON.stringify(document));

/** A value of the type of each setting. */
const VALUES = {
  number: fc.double({ noNaN: true, min: -1e12, max: 1e12 }).map((value) => value + 0),
  boolean: fc.boolean(),
  string: fc.string({ maxLength: 200 }),
  'number[]': fc.array(fc.integer(), { maxLength: 64 }),
};

const anyValues = fc.record(
  Object.fromEntries([...SETTINGS].map(([key, { type }]) => [key, fc.option<unknown>(VALUES[type])])),
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<SettingValues>;

describe('settings documents', () => {
  it('hold every setting in the part of its class, and no secret', () => {
    const document = documentOf(madeUpBoard(), HEADER);
    const { settings, identity, calibration, link, state, raw, ...header } = document;
    assert.deepEqual(header, { format: 'openbms-settings/1', ...HEADER });
    assert.deepEqual([identity, calibration], [{ deviceModel: 'MADE-UP' }, { shuntResistance: 0.1 }]);
    assert.deepEqual([link, state], [{ boardAddress: 1 }, { cycleCount: 12 }]);
    assert.deepEqual([Object.keys(settings).length, settings.sleepDelay], [13, null]);
    const bytes = raw['10'] ?? '';
    assert.equal(bytes.slice(40, 44), '0000', 'masked');
    assert.equal(bytes.length, 52);
  });

  it('are read back from a file as they were', () => {
    const taken = documentOf(madeUpBoard(), HEADER);
    assert.deepEqual(parseDocument(fromFile(taken)), taken);
    assert.deepEqual(parseWanted(fromFile(taken)), { kind: 'document', document: taken });
  });

  it('take any values of the right types', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const parts: Record<string, SettingValues> = {};
        for (const [key, info] of SETTINGS) {
          const [part, value] = [partOfClass(info.class), values[key]];
          if (part !== undefined && value !== undefined) (parts[part] ??= {})[key] = value;
        }
        const parsed = parseDocument({ format: 'openbms-settings/1', ...parts });
        for (const [part, held] of Object.entries(parts)) assert.deepEqual(parsed[part as 'settings'], held);
        assert.deepEqual(parseWanted(values), { kind: 'keys', values });
      }),
      { numRuns: 50 },
    );
  });

  it('are refused as bad_value or taken, whatever they are', () => {
    const keys = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'settings', 'raw', 'cellCount'));
    fc.assert(
      fc.property(fc.object({ key: keys, withNullPrototype: true, withBigInt: true, withDate: true }), (input) => {
        for (const given of [input, { format: 'openbms-settings/1', ...input }, { settings: input, raw: input }]) {
          try {
            parseWanted(given);
          } catch (thrown) {
            assert.ok(thrown instanceof BmsError && thrown.code === 'bad_value', String(thrown));
          }
        }
      }),
    );
  });

  const BAD: [what: string, change: (document: SettingsDocument) => unknown, says: RegExp][] = [
    ['nothing', () => null, /^The settings document cannot be null/],
    ['a list', () => [], /^The settings document cannot be a list/],
    [
      'another format',
      (file) => ({ ...file, format: 'openbms-settings/2' }),
      /^format cannot be "openbms-settings\/2"/,
    ],
    ['a part that is no object', (file) => ({ ...file, link: 7 }), /^link cannot be 7: it is an object/],
    ['an unknown key', (file) => ({ ...file, settings: { cellOverVoltage: 3 } }), /no setting "cellOverVoltage"/],
    [
      'a key of the prototype',
      (file) => ({ ...file, settings: JSON.parse('{"__proto__":{}}') as object }),
      /"__proto__"/,
    ],
    [
      'a key in another part',
      (file) => ({ ...file, settings: { boardAddress: 1 } }),
      /boardAddress does not belong in settings/,
    ],
    [
      'text for a number',
      (file) => ({ ...file, settings: { sleepDelay: '60' } }),
      /sleepDelay cannot be "60": it is a number/,
    ],
    ['NaN', (file) => ({ ...file, settings: { sleepDelay: NaN } }), /sleepDelay cannot be NaN/],
    ['a number beyond all', (file) => ({ ...file, settings: { sleepDelay: 1e300 } }), /sleepDelay cannot be 1e\+300/],
    ['1 for true', (file) => ({ ...file, settings: { jbdLed: 1 } }), /jbdLed cannot be 1: it is true or false/],
    ['a list of halves', (file) => ({ ...file, settings: { temperatureSensorsUsed: [0.5] } }), /whole numbers/],
    [
      'a text beyond all',
      (file) => ({ ...file, device: 'x'.repeat(201) }),
      /device cannot be .*at most 200 characters/,
    ],
    ['a date as text', (file) => ({ ...file, taken: '2026' }), /taken cannot be "2026": it is a number/],
    ['bytes that are none', (file) => ({ ...file, raw: { 10: 'xx' } }), /raw cannot be "xx".*hexadecimal/],
    ['half a byte', (file) => ({ ...file, raw: { 10: '123' } }), /raw cannot be "123"/],
    ['too many bytes', (file) => ({ ...file, raw: { 10: '00'.repeat(5000) } }), /raw cannot be/],
    ['too many blocks', (file) => ({ ...file, raw: Object.fromEntries(Array(301).entries()) }), /at most 300 blocks/],
  ];
  for (const [what, change, says] of BAD) {
    it(`with ${what} are a bad_value that names it`, () => {
      const input = change(documentOf(madeUpBoard(), HEADER));
      assert.throws(
        () => parseDocument(input),
        (error: BmsError) => error.code === 'bad_value' && says.test(error.message),
      );
    });
  }
});
