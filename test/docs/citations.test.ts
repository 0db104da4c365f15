import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHEETS = join('docs', 'protocols');

/** A sheet with sections of it: `(jbd.md 4.1)`, `(jk-ble.md 2, 3)`, `jbd.md 4 and 6`. */
const CITATION = /(?<![\w/.])([a-z][a-z0-9-]*\.md)((?:(?:,| and)? [A-Z]?\d+(?:\.\d+)?\b)+)/g;

function filesOf(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => join(folder, file));
}

function sheetNames(): string[] {
  return readdirSync(SHEETS).filter((file) => file.endsWith('.md'));
}

/** The numbers that the headings of a sheet begin with. */
function sectionsOf(sheet: string): ReadonlySet<string | undefined> {
  const headings = readFileSync(join(SHEETS, sheet), 'utf8').matchAll(/^#{1,4} ([A-Z]?\d*(?:\.\d+)?)\.? /gm);
  return new Set([...headings].map(([, number]) => number));
}

/** Every section that a file cites, as `jbd.md 4.1`. */
function citationsIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(CITATION)].flatMap(([, sheet, numbers = '']) =>
    [...numbers.matchAll(/[A-Z]?\d+(?:\.\d+)?/g)].map(([number]) => `${sheet} ${number}`),
  );
}

describe('docs/protocols', () => {
  it('has every section that is cited', () => {
    const known = new Set(
      sheetNames().flatMap((sheet) => [...sectionsOf(sheet)].map((number) => `${sheet} ${number}`)),
    );
    const code = ['src', 'nodes', 'test', 'scripts'].flatMap((folder) => filesOf(folder, /\.(ts|mjs|cjs)$/));
    const missing = [...code, ...filesOf(SHEETS, /\.md$/)].flatMap((file) =>
      citationsIn(file)
        .filter((citation) => !known.has(citation))
        .map((citation) => `${file}: ${citation}`),
    );
    assert.deepEqual(missing, []);
  });

  it('lists every sheet in its index', () => {
    const index = readFileSync(join(SHEETS, 'README.md'), 'utf8');
    const unlisted = sheetNames().filter((sheet) => sheet !== 'README.md' && !index.includes(`](${sheet})`));
    assert.deepEqual(unlisted, []);
  });
});
