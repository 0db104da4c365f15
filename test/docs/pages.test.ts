import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ERROR_CODES } from '../../src/battery/errors';
import { READING_KEYS } from '../../src/battery/reading-keys';
import { PROTOCOLS } from '../../src/codec/registry';

const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.endsWith('.api.md'))
    .map((file) => join('docs', file)),
];

function read(page: string): string {
  return readFileSync(page, 'utf8');
}

function withoutCode(page: string): string {
  return read(page).replace(/```.*?```/gs, '');
}

/** Anchors of a page, as GitHub makes them of its headings, and those that are written as such. */
function anchorsOf(page: string): ReadonlySet<string | undefined> {
  const text = withoutCode(page);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
}

/** Links of a page that lead nowhere. */
function deadLinks(page: string): string[] {
  const links = [...withoutCode(page).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  return links.flatMap(([, path = '', anchor]) => {
    const target = path === '' ? page : join(dirname(page), path);
    const isThere = existsSync(target) && (anchor === undefined || anchorsOf(target).has(anchor));
    return isThere ? [] : [`${page}: ${path}${anchor === undefined ? '' : `#${anchor}`}`];
  });
}

/** Words that a page lacks. */
function missingIn(page: string, words: readonly string[]): string[] {
  const text = read(page);
  return words.filter((word) => !text.includes(word)).map((word) => `${word} in ${page}`);
}

describe('the pages', () => {
  it('link to what is there', () => {
    assert.deepEqual(PAGES.flatMap(deadLinks), []);
  });

  it('tell of every protocol, with what its boards can be asked to do', () => {
    const ids = PROTOCOLS.map(({ id }) => `\`${id}\``);
    const pages = ['README.md', join('docs', 'protocols', 'README.md')];
    assert.deepEqual(
      pages.flatMap((page) => missingIn(page, ids)),
      [],
    );
    const actions = PROTOCOLS.flatMap(({ actions: offered = [] }) => offered.map(({ name }) => name));
    assert.deepEqual(missingIn(join('docs', 'nodes.md'), actions), []);
  });

  it('tell of every property of every node', () => {
    const editors = readdirSync('nodes').filter((file) => file.endsWith('.html'));
    const properties = editors.flatMap((file) => {
      const [, defaults = ''] = /defaults: \{(.*?)\n {6}\},/s.exec(read(join('nodes', file))) ?? [];
      return [...defaults.matchAll(/^ {8}(\w+): \{/gm)].map(([, name]) => `\`${name}\``);
    });
    assert.ok(properties.length > editors.length);
    assert.deepEqual(missingIn(join('docs', 'nodes.md'), properties), []);
  });

  it('tell of every key of a reading and of every error', () => {
    assert.deepEqual(
      missingIn(
        join('docs', 'nodes.md'),
        READING_KEYS.map((key) => `\`${key}\``),
      ),
      [],
    );
    assert.deepEqual(
      missingIn(
        join('docs', 'errors.md'),
        ERROR_CODES.map((code) => `## ${code}\n`),
      ),
      [],
    );
  });
});
