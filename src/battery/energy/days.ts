import { NO_COUNTERS, plus, type Counters } from './counters';
import { dayBefore } from './local-day';

/** What was counted on one local day. */
export interface DayCount {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly counters: Counters;
}

/**
 * Counts by day. They belong to their date, not to the order in which they were counted: a wall clock that jumps and comes
 * back goes on with the day that it had left, and finds yesterday again.
 */
export interface DayCounts {
  /** the day that was counted last */
  readonly last: DayCount;
  /** days before, the one that was counted longest ago first */
  readonly others: readonly DayCount[];
}

/** Yesterday, and days of a wall clock that was wrong for a while. */
const MOST_OTHERS = 7;

export function daysFrom(date: string): DayCounts {
  return { last: { date, counters: NO_COUNTERS }, others: [] };
}

/** Adds what was counted on a day, which becomes the last one. */
export function countedOn(days: DayCounts, date: string, counters: Counters): DayCounts {
  const { last, others } = days;
  if (last.date === date) return { last: { date, counters: plus(last.counters, counters) }, others };
  // The day before this one is kept longer than any other.
  const isBefore = (day: DayCount): boolean => day.date === dayBefore(date);
  const rest = [...others, last].filter((day) => day.date !== date);
  const ordered = [...rest.filter((day) => !isBefore(day)), ...rest.filter(isBefore)];
  return {
    last: { date, counters: plus(counterOn(days, date), counters) },
    others: ordered.slice(-MOST_OTHERS),
  };
}

/** What was counted on a day; nothing where it is not known. */
export function counterOn({ last, others }: DayCounts, date: string): Counters {
  if (last.date === date) return last.counters;
  return others.find((day) => day.date === date)?.counters ?? NO_COUNTERS;
}
