import { isLive } from './pack-view';
import { plainCopy, type BankState, type PackMemory } from './state';

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isRecordOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const hasKeys =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) &&
    Object.entries(checks).every(([key, check]) => check(Object.getOwnPropertyDescriptor(value, key)?.value));

const isString: Check = (value) => typeof value === 'string';
const isMissingOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const isState = hasKeys({
  now: isNumber,
  clock: isNumber,
  packs: isRecordOf(
    hasKeys({
      condition: (value) => ['fresh', 'stale', 'lost', 'joining', 'excluded'].includes(value as string),
      since: isNumber,
      hasCounted: (value) => typeof value === 'boolean',
      losses: isNumber,
      held: isMissingOr(isObject),
    }),
  ),
  shares: isRecordOf(
    hasKeys({
      members: isString,
      charge: isMissingOr(isRecordOf(isNumber)),
      discharge: isMissingOr(isRecordOf(isNumber)),
    }),
  ),
  live: isListOf(isString),
  liveSince: isNumber,
  since: isRecordOf(isNumber),
  alarms: isListOf(hasKeys({ code: isString, level: isString })),
  given: isRecordOf(hasKeys({ value: isNumber })),
});

/**
 * The state of an earlier run for this one: shares, what is held, alarms and limits go on; a pack that counted is held until it
 * comes, for which it need not wait; one that was lost still has to. What was measured before is not what is there now.
 * @param kept what was kept, by a program or by hand
 * @param now ms on the clock of the caller
 * @param awayMs how long the bank was not watched
 * @returns undefined where it is no such state
 */
export function resumeBank(kept: unknown, now: number, awayMs: number): BankState | undefined {
  if (!isState(kept)) return undefined;
  const state = plainCopy(kept as BankState);
  state.clock += Math.max(0, awayMs);
  state.now = now;
  state.begun = state.clock;
  state.buses = {};
  delete state.current;
  delete state.smoothed;
  for (const memory of Object.values(state.packs)) resumePack(memory, state.clock);
  return state;
}

function resumePack(memory: PackMemory, clock: number): void {
  delete memory.rest;
  delete memory.unchanged;
  delete memory.freshSince;
  if (!isLive(memory)) return;
  memory.condition = 'lost';
  memory.since = clock;
  memory.lostAt = clock;
  memory.hasCounted = false;
}
