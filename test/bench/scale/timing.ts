import type { Arrival } from './seen';

const POLL_MS = 1000;

/** How often the age of what is known is looked at, µs. */
const LOOK_EVERY_MICROS = 50_000;

/** One reading of a pack, on the clock that all processes share, µs. */
export interface Timed {
  /** when the last answer for it went out */
  readonly answeredAt: number;
  /** when its message came to the node behind bms-read */
  readonly arrivedAt: number;
}

/**
 * Finds the last answer before each message: it is the one that made the reading whole, as the next request waits for
 * the next poll.
 * @param arrivals of one pack, in turn
 * @param answeredAt of the same pack, in turn, µs
 */
export function timed(arrivals: readonly Arrival[], answeredAt: readonly number[]): Timed[] {
  const found: Timed[] = [];
  let next = 0;
  for (const [, , , arrivedAt] of arrivals) {
    while ((answeredAt[next] ?? Infinity) <= arrivedAt) next++;
    const last = answeredAt[next - 1];
    if (last !== undefined) found.push({ answeredAt: last, arrivedAt });
  }
  return found;
}

/** How old what a flow knows of one pack is, at many moments in a row, ms. */
export function agesMs(readings: readonly Timed[]): number[] {
  const ages: number[] = [];
  readings.slice(1).forEach(({ arrivedAt: until }, index) => {
    const { answeredAt, arrivedAt } = readings[index] ?? { answeredAt: until, arrivedAt: until };
    for (let at = arrivedAt; at < until; at += LOOK_EVERY_MICROS) ages.push((at - answeredAt) / 1000);
  });
  return ages;
}

/** How many polls of one pack were left out, by the distances of its readings. */
export function skippedPolls(arrivals: readonly Arrival[]): number {
  let skipped = 0;
  arrivals.slice(1).forEach(([, , timestamp], index) => {
    const [, , before] = arrivals[index] ?? [0, 0, timestamp];
    skipped += Math.max(0, Math.round((timestamp - before) / POLL_MS) - 1);
  });
  return skipped;
}
