import type { Counters } from './counters';
import { NO_COUNTERS } from './counters';
import { NO_BOARD_COUNTS, type BoardCounts } from './board-count';
import { daysFrom, type DayCounts } from './days';
import type { Moment, Point } from './integral';
import { dateOf } from './local-day';

/** The counters of a battery, as plain JSON: it may be stored and taken up again after a restart. */
export interface EnergyState {
  /** ms since the epoch: when the counters began */
  readonly since: number;
  /** so long the battery was seen since then, s */
  readonly observed: number;
  /** so long it was not: nothing was integrated, s */
  readonly gaps: number;
  readonly total: Counters;
  readonly days: DayCounts;
  /** as it was reported last, Ah */
  readonly fullCapacity?: number;
  readonly boardCounts: BoardCounts;
  /** what the readings are of, see `EnergyEvent` */
  readonly source?: string;
  /** wall time of the last reading, ms since the epoch; the only trace of it after a restart */
  readonly seenAt?: number;
  /** the last reading of this process, on its monotonic clock; absent before the first one and after a restart */
  readonly last?: LastPoint;
}

export interface LastPoint {
  readonly point: Point;
  /** the battery was lost since: nothing is integrated up to the next reading */
  readonly isBroken: boolean;
}

/** Counters that begin now. */
export function newEnergy(wall: number): EnergyState {
  return {
    since: wall,
    observed: 0,
    gaps: 0,
    total: NO_COUNTERS,
    days: daysFrom(dateOf(wall)),
    fullCapacity: undefined,
    boardCounts: NO_BOARD_COUNTS,
    source: undefined,
    seenAt: undefined,
    last: undefined,
  };
}

/** How long ago the last reading was, s: by the wall clock after a restart, when there is nothing else. */
export function secondsSince({ last, seenAt }: EnergyState, now: Moment): number {
  if (last !== undefined) return Math.max(0, now.monotonic - last.point.at.monotonic) / 1000;
  return seenAt === undefined ? 0 : Math.max(0, now.wall - seenAt) / 1000;
}
