import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { LONGEST_INPUT, mutated } from './mutations';
import { Random } from './random';
import type { FuzzTarget } from './target';
import { TARGETS } from './targets';

/** Inputs that were not stood once. */
interface Regression {
  target: string;
  /** base64 */
  input: string;
  what: string;
}

const REGRESSIONS = JSON.parse(
  readFileSync(join(process.cwd(), 'test', 'regressions', 'fuzz.json'), 'utf8'),
) as Regression[];

/** How many inputs each target gets here, of which three in four are made of its seeds; `npm run fuzz` goes on from there. */
const RUNS: Readonly<Record<string, number>> = {
  codec: 400,
  session: 40,
  nodes: 60,
  admin: 60,
  link: 300,
  simulator: 150,
};

function inputs(target: FuzzTarget): fc.Arbitrary<Buffer> {
  const seeds = target.seeds();
  const seed = fc.constantFrom(...seeds);
  const made = fc.tuple(seed, seed, fc.nat()).map(([one, other, lot]) => mutated(one, other, new Random(lot)));
  const any = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
  return fc.oneof({ weight: 3, arbitrary: made }, { weight: 1, arbitrary: any });
}

describe('whatever comes from outside', function () {
  this.timeout(30_000);

  for (const target of TARGETS) {
    it(`is stood by ${target.name}`, async () => {
      const numRuns = RUNS[target.name.split('/')[0] ?? ''] ?? 100;
      for (const seed of target.seeds()) await target.run(seed.subarray(0, LONGEST_INPUT));
      await fc.assert(
        fc.asyncProperty(inputs(target), async (input) => target.run(input)),
        { numRuns },
      );
    });
  }

  for (const { target: name, input, what } of REGRESSIONS) {
    it(`${name}: ${what}`, async () => {
      const target = TARGETS.find((entry) => entry.name === name);
      if (target === undefined) throw new Error(`no target ${name}`);
      await target.run(Buffer.from(input, 'base64'));
    });
  }
});
