import { ENERGY_THROUGHPUT, THROUGHPUT } from '../jumps';
import type { Reading } from '../reading';
import { COUNTER_KEYS, type CounterKey, type Counters } from './counters';

/** The count of a board that counts itself, and the counter that follows it. */
export interface BoardCount {
  /** what the board reported last, Wh or Ah */
  readonly board: number;
  /** the counter as it would be by the board alone; the counter itself never falls behind what it was */
  readonly counter: number;
  /** how long ago the board reported it, s; 0: with the last reading */
  readonly age: number;
}

export type BoardCounts = Readonly<Partial<Record<CounterKey, BoardCount>>>;

export const NO_BOARD_COUNTS: BoardCounts = {};

/** How much a board's count may rise. */
const LEEWAY: Readonly<Record<CounterKey, typeof THROUGHPUT>> = {
  chargedEnergy: ENERGY_THROUGHPUT,
  dischargedEnergy: ENERGY_THROUGHPUT,
  chargedCapacity: THROUGHPUT,
  dischargedCapacity: THROUGHPUT,
};

export interface Followed {
  readonly total: Counters;
  readonly counts: BoardCounts;
}

/**
 * The counters after a reading. Where the board counts itself its count wins: also over gaps, in which it has gone on
 * counting. One that falls, or rises by more than it can, is another count (it was cleared, or has begun anew): what was
 * integrated counts for that step, and the board's from there on. While it is missing what is integrated counts, and what
 * the board has counted meanwhile replaces that as soon as it is back. No counter ever falls.
 * @param integrated the counters with what was integrated since the last reading
 * @param seconds since the last reading
 */
export function followBoard(
  counts: BoardCounts,
  reading: Readonly<Reading>,
  before: Counters,
  integrated: Counters,
  seconds: number,
): Followed {
  if (counts === NO_BOARD_COUNTS && !hasCounts(reading)) return { total: integrated, counts };
  const total: Record<CounterKey, number> = { ...integrated };
  const next: Partial<Record<CounterKey, BoardCount>> = {};
  for (const key of COUNTER_KEYS) {
    const known = counts[key];
    const board = reading[key];
    if (board === undefined) {
      if (known !== undefined) next[key] = { ...known, age: known.age + seconds };
    } else if (known === undefined || !canFollow(key, known, board, seconds)) {
      next[key] = { board, counter: integrated[key], age: 0 };
    } else {
      const counter = known.counter + (board - known.board);
      next[key] = { board, counter, age: 0 };
      total[key] = Math.max(before[key], counter);
    }
  }
  return { total, counts: next };
}

/** The counts of the board go on from other counters: those were set. */
export function rebased(counts: BoardCounts, from: Counters, to: Counters): BoardCounts {
  const next: Partial<Record<CounterKey, BoardCount>> = {};
  for (const key of COUNTER_KEYS) {
    const known = counts[key];
    if (known !== undefined) next[key] = { ...known, counter: known.counter + (to[key] - from[key]) };
  }
  return next;
}

/** The counters that follow the board with the last reading. */
export function boardCounted(counts: BoardCounts): CounterKey[] {
  return COUNTER_KEYS.filter((key) => counts[key]?.age === 0);
}

function hasCounts({ chargedEnergy, dischargedEnergy, chargedCapacity, dischargedCapacity }: Reading): boolean {
  return (chargedEnergy ?? dischargedEnergy ?? chargedCapacity ?? dischargedCapacity) !== undefined;
}

function canFollow(key: CounterKey, { board, age }: BoardCount, now: number, seconds: number): boolean {
  const { atOnce, perSecond } = LEEWAY[key];
  return now >= board && now - board <= atOnce + perSecond * (age + seconds);
}
