import type { BankAlarm } from '../alarm';
import type { Reading } from '../reading';
import type { PackLimits } from './member';

/** How a pack stands (bank.md 1). Fresh and stale ones are live: they give values. */
export type PackCondition = 'fresh' | 'stale' | 'lost' | 'joining' | 'excluded';

/** A voltage without load. */
export interface RestVoltage {
  /** V */
  voltage: number;
  /** ms */
  at: number;
}

/** What a pack has shown without change. */
export interface Unchanged {
  /** its voltages, current and temperatures */
  values: string;
  /** ms */
  since: number;
  /** least and greatest current of the bank since then, A */
  least?: number;
  greatest?: number;
}

/** What is kept of a pack. Times are on the clock of the state. */
export interface PackMemory {
  condition: PackCondition;
  /** when this condition began, ms */
  since: number;
  /** whether it has ever counted */
  hasCounted: boolean;
  /** cells and sensors that were last seen */
  cells?: number;
  sensors?: number;
  /** when it was lost, ms */
  lostAt?: number;
  /** when it was lost last, though it counts again, ms */
  lastLossAt?: number;
  /** losses of which each came soon after the one before */
  losses: number;
  /** since when its readings have been fresh, ms */
  freshSince?: number;
  /** what stays in the bank when it is lost: its charge and what it allows */
  held?: Reading;
  heldLimits?: PackLimits;
  rest?: RestVoltage;
  unchanged?: Unchanged;
}

/** Parts of the current of all that each of some units takes, by direction. Their sum is 1. */
export interface Shares {
  /** the units that were measured */
  members: string;
  /** when they were measured last, ms */
  at?: number;
  charge?: Record<string, number>;
  discharge?: Record<string, number>;
}

/** A limit that was given out. */
export interface GivenLimit {
  /** A */
  value: number;
  /** since when it may not just follow what the packs allow, ms; undefined: it may */
  since?: number;
  /** when it was given out, ms; only while it rises */
  at?: number;
}

/** What a bank keeps between two readings: plain JSON. */
export interface BankState {
  /** the time of the last step by the clock of the caller, ms */
  now: number;
  /** time that has passed while the bank was watched, ms: all other times are on this clock, which a restart does not set back */
  clock: number;
  /** when the bank was first watched in this run, ms; undefined: 0 */
  begun?: number;
  packs: Record<string, PackMemory>;
  /** by parallel connection: name of the stage, or '' */
  shares: Record<string, Shares>;
  /** whether the last step measured shares for the first time since packs came or went */
  hasNewShares?: boolean;
  /** the packs that count, and since when it is these, ms */
  live: string[];
  liveSince: number;
  /** which packs count and which are held */
  standing?: string;
  /** voltages without load of what packs are connected to, by group */
  buses: Record<string, RestVoltage>;
  /** of the last step, A */
  current?: number;
  /** smoothed, A, and when it was, ms */
  smoothed?: { current: number; at: number };
  /** since when a condition holds, ms */
  since: Record<string, number>;
  alarms: BankAlarm[];
  /** limits that were given out, by name */
  given: Record<string, GivenLimit>;
}

/** The state of a bank that has seen nothing. @param now ms on a clock that does not jump */
export function newState(now: number): BankState {
  return {
    now,
    clock: 0,
    packs: {},
    shares: {},
    live: [],
    liveSince: 0,
    buses: {},
    since: {},
    alarms: [],
    given: {},
  };
}

/** A copy of a state whose clock has moved on. After a restart the clock of the caller begins anew: then no time has passed. */
export function stateAt(state: BankState | undefined, now: number): BankState {
  if (state === undefined) return newState(now);
  const copy = plainCopy(state);
  copy.clock += Math.max(0, now - state.now);
  copy.now = now;
  return copy;
}

/** Whether a condition has held for so long without a break. @param seconds 0: at once */
export function hasHeld(state: BankState, key: string, condition: boolean, seconds: number): boolean {
  if (!condition) {
    delete state.since[key];
    return false;
  }
  const since = (state.since[key] ??= state.clock);
  return state.clock - since >= seconds * 1000;
}

/** What a record has under a name that a user has given, which may be `constructor`. */
export function entryOf<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Sets what a record has under such a name, which may be `__proto__`. */
export function setEntry<T>(record: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A copy of plain JSON: as often as a bank needs one, `structuredClone` takes several times as long. */
export function plainCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: unknown) => plainCopy(entry)) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__') setEntry(copy, key, plainCopy(entry as unknown));
    else copy[key] = plainCopy(entry as unknown);
  }
  return copy as T;
}
