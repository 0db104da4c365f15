import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import fc from 'fast-check';
import { CHEMISTRY_PRESETS, COMMON_PRESET, LIMITS_CHEMISTRIES } from '../../src/battery/limits/limits';
import { Language } from '../../src/runtime/languages';
import { INTERVAL, limitsSettings, OPTIONAL_NUMBERS, PRESET_NUMBERS } from '../../src/runtime/settings/limits-settings';
import { definitionOf } from '../support/node-types';

const PARTS = ['values', 'limits-presets', 'limits-check'];
const code = PARTS.map((part) => readFileSync(join('nodes', 'dialog', `${part}.js`), 'utf8')).join('\n');
const dialog = vm.runInNewContext(`${code}; ({ LIMITS_PRESETS, LIMITS_COMMON, LIMITS_RANGES })`) as Record<
  string,
  object
>;

/** Without what another realm makes of it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** As the editor looks texts up, in a language. */
function textIn(language: string): (key: string, values?: Record<string, unknown>) => string {
  const catalogue = JSON.parse(readFileSync(join('nodes', 'locales', language, 'bms-limits.json'), 'utf8')) as object;
  return (key, values = {}) => {
    const found = key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], catalogue);
    assert.equal(typeof found, 'string', key);
    return String(found).replace(/__(\w+)__/g, (_match, name: string) => String(values[name]));
  };
}

const { defaults } = definitionOf('bms-limits');

/** What the validators say, without what they say twice. */
function verdicts(config: object, language = 'en-US'): string[] {
  const node = { ...config, _: textIn(language) };
  const keys = new Set([...Object.keys(config), 'maxChargeCurrent']);
  const said = [...keys].map(
    (key) => defaults[key]?.validate?.call(node, (config as Record<string, unknown>)[key], {}) ?? true,
  );
  return [...new Set(said.filter((verdict) => verdict !== true))];
}

describe('dialog of bms-limits', () => {
  const MAXIMA = { maxChargeCurrent: 140, maxDischargeCurrent: '200' };

  it('has the presets and the ranges of the node', () => {
    assert.deepEqual(plain(dialog['LIMITS_PRESETS']), plain(CHEMISTRY_PRESETS));
    const words = ['curveShape', 'followBoard', 'whenBlocked', 'onLost', 'freshFor'];
    const common = Object.entries(COMMON_PRESET).filter(([key]) => !words.includes(key));
    assert.deepEqual(plain(dialog['LIMITS_COMMON']), plain(Object.fromEntries(common)));
    const ranges = Object.entries({ ...PRESET_NUMBERS, ...OPTIONAL_NUMBERS, interval: INTERVAL }).map(
      ([key, range]) => [key, 'integer' in range ? [range.min, range.max, true] : [range.min, range.max]],
    );
    assert.deepEqual(plain(dialog['LIMITS_RANGES']), Object.fromEntries(ranges));
  });

  it('takes every chemistry as it is, and environment variables', () => {
    for (const chemistry of LIMITS_CHEMISTRIES) {
      assert.deepEqual(verdicts({ chemistry, ...MAXIMA }), []);
      const variables = {
        absorptionVoltage: '${TOP}',
        chargeByCell: [
          ['${A}', 1],
          [3.6, '${B}'],
          [3.61, 0],
        ],
        emit: '${EMIT}',
      };
      if (chemistry === 'lfp') assert.deepEqual(verdicts({ ...variables, ...MAXIMA, overvoltage: 3.7 }), []);
    }
    assert.deepEqual(verdicts({}), [textIn('en-US')('bms-limits.error.maximum')]);
  });

  it('says of wrong properties what the node says, in its words, in every language', () => {
    const figure = (...values: unknown[]): fc.Arbitrary<unknown> => fc.constantFrom('', ...values);
    const points = fc.array(
      fc.tuple(fc.constantFrom(-5, 0, 3.3, 3.45, '3.5', 3.6, 3.7), fc.constantFrom(0, 0.4, '1', 1.5, -1)),
      { minLength: 1, maxLength: 3 },
    );
    const curve = fc.oneof(fc.constant([]), fc.constant(''), points);
    const config = fc.record(
      {
        chemistry: fc.constantFrom('', ...LIMITS_CHEMISTRIES),
        curveShape: fc.constantFrom('linear', 'step'),
        absorptionVoltage: figure(3.4, '3.55', 3.62, 'x', 9),
        ...{ floatVoltage: figure(3.4, 3.6), rebulkVoltage: figure(3.2, '3.4'), restVoltage: figure(3.3, '2.9') },
        ...{ overvoltage: figure(3.5, 4.3), undervoltage: figure(2.9, 2.2), protectionMargin: figure(0, 0.2, -1) },
        ...{ coldBlock: figure(-5, 5), cells: figure(16, 15.5), chargeByCell: curve, chargeByTemperature: curve },
        dischargeByCell: curve,
      },
      { requiredKeys: [] },
    );
    const languages = ['en-US', 'de', 'zh-CN'].map((language) => {
      const path = join('nodes', 'locales', language, 'sentences.json');
      const texts =
        language === 'en-US'
          ? undefined
          : new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>));
      return [language, new Language(language, texts)] as const;
    });
    fc.assert(
      fc.property(config, (change) => {
        const all = { ...change, ...MAXIMA };
        let error: unknown;
        try {
          limitsSettings(all, 15);
        } catch (thrown) {
          error = thrown;
        }
        for (const [id, language] of languages) {
          const said = verdicts(all, id);
          if (error === undefined) assert.deepEqual(said, []);
          else assert.ok(said.includes(language.error(error as never).message), said.join(' | '));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('names what is no list of points', () => {
    for (const chargeByCell of ['flat', [[1]], [['x', 1]], [3.5]]) {
      assert.deepEqual(verdicts({ ...MAXIMA, chargeByCell }), [
        textIn('en-US')('bms-limits.fault.points', { key: 'chargeByCell' }),
      ]);
    }
  });
});
