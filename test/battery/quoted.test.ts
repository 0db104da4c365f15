import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import { say, verbatim } from '../../src/battery/sentence';
import { printable, quoted, shownValue } from '../../src/battery/quoted';

const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]*$/u;

describe('what is printed of names and values', () => {
  it('stays on one line, short, and without what moves a cursor, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const shown of [printable(text), quoted(text), String(shownValue(text))]) assert.match(shown, ONE_LINE);
        const { message } = new BmsError('denied', say`Bank ${text} is closed.`);
        assert.match(message, ONE_LINE);
      }),
    );
    assert.ok(quoted('y'.repeat(2_000_000)).length < 70);
    assert.ok(new BmsError('denied', verbatim('y'.repeat(2_000_000))).message.length < 1100);
  });

  it('cuts what is longer than it may be, and nothing else', () => {
    assert.deepEqual([printable('abc', 3), printable('abcd', 3)], ['abc', 'abc…']);
  });

  it('leaves alone what is plain', () => {
    assert.equal(printable('Hausbatterie 2 (grün)'), 'Hausbatterie 2 (grün)');
    assert.equal(quoted('charge'), '"charge"');
    assert.equal(quoted('a "b"\n'), '"a \\"b\\"\\n"');
    assert.deepEqual(
      [1, NaN, true, null, undefined, 'x', [], {}].map((value) => String(shownValue(value))),
      ['1', 'NaN', 'true', 'null', 'undefined', '"x"', 'a list', 'a value of type object'],
    );
  });
});
