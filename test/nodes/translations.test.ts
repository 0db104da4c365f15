import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NODE_TYPES } from '../support/node-types';

type Catalogue = Record<string, unknown>;

interface Translations {
  catalogueProblems(first: Catalogue, other: Catalogue): Iterable<string>;
  statusProblems(catalogue: Catalogue): Iterable<string>;
  helpProblems(first: string, other: string): Iterable<string>;
  wordingProblems(
    first: string,
    other: string,
    own: readonly [Catalogue, Catalogue],
    all: readonly Catalogue[],
  ): Iterable<string>;
}

const { catalogueProblems, statusProblems, helpProblems, wordingProblems } = createRequire(__filename)(
  join(process.cwd(), 'scripts', 'translations.mjs'),
) as Translations;

const LOCALES = join(process.cwd(), 'nodes', 'locales');
const LANGUAGES = ['de', 'zh-CN'];

const catalogue = (language: string, node: string): Catalogue =>
  JSON.parse(readFileSync(join(LOCALES, language, `${node}.json`), 'utf8')) as Catalogue;
const help = (language: string, node: string): string => readFileSync(join(LOCALES, language, `${node}.html`), 'utf8');

/** The German texts of bms-device with one of them changed; `undefined` takes it away. */
function changed(key: string, text: string | undefined): Catalogue {
  const texts = catalogue('de', 'bms-device');
  const path = key.split('.');
  const last = path.pop() ?? '';
  const parent = path.reduce<Catalogue>((part, name) => part[name] as Catalogue, texts);
  if (text === undefined) delete parent[last];
  else parent[last] = text;
  return texts;
}

/** The German help of bms-device with something else in a place that must be there. */
function changedHelp(what: string, by: string): string {
  const whole = help('de', 'bms-device');
  assert.ok(whole.includes(what), what);
  return whole.replace(what, by);
}

