import type { Reading } from '../reading';
import { followBoard, NO_BOARD_COUNTS, rebased } from './board-count';
import { lower, minus, NO_COUNTERS, plus, type Counters } from './counters';
import { countedOn, type DayCounts } from './days';
import { integral, pointBetween, type Moment, type Point } from './integral';
import { dateOf, dayStart } from './local-day';
import { newEnergy, secondsSince, type EnergyState, type LastPoint } from './state';

/** What happens to a battery whose energy is counted. */
export type EnergyEvent =
  | ReadingEvent
  /** the battery does not answer: a gap begins */
  | { readonly kind: 'lost' }
  /** another board answers in its place: a gap, after which the board's own count has nothing to do with the one before */
  | { readonly kind: 'otherBoard' };

export interface ReadingEvent {
  readonly kind: 'reading';
  readonly reading: Readonly<Reading>;
  readonly at: Moment;
  /** what the reading is of: between two sources there is a gap, and the counts of their boards have nothing in common */
  readonly source: string;
  /** ms: see `longestStep` */
  readonly longestStepMs: number;
}

/** ms: a single lost poll is no gap, however often there is one */
const AT_LEAST_MS = 60_000;

/**
 * The longest time between two readings over which is integrated, ms: beyond, there is a gap.
 * @param staleAfterMs of the battery: three poll intervals
 */
export function longestStep(staleAfterMs: number): number {
  return Math.max(staleAfterMs, AT_LEAST_MS);
}

/**
 * The counters after an event. A reading without power or current counts as one that is missing; those of another day than
 * the last one belong to both, up to midnight and from there.
 */
export function stepEnergy(state: EnergyState, event: EnergyEvent): EnergyState {
  if (event.kind === 'lost') return withBrokenPoint(state);
  if (event.kind === 'otherBoard') return { ...withBrokenPoint(state), boardCounts: NO_BOARD_COUNTS };
  const { reading, at, source } = event;
  const { power, current } = reading;
  if (power === undefined || current === undefined) return state;

  const point: Point = { at, power, current };
  const seconds = secondsSince(state, at);
  const isSameSource = state.source === source;
  const from = isSameSource ? bridgeable(state.last, seconds, event.longestStepMs) : undefined;
  const integrated = from === undefined ? state.total : plus(state.total, integral(from, point, seconds));
  const known = isSameSource ? state.boardCounts : NO_BOARD_COUNTS;
  const { total, counts } = followBoard(known, reading, state.total, integrated, seconds);
  return {
    since: state.since,
    observed: from === undefined ? state.observed : state.observed + seconds,
    gaps: from === undefined ? state.gaps + seconds : state.gaps,
    total,
    days: daysWith(state.days, minus(total, state.total), from, point),
    fullCapacity: reading.fullCapacity ?? state.fullCapacity,
    boardCounts: counts,
    source,
    seenAt: at.wall,
    last: { point, isBroken: false },
  };
}

/** Sets some of the counters; what was counted today stays. */
export function setEnergy(state: EnergyState, set: Partial<Counters>): EnergyState {
  const total = { ...state.total, ...set };
  return { ...state, total, boardCounts: rebased(state.boardCounts, state.total, total) };
}

/** Begins anew with all at 0. @param wall ms since the epoch */
export function resetEnergy(state: EnergyState, wall: number): EnergyState {
  const { fullCapacity, source, seenAt, last } = state;
  const boardCounts = rebased(state.boardCounts, state.total, NO_COUNTERS);
  return { ...newEnergy(wall), fullCapacity, source, seenAt, last, boardCounts };
}

function withBrokenPoint(state: EnergyState): EnergyState {
  const { last } = state;
  return last === undefined || last.isBroken ? state : { ...state, last: { ...last, isBroken: true } };
}

/** The last point, if it may be integrated from. */
function bridgeable(last: LastPoint | undefined, seconds: number, longestStepMs: number): Point | undefined {
  if (last === undefined || last.isBroken || seconds * 1000 > longestStepMs) return undefined;
  return last.point;
}

/** ms by which the clocks may differ over a step: else the wall clock has jumped, and midnight was not in it. */
const CLOCKS_AGREE_MS = 1000;

/**
 * Adds what was counted to its day: that of the reading, and up to midnight to that of the one before. A board's count of a
 * time that was not seen belongs to the day of the reading.
 */
function daysWith(days: DayCounts, counted: Counters, from: Point | undefined, to: Point): DayCounts {
  const date = dateOf(to.at.wall);
  if (from === undefined || days.last.date === date) return countedOn(days, date, counted);
  const midnight = dayStart(to.at.wall);
  const elapsed = to.at.monotonic - from.at.monotonic;
  const isMidnightWithin = from.at.wall < midnight && midnight <= to.at.wall;
  if (!isMidnightWithin || Math.abs(to.at.wall - from.at.wall - elapsed) > CLOCKS_AGREE_MS) {
    return countedOn(days, date, counted);
  }
  const share = (midnight - from.at.wall) / (to.at.wall - from.at.wall);
  const seconds = (share * elapsed) / 1000;
  const before = lower(integral(from, pointBetween(from, to, share), seconds), counted);
  return countedOn(countedOn(days, dateOf(from.at.wall), before), date, minus(counted, before));
}
