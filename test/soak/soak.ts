import assert from 'node:assert/strict';
import type { Clock } from '../../src/clock';
import { integer, seeded } from '../../src/simulator/seeded';
import { processFigures } from '../support/figures';
import type { SoakedPack } from './soaked-pack';
import { growth, quarters, type Figures, type Tolerance } from './trend';

export const PACKS = 20;

/** Looks at what there is during a run. */
const SAMPLES = 64;

/**
 * The heap breathes with what is under way and compiled. One object that stayed behind with each reading would show
 * within an hour, one device that stayed behind with each deploy within a few minutes.
 */
const HEAP: Tolerance = { share: 0.06, atLeast: 1.5 };
/** Lines, their timers and sockets come and go with what goes wrong. */
const BREATH: Tolerance = { share: 0.2, atLeast: 4 };

export interface Soak {
  packs: readonly SoakedPack[];
  clock: Clock;
  lengthMs: number;
  /** the longest time between two wishes, ms */
  wishEveryMs: number;
  /** the longest time between two readings of a pack: longer than all that may be in their way together, ms */
  longestSilenceMs: number;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Further figures of the moment. */
  figures?(): Figures;
}

/**
 * Lets packs be polled for a time, while somebody asks, switches, lends and deploys them; and looks that all go on
 * being read and that nothing grows. Leaves the packs running.
 */
export async function soak(run: Soak): Promise<void> {
  const { packs, clock, lengthMs, wishEveryMs, pass } = run;
  const draw = seeded(1);
  const samples: Figures[] = [];
  const from = clock.monotonic();
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const until = from + (sample * lengthMs) / SAMPLES;
    for (let now = clock.monotonic(); now < until; now = clock.monotonic()) {
      await pass(Math.min(integer(draw, 1, wishEveryMs), Math.max(1, until - now)));
      // Not waited for: faults, deploys and further wishes come while it is under way.
      void packs[integer(draw, 0, packs.length - 1)]?.doSomething();
    }
    samples.push({ ...processFigures(), ...figuresOf(packs), ...run.figures?.() });
    assertRead(run);
  }
  report(packs, samples);
  assert.deepEqual(
    growth(samples, (name) => (name === 'heap MB' ? HEAP : BREATH)),
    [],
  );
}

/** Looks that everything that was begun has ended, when the packs have. */
export function assertEnded(packs: readonly SoakedPack[]): void {
  assert.deepEqual(
    packs.flatMap(({ problems }) => problems),
    [],
  );
  for (const { name, begun, ended, readings, openChannels } of packs) {
    assert.equal(ended, begun, `${name}: wishes that never end`);
    assert.equal(openChannels, 0, `${name}: channels left open`);
    assert.ok(readings > 0, `${name} was never read`);
  }
}

function assertRead({ packs, clock, longestSilenceMs }: Soak): void {
  for (const { name, lastReadingAt } of packs) {
    const silence = clock.monotonic() - lastReadingAt;
    assert.ok(silence <= longestSilenceMs, `${name} has not been read for ${silence / 1000} s`);
  }
}

function figuresOf(packs: readonly SoakedPack[]): Figures {
  return {
    listeners: sum(packs, ({ listeners }) => listeners),
    'open lines': sum(packs, ({ openChannels }) => openChannels),
  };
}

function report(packs: readonly SoakedPack[], samples: readonly Figures[]): void {
  const errors: Record<string, number> = {};
  for (const pack of packs)
    for (const [code, count] of Object.entries(pack.errors)) errors[code] = (errors[code] ?? 0) + count;
  const done = `${sum(packs, ({ readings }) => readings)} readings, ${sum(packs, ({ begun }) => begun)} wishes`;
  console.log(`${done}, ${sum(packs, ({ deploys }) => deploys)} deploys; errors of wishes: ${JSON.stringify(errors)}`);
  console.table(quarters(samples));
}

function sum(packs: readonly SoakedPack[], of: (pack: SoakedPack) => number): number {
  return packs.reduce((all, pack) => all + of(pack), 0);
}
