import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pairwise, type Parameters } from './pairwise';

/** Parameters with two to five values each. */
const parameters = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 8 })
  .map((sizes) =>
    Object.fromEntries(sizes.map((size, i) => [`p${i}`, Array.from({ length: size }, (_, v) => `${i}.${v}`)])),
  );

/** Every pair of values of two parameters. */
function pairsOf(of: Parameters): [string, unknown, string, unknown][] {
  const names = Object.keys(of);
  return names.flatMap((a, i) =>
    names
      .slice(i + 1)
      .flatMap((b) =>
        (of[a] ?? []).flatMap((v) => (of[b] ?? []).map((w) => [a, v, b, w] as [string, unknown, string, unknown])),
      ),
  );
}

describe('pairwise', () => {
  it('has every pair of values in some row, each row whole', () => {
    fc.assert(
      fc.property(parameters, fc.integer(), (of, seed) => {
        const rows = pairwise(of, undefined, seed);
        for (const row of rows)
          for (const [name, value] of Object.entries(row)) assert.ok((of[name] ?? []).includes(value));
        for (const [a, v, b, w] of pairsOf(of))
          assert.ok(
            rows.some((row) => row[a] === v && row[b] === w),
            `${String(v)} ${String(w)}`,
          );
      }),
    );
  });

  it('needs far fewer rows than there are combinations', () => {
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`p${i}`, [0, 1, 2, 3]]));
    const { length } = pairwise(ten);
    assert.ok(length <= 40, `${length} rows for 4^10`);
  });

  it('never has a pair that cannot be met, and still all others', () => {
    const of = { fruit: ['apple', 'plum'], knife: [true, false], plate: [1, 2, 3] };
    const meets = (row: { fruit?: unknown; knife?: unknown }): boolean => !(row.fruit === 'plum' && row.knife === true);
    const rows = pairwise(of, meets);
    assert.ok(rows.every((row) => !(row.fruit === 'plum' && row.knife)));
    for (const [a, v, b, w] of pairsOf(of)) {
      if (v === 'plum' && w === true) continue;
      assert.ok(
        rows.some((row) => row[a as 'fruit'] === v && row[b as 'fruit'] === w),
        `${String(v)} ${String(w)}`,
      );
    }
  });

  it('gives up a pair that fits into no row', () => {
    const of = { a: [1, 2], b: [1, 2], c: [1, 2] };
    const meets = ({ a, b, c }: { a?: unknown; b?: unknown; c?: unknown }): boolean =>
      !((a === 1 && c === 1) || (b === 1 && c === 2));
    const rows = pairwise(of, meets);
    assert.ok(rows.length > 0 && !rows.some(({ a, b }) => a === 1 && b === 1));
  });

  it('is the same every time', () => {
    const of = { a: [1, 2, 3], b: [1, 2], c: [1, 2, 3] };
    assert.deepEqual(pairwise(of), pairwise(of));
  });
});
