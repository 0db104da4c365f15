import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { capturesTable, TABLE_FILE } from './table';

/** Rows of a table without the blanks that line up its columns. */
function bare(markdown: string): string[] {
  return markdown
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').replace(/-{3,}/g, '---').trim())
    .filter((line) => line.startsWith('|'));
}

describe('docs/protocols/captures.md', () => {
  it('says what the captures say; npm run coverage:captures -- --write makes it anew', () => {
    assert.deepEqual(bare(readFileSync(TABLE_FILE, 'utf8')), bare(capturesTable()));
  });
});
