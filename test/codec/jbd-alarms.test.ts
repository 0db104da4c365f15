import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { jbd, jbdAddressed } from '../../src/codec/jbd';
import { jbdUp16s } from '../../src/codec/jbd-up16s';
import type { Reading } from '../../src/battery/reading';
import { addressedReply, classicReply, read } from '../support/jbd';
import { up16sReply } from '../support/jbd-up16s';
import { codes, numbersIn, sheetTable } from '../support/sheet';

/*
 * The alarm words of all JBD boards, bit by bit, as docs/protocols/jbd.md has them. It writes most of them as lists, `0
 * cell_overvoltage · 19 cell_disconnected f`.
 */

const SHEET = readFileSync('docs/protocols/jbd.md', 'utf8');

const LEVELS: Readonly<Record<string, string>> = { f: 'fault', w: 'warning' };

/** What each bit means: `code level`; undefined for one that is ignored. */
type Meanings = readonly (string | undefined)[];

/** @param after the text of the sheet in front of the list, which ends with the line; @param others for bits that it lacks */
function listed(after: string, level: string, others: readonly (string | undefined)[]): Meanings {
  const meanings = [...others];
  const [, list = ''] = SHEET.split(after);
  for (const item of list.split('\n')[0]?.split(/·|(?<=[a-z]), (?=\d)/) ?? []) {
    const [, bits = '', code, own = ''] = /^ *(\d+(?:, \d+)*) ([a-z_]+)(?: ([fw])\b)?/.exec(item) ?? [];
    if (code !== undefined) for (const bit of numbersIn(bits)) meanings[bit] = `${code} ${LEVELS[own] ?? level}`;
  }
  return meanings;
}

const unknown = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_, bit) => `unknown_${word}_${bit} warning`);

/** Two halves side by side, each with bit, code and level. */
const CLASSIC_PROTECTIONS: Meanings = [0, 4].flatMap((at) =>
  sheetTable('jbd', '4.2').map((row) => `${row[at + 1]} ${/^[a-z]+/.exec(row[at + 2] ?? '')?.[0]}`),
);
const ADDRESSED_PROTECTIONS = [
  ...CLASSIC_PROTECTIONS.slice(0, 13),
  ...listed('0..12 as 4.2; ', 'protection', []).slice(13),
];
const NONE: Meanings = new Array(16).fill(undefined) as undefined[];

interface Word {
  name: string;
  /** the reading of an answer with this data */
  read(data: Buffer): Reading;
  /** bytes of the word */
  width: 2 | 4;
  at: number;
  bits: Meanings;
  /** the most that can be set at once; all, when missing */
  together?: number;
}

type Answer = Pick<Word, 'width' | 'read'>;

const classic: Answer = { width: 2, read: (data) => read(jbd, '03', classicReply(0x03, data.subarray(0, 32))) };
const addressed: Answer = {
  width: 2,
  read: (data) => read(jbdAddressed, '03', addressedReply(0, 0x03, data.subarray(0, 32))),
};
const up16s: Answer = { width: 4, read: (data) => read(jbdUp16s, '1000', up16sReply(0x1000, 0x10a0, data)) };

const WORDS: readonly Word[] = [
  { name: 'classic protections', ...classic, at: 16, bits: CLASSIC_PROTECTIONS },
  {
    ...{ name: 'classic alarms', ...classic, at: 24, together: 0xfd57 },
    bits: listed('### 4.3 Alarm word (offset e+1), all level warning\n', 'warning', NONE),
  },
  { name: 'addressed protections', ...addressed, at: 16, bits: ADDRESSED_PROTECTIONS },
  { name: 'addressed alarms', ...addressed, at: 22, bits: listed('Alarm bits: ', 'warning', unknown('alarm', 16)) },
  {
    ...{ name: 'UP16S protections', ...up16s, at: 24 },
    bits: listed('marked f (fault) or w (warning): ', 'protection', unknown('protection', 32)),
  },
  {
    ...{ name: 'UP16S alarms', ...up16s, at: 28 },
    bits: listed('Word at 28, all warning: ', 'warning', unknown('alarm', 32)),
  },
];

/** The alarms of an answer that is all zero but for one word. */
function alarmsOf({ width, at, ...word }: Word, value: number): string[] {
  const data = Buffer.alloc(72);
  data.writeUIntBE(value, at, width);
  const { alarms } = word.read(data);
  for (const { message } of alarms ?? assert.fail('alarms are always there')) assert.match(message, /^[A-Z].+\.$/);
  return codes(alarms);
}

describe('jbd alarm bits', () => {
  for (const word of WORDS) {
    it(`${word.name}: each bit, alone`, () => {
      assert.equal(word.bits.length, 8 * word.width);
      word.bits.forEach((expected, bit) => {
        assert.deepEqual(alarmsOf(word, 2 ** bit), expected === undefined ? [] : [expected], `bit ${bit}`);
      });
      assert.deepEqual(alarmsOf(word, 0), []);
    });

    it(`${word.name}: all at once, each code once per level`, () => {
      const together = word.together ?? 2 ** (8 * word.width) - 1;
      const named = word.bits.filter((entry, bit) => entry !== undefined && ((together / 2 ** bit) & 1) === 1);
      assert.deepEqual(alarmsOf(word, together), [...new Set(named)].sort());
    });
  }
});
