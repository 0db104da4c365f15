import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes written in hex, with spaces where they help the eye. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** `code level` of each alarm, in a fixed order. */
export function codes(alarms: unknown): string[] {
  return (alarms as { code: string; level: string }[]).map(({ code, level }) => `${code} ${level}`).sort();
}

/** The tables under a heading of a protocol sheet (`docs/protocols`), row by row and cell by cell, without their heads. */
export function sheetTables(sheet: string, heading: string): string[][][] {
  const text = readFileSync(join(process.cwd(), 'docs', 'protocols', `${sheet}.md`), 'utf8');
  const [, section] = text.split(new RegExp(`^#+ ${heading.replaceAll('.', '\\.')}[. ].*$`, 'm'));
  assert.ok(section !== undefined, `${sheet}.md has no section ${heading}`);
  const tables = section.split(/^#/m)[0]?.match(/(?:^\|.*\n?)+/gm) ?? [];
  return tables.map((table) => {
    const rows = table.trimEnd().split('\n').slice(2);
    return rows.map((line) => line.slice(1, -1).split('|')).map((cells) => cells.map((cell) => cell.trim()));
  });
}

/** The first of them. */
export function sheetTable(sheet: string, heading: string): string[][] {
  return sheetTables(sheet, heading)[0] ?? [];
}

const LEVELS: Readonly<Record<string, string>> = { P: 'protection', F: 'fault', W: 'warning' };

/** What each bit or code of a status word is: `code level`; undefined for what is no alarm. */
export type Meanings = readonly (string | undefined)[];

/**
 * Reads them out of two cells of each row: `18..20`, `32, 33` or `41 / 42`, and `cell_overvoltage P`, `one / other F` or `-`.
 * What the sheet leaves open, with an empty cell, no row or the word `unknown`, is an unknown alarm of the register.
 */
export function meaningsOf(
  register: string,
  count: number,
  rows: readonly (readonly [numbers?: string, alarm?: string])[],
): Meanings {
  const meanings: (string | undefined)[] = Array.from({ length: count }, (_, n) => `unknown_${register}_${n} warning`);
  for (const [numbers = '', cell = ''] of rows.filter((row) => row[1] !== '' && row[1] !== 'unknown')) {
    const [, names = '', level = ''] = /^(.*) ([PFW])$/.exec(cell) ?? [];
    const list = names.split(' / ');
    for (const [i, number] of numbersIn(numbers).entries()) {
      const name = list[i] ?? list[0];
      meanings[number] = name ? `${name} ${LEVELS[level]}` : undefined;
    }
  }
  return meanings;
}

/** The numbers of a cell: `4`, `2, 3`, `0 / 1` or `12..15`. */
export function numbersIn(cell: string): number[] {
  return cell.split(/[,/]/).flatMap((part) => {
    const [first = NaN, last = first] = part.split('..').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
