import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alerts, parseThreshold } from '../../src/cli/thresholds';

/** By the guidelines of monitoring plugins: range, values that alert, values that do not. */
const RANGES: [string, number[], number[]][] = [
  ['10', [-1, 10.1], [0, 5, 10]],
  ['10:', [9.9, -3], [10, 1e6]],
  ['~:10', [10.1], [10, -1e6]],
  ['10:20', [9.9, 20.1], [10, 20]],
  ['@10:20', [10, 15, 20], [9.9, 20.1]],
  ['3.2:', [3.19], [3.2, 3.65]],
  ['-5:5', [-5.1, 5.1], [-5, 0]],
];

describe('ranges of a monitor', () => {
  for (const [text, wrong, well] of RANGES) {
    it(`${text} alerts where it should`, () => {
      const threshold = parseThreshold(text);
      for (const value of wrong) assert.ok(alerts(threshold, value), `${value}`);
      for (const value of well) assert.ok(!alerts(threshold, value), `${value}`);
    });
  }

  it('refuses everything else', () => {
    for (const text of ['', ':', '@', 'a', '20:10', '10:20:30', '1e3', ' 5', '--5']) {
      assert.throws(() => parseThreshold(text), { code: 'bad_value' }, text);
    }
  });

  it('an inner range is the reverse of the same outer one', () => {
    const bound = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(bound, bound, bound, (a, b, value) => {
        const text = `${Math.min(a, b)}:${Math.max(a, b)}`;
        assert.notEqual(alerts(parseThreshold(text), value), alerts(parseThreshold(`@${text}`), value));
      }),
    );
  });
});
