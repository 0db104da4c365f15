import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLASS_POLICIES } from '../../src/battery/settings/classes';
import { SETTINGS, type SettingClass, type SettingKey } from '../../src/battery/settings/vocabulary';
import { editorLanguage } from '../../src/runtime/languages';
import { SettingLabels } from '../../src/runtime/setting-labels';

const LOCALES = join('nodes', 'locales');
const NO_TEXTS = { _: () => '' };

/** The texts of a part of the catalogue that nothing asks for. */
function unused(language: string, part: string, isUsed: (key: string) => boolean): string[] {
  const text = readFileSync(join(LOCALES, language, 'settings.json'), 'utf8');
  const catalogue = JSON.parse(text) as Record<string, Record<string, string>>;
  return Object.keys(catalogue[part] ?? {}).filter((key) => !isUsed(key));
}

describe('labels of settings', () => {
  const keys = [...SETTINGS.keys()];

  for (const language of readdirSync(LOCALES)) {
    const labels = editorLanguage(NO_TEXTS, language).settings;

    it(`are whole in ${language}: of each setting one of its own, of groups, classes and units`, () => {
      const byLabel = new Map<string, SettingKey>();
      for (const key of keys) {
        const label = labels.setting(key);
        assert.ok(label !== key && !label.includes('__'), `${key}: ${label}`);
        // Two vendors have the same setting under different names.
        const other = byLabel.get(label);
        assert.ok(other === undefined || (/^jk/.test(other) && /^daly/.test(key)), `${key} and ${other}: ${label}`);
        byLabel.set(label, key);
      }
      for (const { group, unit, class: of } of SETTINGS.values()) {
        assert.notEqual(labels.group(group), group);
        assert.notEqual(labels.class(of), of);
        assert.equal(labels.unit(unit) === '', ['', '1'].includes(unit));
      }
      for (const of of Object.keys(CLASS_POLICIES)) assert.notEqual(labels.class(of as SettingClass), of);
    });

    it(`have no text in ${language} that is not used`, () => {
      const begins = (key: string): boolean => keys.some((setting) => setting.startsWith(key));
      const ends = (key: string): boolean => keys.some((setting) => setting.endsWith(key));
      const isLabelled = (key: string): boolean => SETTINGS.has(key as SettingKey);
      const found = [
        ...unused(language, 'quantity', (key) => begins(key) && !isLabelled(key)),
        ...unused(language, 'role', ends),
        ...unused(language, 'numbered', begins),
        ...unused(language, 'label', isLabelled),
        ...unused(language, 'class', (key) => key in CLASS_POLICIES),
        ...unused(language, 'group', (key) => [...SETTINGS.values()].some(({ group }) => group === key)),
        ...unused(language, 'unit', (key) => [...SETTINGS.values()].some(({ unit }) => unit === key)),
      ];
      assert.deepEqual(found, []);
    });
  }

  it('are put together of what is watched and what it is for', () => {
    const [english, german, chinese] = ['en-US', 'de', 'zh-CN'].map(
      (language) => editorLanguage(NO_TEXTS as never, language).settings,
    );
    assert.equal(english?.setting('cellOvervoltage2Recovery'), 'Cell overvoltage level 2: recovery');
    assert.equal(german?.setting('cellConnectionResistance12'), 'Verbindungswiderstand von Zelle 12');
    assert.equal(german?.setting('chargeOvercurrentRecoveryDelay'), 'Überstrom beim Laden: Freigabe nach');
    assert.equal(chinese?.setting('cellUndervoltageWarningRecovery'), '单体欠压告警恢复');
    assert.equal(english?.setting('socVoltage100'), 'Cell voltage at 100 % state of charge');
  });

  it('show values as words where they are no numbers', () => {
    const labels = editorLanguage(NO_TEXTS, 'de').settings;
    const values = [null, true, false, 3.65, 'lfp', 'JK-1', [1, 2]] as const;
    assert.deepEqual(
      values.map((value) => labels.value(value)),
      ['nie', 'ein', 'aus', '3.65', 'LFP', 'JK-1', '1, 2'],
    );
  });

  it('are the keys where the catalogue is damaged', () => {
    const labels = new SettingLabels({});
    assert.deepEqual(
      [labels.setting('socVoltage90'), labels.group('soc'), labels.class('P'), labels.unit('1'), labels.value(null)],
      ['socVoltage90', 'soc', 'P', '', 'never'],
    );
  });
});
