import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';

interface Row {
  type: string;
  range?: [number, number];
}

const code = readFileSync(join('nodes', 'dialog', 'settings-values.js'), 'utf8');
/** What the dialog makes of a text; as JSON, since it comes from another realm. */
const typed = (row: Row, text: string): string | undefined =>
  vm.runInNewContext(`${code}; JSON.stringify(typedSetting(row, text, 'never'))`, { row, text }) as string | undefined;

describe('what is typed for a setting', () => {
  const volts: Row = { type: 'number', range: [2, 4.5] };
  for (const [row, text, value] of [
    [volts, '3.62', '3.62'],
    [volts, '3,62', '3.62'],
    [volts, 'Never', 'null'],
    [volts, '4.6', undefined],
    [volts, '1.9', undefined],
    [volts, 'high', undefined],
    [{ type: 'number' }, '-20', '-20'],
    [{ type: 'number' }, '1e999', undefined],
    [{ type: 'number[]' }, '1, 3;4', '[1,3,4]'],
    [{ type: 'number[]' }, '1, x', undefined],
    [{ type: 'boolean' }, 'false', 'false'],
    [{ type: 'string' }, 'lfp', '"lfp"'],
  ] as [Row, string, string | undefined][]) {
    it(`as "${text}" for ${row.type}`, () => assert.equal(typed(row, text), value));
  }
});
