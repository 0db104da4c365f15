import { NO_BOARD_COUNTS, type BoardCount, type BoardCounts } from './board-count';
import { COUNTER_KEYS, NO_COUNTERS, type CounterKey, type Counters } from './counters';
import type { DayCount, DayCounts } from './days';
import { isDate } from './local-day';
import { newEnergy, type EnergyState } from './state';

/** A state as it is stored. */
export type StoredEnergy = Omit<EnergyState, 'last'>;

/** The state without what means nothing to another process. */
export function storedOf(state: EnergyState): StoredEnergy {
  return structuredClone({ ...state, last: undefined });
}

/** What could be made of a stored state. */
export interface RestoredEnergy {
  readonly state: EnergyState;
  /** what of it was unusable and begins at 0, by its key; anybody may have edited it */
  readonly wrong: readonly string[];
}

/** The state to go on with after a restart. @param wall now, ms since the epoch */
export function restoreEnergy(stored: unknown, wall: number): RestoredEnergy {
  const wrong: string[] = [];
  const fresh = newEnergy(wall);
  const record = recordOf(stored);
  if (record === undefined) return { state: fresh, wrong: [...COUNTER_KEYS] };
  /** A value of a record; what is there but is none of its kind is named. */
  const part = <T>(path: string, value: unknown, read: (value: unknown) => T | undefined, missing: T): T => {
    const found = value === undefined ? undefined : read(value);
    if (found === undefined && (value !== undefined || missing !== undefined)) wrong.push(path);
    return found ?? missing;
  };
  const counters = (path: string, value: unknown): Counters => {
    const of = recordOf(value) ?? {};
    const counter = (key: CounterKey): number => part(path + key, of[key], amountIn, 0);
    return Object.assign({ ...NO_COUNTERS }, Object.fromEntries(COUNTER_KEYS.map((key) => [key, counter(key)])));
  };
  const days = recordOf(record.days) ?? {};
  const state: EnergyState = {
    ...fresh,
    since: part('since', record.since, amountIn, wall),
    observed: part('observed', record.observed, amountIn, 0),
    gaps: part('gaps', record.gaps, amountIn, 0),
    total: counters('', record.total),
    days: {
      last: part('days', days.last, dayIn, fresh.days.last),
      others: part('days', days.others, listOf(dayIn), []),
    } satisfies DayCounts,
    boardCounts: part('boardCounts', record.boardCounts, countsIn, fresh.boardCounts),
    fullCapacity: part('fullCapacity', record.fullCapacity, amountIn, undefined),
    source: part('source', record.source, textIn, undefined),
    seenAt: part('seenAt', record.seenAt, amountIn, undefined),
  };
  return { state, wrong: [...new Set(wrong)] };
}

function amountIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listOf<T>(read: (value: unknown) => T | undefined): (value: unknown) => T[] | undefined {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const found = value.map(read);
    return found.every((each) => each !== undefined) ? found : undefined;
  };
}

/** Counters out of what is stored; undefined when they are none. */
export function countersIn(value: unknown): Counters | undefined {
  const { chargedEnergy, dischargedEnergy, chargedCapacity, dischargedCapacity } = recordOf(value) ?? {};
  const [inWh, outWh] = [amountIn(chargedEnergy), amountIn(dischargedEnergy)];
  const [inAh, outAh] = [amountIn(chargedCapacity), amountIn(dischargedCapacity)];
  if (inWh === undefined || outWh === undefined || inAh === undefined || outAh === undefined) return undefined;
  return { chargedEnergy: inWh, dischargedEnergy: outWh, chargedCapacity: inAh, dischargedCapacity: outAh };
}

function dayIn(value: unknown): DayCount | undefined {
  const { date, counters } = recordOf(value) ?? {};
  const found = countersIn(counters);
  return typeof date === 'string' && isDate(date) && found !== undefined ? { date, counters: found } : undefined;
}

function countsIn(value: unknown): BoardCounts | undefined {
  const record = recordOf(value);
  if (record === undefined) return undefined;
  const counts: Partial<Record<CounterKey, BoardCount>> = {};
  for (const key of COUNTER_KEYS) {
    if (record[key] === undefined) continue;
    const { board, counter, age } = recordOf(record[key]) ?? {};
    const [boards, ours, old] = [amountIn(board), finiteIn(counter), amountIn(age)];
    if (boards === undefined || ours === undefined || old === undefined) return undefined;
    counts[key] = { board: boards, counter: ours, age: old };
  }
  return Object.keys(counts).length === 0 ? NO_BOARD_COUNTS : counts;
}

function finiteIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