describe('translations', () => {
  it('are those of this test', () => {
    assert.deepEqual(readdirSync(LOCALES).sort(), [...LANGUAGES, 'en-US'].sort());
    for (const language of readdirSync(LOCALES)) {
      const files = [...NODE_TYPES.flatMap((node) => [`${node}.html`, `${node}.json`]), 'settings.json'];
      if (language !== 'en-US') files.push('sentences.json');
      assert.deepEqual(readdirSync(join(LOCALES, language)).sort(), files.sort());
    }
  });

  for (const language of LANGUAGES) {
    it(`${language} says what en-US says, in its own words`, () => {
      const all = NODE_TYPES.map((node) => catalogue(language, node));
      for (const node of NODE_TYPES) {
        const own = [catalogue('en-US', node), catalogue(language, node)] as const;
        const both = [help('en-US', node), help(language, node)] as const;
        const problems = [
          ...catalogueProblems(...own),
          ...statusProblems(own[1]),
          ...helpProblems(...both),
          ...wordingProblems(...both, own, all),
        ];
        assert.deepEqual(problems, [], node);
      }
      assert.deepEqual([...catalogueProblems(catalogue('en-US', 'settings'), catalogue(language, 'settings'))], []);
    });
  }

  describe('of a catalogue', () => {
    const problems = (key: string, text: string | undefined): string[] => [
      ...catalogueProblems(catalogue('en-US', 'bms-device'), changed(key, text)),
    ];
    const SEARCH = 'bms-device.search.none';

    it('must have every text, and none besides', () => {
      assert.deepEqual(problems(SEARCH, undefined), [`${SEARCH} is missing`]);
      assert.deepEqual(problems(SEARCH, ' '), [`${SEARCH} is empty`, `${SEARCH} has other values`]);
      assert.deepEqual(problems('bms-device.search.more', 'mehr'), ['bms-device.search.more is too much']);
    });

    it('must have the same values', () => {
      assert.deepEqual(problems(SEARCH, 'Niemand antwortet.'), [`${SEARCH} has other values`]);
      assert.deepEqual(problems(SEARCH, 'Abgefragt wurden __askd__.'), [`${SEARCH} has other values`]);
      assert.deepEqual(problems(SEARCH, '__asked__ und __asked__'), [`${SEARCH} has other values`]);
    });

    it('must not be left in English, but where there is nothing to translate', () => {
      assert.deepEqual(problems('bms-device.label.retries', 'Retries'), ['bms-device.label.retries is not translated']);
      assert.deepEqual(problems('bms-device.label.name', 'Name'), []);
      assert.deepEqual(problems('bms-device.test.figure.voltage', '__voltage__ V'), []);
    });

    it('must leave the types of nodes as they are', () => {
      const [first, other] = [catalogue('en-US', 'bms-read'), catalogue('de', 'bms-read')];
      (other['bms-read'] as { label: { node: string } }).label.node = 'bms-lesen';
      assert.deepEqual([...catalogueProblems(first, other)], ['bms-read.label.node must stay "bms-read"']);
    });

    it('must fit below a node', () => {
      const text = 'die Prüfsumme der Antwort ist falsch';
      assert.deepEqual(
        [...statusProblems(changed('bms-device.status.checksum', text))],
        [`bms-device.status.checksum is too long for a status: "${text}"`],
      );
    });
  });

  describe('of a help', () => {
    const problems = (what: string, by: string): string[] => [
      ...helpProblems(help('en-US', 'bms-device'), changedHelp(what, by)),
    ];

    it('must be built the same way', () => {
      assert.match(problems('<h4>Adresse</h4>', '<p>Adresse</p>')[0] ?? '', /^its tag \d+ is <p> and should be <h4>$/);
      assert.match(problems('data-help-name="bms-device"', 'data-help-name="bms-read"')[0] ?? '', /^its tag 1 is /);
      assert.deepEqual(problems('</ul>\n</script>', '</ul>'), ['the tag </script> is missing at its end']);
    });

    it('must have the same code and emphasis in each paragraph, in any order', () => {
      assert.match(problems('<code>timeout</code>', '<code>Zeitlimit</code>')[0] ?? '', /has other code than/);
      assert.match(problems('<code>timeout</code>', 'timeout')[0] ?? '', /has other code than/);
      assert.match(problems('<em>Suchen</em>', 'Suchen')[0] ?? '', /has other code than/);
      const swapped = changedHelp('<code>not_found</code>', '<code>x</code>')
        .replace('<code>timeout</code>', '<code>not_found</code>')
        .replace('<code>x</code>', '<code>timeout</code>');
      assert.deepEqual([...helpProblems(help('en-US', 'bms-device'), swapped)], []);
    });

    it('must leave the properties of messages as they are', () => {
      const [first, other] = [help('en-US', 'bms-read'), help('de', 'bms-read')];
      const renamed = other.replace('<dt>topic <span', '<dt>thema <span');
      assert.notEqual(renamed, other);
      assert.deepEqual([...helpProblems(first, renamed)], ['the property topic is called thema']);
    });

    it('must not be left in English, nor empty', () => {
      assert.deepEqual(problems('<h4>Passwort</h4>', '<h4>Password</h4>'), ['"Password" is not translated']);
      assert.deepEqual(problems('<h4>Passwort</h4>', '<h4></h4>'), ['"Password" has no text']);
    });

    it('must call things as the dialog does', () => {
      const own = [catalogue('en-US', 'bms-device'), catalogue('de', 'bms-device')] as const;
      const wording = (what: string, by: string): string[] => [
        ...wordingProblems(help('en-US', 'bms-device'), changedHelp(what, by), own, [own[1]]),
      ];
      assert.deepEqual(wording('<em>Suchen</em>', '<em>Finden</em>'), ['no dialog says "Finden"']);
      assert.deepEqual(wording('<h4>Zellen alle</h4>', '<h4>Zellen jede</h4>'), [
        'the title "Zellen jede" is "Zellen alle" in the dialog',
      ]);
    });
  });
});
