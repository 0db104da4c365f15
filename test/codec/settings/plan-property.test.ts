import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../../src/battery/errors';
import { holds } from '../../../src/battery/settings/order';
import type { OrderingRule } from '../../../src/battery/settings/ordering-rule';
import type { Parameter, SettingsImage } from '../../../src/codec/parameter';
import { imageWith, valuesIn, type BoardSettings } from '../../../src/codec/settings/board-settings';
import { compareSettings } from '../../../src/codec/settings/compare';
import { documentOf } from '../../../src/codec/settings/document';
import { refusalOf } from '../../../src/codec/settings/permission';
import { planSettings } from '../../../src/codec/settings/plan';
import { replays } from '../../support/settings/replay';

/** In CI; at night `SETTINGS_RUNS=100000`. Each protocol has its share of boards. */
const RUNS = Number(process.env.SETTINGS_RUNS ?? 2000);
/** How a pack is built decides of the ranges of other settings: it is not moved here. */
const ALL = { level: 'protection', allowExperimental: true } as const;

const EVERYTHING: readonly [number, number] = [-Infinity, Infinity];

/** Which setting moves, and by which part of itself. */
type Steps = readonly (readonly [number, number])[];

/** A captured board, with what of its settings may be moved. */
class Bench {
  readonly parameters: readonly Parameter[];
  /** what a document puts back */
  readonly restored: readonly Parameter[];
  private readonly movable: readonly Parameter[];
  /** those that the board keeps as it was captured */
  private readonly rules: readonly OrderingRule[];

  constructor(readonly board: BoardSettings) {
    const { access, target, image } = board;
    this.parameters = access.parameters(target, image);
    const allowed = this.parameters.filter((each) => refusalOf(each.key, each, access, ALL) === undefined);
    this.restored = allowed.filter((each) => each.access !== 'named');
    this.movable = allowed.filter((each) => isInRange(each, image));
    this.rules = access.rules(target, image).filter((rule) => this.keeps(rule, image));
  }

  get isWritable(): boolean {
    return this.movable.length > 1;
  }

  broken(image: SettingsImage): OrderingRule[] {
    return this.rules.filter((rule) => !this.keeps(rule, image));
  }

  /**
   * Moves one setting after the other by a part of itself, wherever the board and its rules take it.
   * @param movable what the board holds out of range is moved into it
   */
  moved(steps: Steps, movable = this.movable): SettingsImage {
    return steps.reduce((image, [place, part]) => {
      const parameter = movable[place % movable.length];
      const value = parameter?.decode(image);
      if (parameter === undefined || typeof value !== 'number') return image;
      const [least, most] = movable === this.movable ? EVERYTHING : (parameter.range ?? EVERYTHING);
      try {
        const next = imageWith(image, parameter, Math.min(most, Math.max(least, value * (1 + part) + 10 * part)));
        return this.broken(next).length === 0 ? next : image;
      } catch (thrown) {
        if (thrown instanceof BmsError && thrown.code === 'bad_value') return image;
        throw thrown;
      }
    }, this.board.image);
  }

  values(image: SettingsImage) {
    return valuesIn(image, this.movable);
  }

  private keeps(rule: OrderingRule, image: SettingsImage): boolean {
    const [upper, lower] = [rule.upper, rule.lower].map((key) =>
      this.parameters.find((each) => each.key === key)?.decode(image),
    );
    return holds(rule, upper, lower);
  }
}

/** Some boards hold what their vendor's app would not take. */
function isInRange(parameter: Parameter, image: SettingsImage): boolean {
  const value = parameter.decode(image);
  const [least, most] = parameter.range ?? EVERYTHING;
  return typeof value === 'number' && value >= least && value <= most;
}

const steps = fc.array(
  fc.tuple(
    fc.nat(200),
    fc.integer({ min: -20, max: 20 }).map((percent) => percent / 100),
  ),
  { minLength: 20, maxLength: 80 },
);

describe('the plan between any two sets that a board takes', () => {
  for (const { protocol, boards } of replays().map((replay) => ({
    protocol: replay.protocol,
    boards: replay.boards(),
  }))) {
    const benches = boards.map((board) => new Bench(board)).filter((bench) => bench.isWritable);
    if (benches.length === 0) continue;

    it(`${protocol.id}: ends in the other, and every register that is written leaves all rules kept`, () => {
      let written = 0;
      fc.assert(
        fc.property(fc.nat(benches.length - 1), steps, steps, (place, one, other) => {
          const bench = benches[place] ?? assert.fail();
          const [from, to] = [bench.moved(one), bench.moved(other)];
          const wanted = { kind: 'keys', values: bench.values(to) } as const;
          const { plan, refused, writes } = planSettings({
            board: { ...bench.board, image: from },
            wanted,
            permission: ALL,
            isOwn: true,
          });
          assert.deepEqual(
            refused.map(({ reason }) => String(reason)),
            [],
          );
          for (const { image, register } of writes) assert.deepEqual(bench.broken(image), [], `after ${register}`);
          assert.deepEqual(bench.values(writes.at(-1)?.image ?? from), wanted.values);
          assert.equal(new Set(writes.map(({ register }) => register)).size, writes.length, 'each register once');
          assert.ok(plan.length >= writes.length);
          written += writes.length;
        }),
        { numRuns: RUNS / 20 },
      );
      assert.ok(written > RUNS / 20, 'next to nothing was written');
    });

    it(`${protocol.id}: whatever was changed, restoring what was taken before leaves no difference`, () => {
      fc.assert(
        fc.property(fc.nat(benches.length - 1), steps, (place, one) => {
          const bench = benches[place] ?? assert.fail();
          const { board } = bench;
          const wanted = { kind: 'document', document: documentOf(board) } as const;
          const now = { ...board, image: bench.moved(one, bench.restored) };
          const { refused, writes } = planSettings({ board: now, wanted, permission: ALL, isOwn: true });
          assert.deepEqual(
            refused.map(({ reason }) => String(reason)),
            [],
          );
          const then = { ...board, image: writes.at(-1)?.image ?? now.image };
          assert.deepEqual(compareSettings(then, wanted, ALL).differences, []);
        }),
        { numRuns: RUNS / 20 },
      );
    });
  }
});
