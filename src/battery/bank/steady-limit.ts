import { isPathOpen, type Direction } from './current-limit';
import type { BankView } from './groups';
import { hasHeld, type BankState } from './state';

/** A limit that may rise again does so after this time, ms, by this part of itself per second (as a limits node has it). */
const RAISE_HOLD_MS = 30_000;
const RAISE_RATE = 0.02;
/** A pack carries too much where it exceeds its own limit by this, for so many seconds; then the limit falls to this part. */
const OVERLOAD = 1.02;
const OVERLOAD_SECONDS = 3;
const CUT = 0.95;

/** What a pack carries in one direction, and may, A. */
export interface PackLoad {
  readonly name: string;
  readonly current: number;
  readonly limit: number;
}

/**
 * The limit that is given out: it falls at once, and lower still while a pack carries more than it may. After a pack has
 * left or joined it rises by a ramp only, and while a reading is stale not at all (bank.md 3, 7).
 * @param key of the limit in the state
 * @param raw what the packs allow now, A
 * @param events whether packs have left, joined or ceased to be held in this step, and whether one is stale
 * @returns A
 */
export function steadyLimit(
  state: BankState,
  key: string,
  raw: number,
  loads: readonly PackLoad[],
  events: { readonly hasChanged: boolean; readonly isStale: boolean },
): number {
  const given = state.given[key];
  const cut = Math.min(...loads.map((load) => cutOf(state, key, load, given?.value ?? raw)));
  if (given === undefined || cut < Math.min(raw, given.value)) {
    const value = Math.min(raw, cut);
    state.given[key] = value < raw ? { value, since: state.clock, at: state.clock } : { value };
    return value;
  }
  const since = events.hasChanged && raw > given.value ? state.clock : given.since;
  const value = events.isStale ? Math.min(raw, given.value) : risen(raw, { ...given, since }, state.clock);
  state.given[key] = since !== undefined && value < raw ? { value, since, at: state.clock } : { value };
  return value;
}

/** What is left of the limit for a pack that carries too much. */
function cutOf(state: BankState, key: string, { name, current, limit }: PackLoad, given: number): number {
  const timer = `overload ${key} ${name}`;
  if (!hasHeld(state, timer, current > OVERLOAD * limit, OVERLOAD_SECONDS)) return Infinity;
  // The cut takes a while to show: the next one has to wait as long as this one.
  delete state.since[timer];
  return (given * CUT * limit) / current;
}

/** A limit on its way up. */
function risen(raw: number, { value, since, at }: BankState['given'][string], clock: number): number {
  if (since === undefined || raw <= value) return raw;
  const from = Math.max(since + RAISE_HOLD_MS, at ?? since);
  const seconds = Math.max(0, clock - from) / 1000;
  return Math.min(raw, value + RAISE_RATE * raw * seconds);
}

/** What live packs carry in a direction, where they say both current and limit. A path that is off carries noise only. */
export function loadsOf(
  { groups }: BankView,
  direction: Direction,
  limitOf: (name: string) => number | undefined,
): PackLoad[] {
  const live = groups.flatMap((group) => group.members).filter(({ isLive }) => isLive);
  const members = live.filter((unit) => isPathOpen(direction, unit));
  return members.flatMap(({ name, values }) => {
    const limit = limitOf(name);
    if (values.current === undefined || limit === undefined) return [];
    return [{ name, limit, current: direction === 'charge' ? values.current : -values.current }];
  });
}
