import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sentencesIn, sentencesOfSource } from '../support/sentences';

const LOCALES = join('nodes', 'locales');
const LANGUAGES = ['de', 'zh-CN'] as const;
const GLOSSARY = join('docs', 'glossary.md');

interface Entry {
  term: string;
  /** any of the forms of the term */
  pattern: RegExp;
  translations: Record<(typeof LANGUAGES)[number], RegExp>;
  banned: string[];
}

const formsIn = (cell: string): string[] => cell.split(',').flatMap((form) => form.trim() || []);

const escaped = (forms: readonly string[]): string =>
  forms.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');

/** Any of the forms, or its plural. */
const wordOf = (forms: readonly string[]): RegExp =>
  new RegExp(`(?<![\\w-])(?:${escaped(forms)})s?(?![\\w-]|: ")`, 'iu');

/** Any of the forms, also within a compound. */
const stemOf = (forms: readonly string[]): RegExp => new RegExp(escaped(forms), 'iu');

function glossary(): { entries: Entry[]; banned: string[] } {
  const text = readFileSync(GLOSSARY, 'utf8');
  const rows = text.split('\n').filter((line) => /^\|(?! Term | -)/.test(line));
  const entries = rows.map((row): Entry => {
    const [term = '', meaning = '', german = '', chinese = '', banned = ''] = row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    for (const cell of [term, meaning, german, chinese]) assert.notEqual(cell, '', row);
    return {
      term,
      pattern: wordOf(formsIn(term)),
      translations: { de: stemOf(formsIn(german)), 'zh-CN': stemOf(formsIn(chinese)) },
      banned: formsIn(banned),
    };
  });
  const others = /^Nor do these words[^:]*:([^.]*)\./m.exec(text)?.[1] ?? '';
  return { entries, banned: [...entries.flatMap(({ banned }) => banned), ...formsIn(others)] };
}

/** The texts of a catalogue by their keys. */
function textsIn(catalogue: object, prefix = ''): [string, string][] {
  return Object.entries(catalogue).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? textsIn(value, `${prefix}${key}.`)
      : [[prefix + key, String(value)] as [string, string]],
  );
}

const catalogueFiles = readdirSync(join(LOCALES, 'en-US')).filter((name) => name.endsWith('.json'));

/** Every text that all languages have, by its key: those of the dialogs and the sentences. */
function textsOf(language: string): Map<string, string> {
  const texts = catalogueFiles.flatMap((name) =>
    textsIn(JSON.parse(readFileSync(join(LOCALES, language, name), 'utf8')) as object),
  );
  const templates = sentencesOfSource().map(({ template }): [string, string] => [template, template]);
  return new Map([...texts, ...(language === 'en-US' ? templates : Object.entries(sentencesIn(language)))]);
}

describe('the glossary', () => {
  const { entries, banned } = glossary();
  const english = textsOf('en-US');

  it('has each term once, in order, and each is used', () => {
    const terms = entries.map(({ term }) => term);
    assert.ok(terms.length > 20 && banned.length > 10);
    assert.deepEqual(
      terms,
      [...new Set(terms)].sort((one, other) => one.localeCompare(other)),
    );
    const unused = entries.filter(({ pattern }) => ![...english.values()].some((text) => pattern.test(text)));
    assert.deepEqual(
      unused.map(({ term }) => term),
      [],
    );
  });

  for (const language of LANGUAGES) {
    it(`holds in ${language}`, () => {
      const problems: string[] = [];
      for (const [key, text] of textsOf(language)) {
        const original = english.get(key) ?? '';
        for (const { term, pattern, translations } of entries) {
          if (pattern.test(original) && !translations[language].test(text)) problems.push(`${term}: ${key}: ${text}`);
        }
      }
      assert.deepEqual(problems, []);
    });
  }

  it('keeps other words out of all texts for users', () => {
    const texts = [...english];
    const files = readdirSync(join(LOCALES, 'en-US')).map((name) => join(LOCALES, 'en-US', name));
    const documents = readdirSync('docs').map((name) => join('docs', name));
    const examples = readdirSync('examples').map((name) => join('examples', name));
    for (const path of [...files, ...documents, ...examples, 'README.md', 'SECURITY.md']) {
      if (!/\.(html|md|json)$/.test(path) || path === GLOSSARY) continue;
      readFileSync(path, 'utf8')
        .split('\n')
        .forEach((line, i) => texts.push([`${path}:${i + 1}`, line]));
    }
    const pattern = wordOf(banned);
    const found = texts.filter(([, text]) => pattern.test(text)).map(([place, text]) => `${place}: ${text}`);
    assert.deepEqual(found, []);
  });
});
