import { bankLost, type AlarmLevel, type BankAlarm } from '../alarm';
import { TimeEstimator } from '../derive';
import { BmsError } from '../errors';
import { say } from '../sentence';
import { alarmsOf } from './alarms';
import { completeKeys } from './bank-reading';
import { edgesOf, type BankEdge } from './edges';
import { mayComeFirst, updateConditions } from './freshness';
import { packLimits, steadyReading } from './given-limits';
import { assemble, type BankView } from './groups';
import { capacityOf, type Member } from './member';
import { present, sum } from './numbers';
import type { BankLimits } from './pack-limits';
import { hasStandingChanged, newMemory, remember, viewsOf } from './pack-memory';
import { isLive, type PackView } from './pack-view';
import type { BankReading } from './reading';
import type { BankSettings } from './settings';
import { measureShares } from './shares';
import { entryOf, stateAt, type BankState, type PackCondition } from './state';
import { noteOwnRest } from './voltage-difference';

/** How a pack of a bank stands, also one that is excluded. */
export interface PackStanding {
  readonly pack: string;
  readonly state: PackCondition;
  /** since when, ms on the clock of the caller */
  readonly since: number;
}

/** What a bank says at one time. */
export interface BankResult {
  /** undefined while too few of its packs are live (bank.md 3) */
  readonly reading: BankReading | undefined;
  /** why there is no reading */
  readonly error?: BmsError;
  /** whether a pack may still come for the first time, so that it is not missed yet */
  readonly isAwaited: boolean;
  readonly packs: readonly PackStanding[];
  readonly alarms: readonly BankAlarm[];
  /** for outputs that have one alarm only (bank.md 6) */
  readonly level: AlarmLevel | 'none';
  readonly edges: readonly BankEdge[];
  /** of packs that each have limits of their own (bank.md 7, way b) */
  readonly limits?: BankLimits;
  /** for the next step: plain JSON */
  readonly state: BankState;
}

/**
 * Readings of several packs as the reading of one battery (bank.md). Pure: the same input gives the same result.
 * @param members of the packs of the settings, in any order; one that is missing has given nothing yet
 * @param state of the last step; undefined at first
 * @param now ms on a clock that does not jump; when it begins anew, no time has passed
 */
export function bankOf(
  settings: BankSettings,
  members: readonly Member[],
  state: BankState | undefined,
  now: number,
): BankResult {
  const next = stateAt(state, now);
  const views = viewsOf(settings, members, next);
  const size = sum(present(views.map(({ reading, pack }) => capacityOf(reading ?? {}, pack))));
  noteOwnRest(views, next);
  updateConditions(settings, views, next, size);
  remember(settings, views, next);
  const bank = assemble(settings, new Map(views.map((view) => [view.pack.name, view])), next);
  const awaited = (view: PackView): boolean => isAwaited(settings, view, next);
  const { alarms, level } = alarmsOf(settings, bank, next, awaited);
  const hasChanged = hasStandingChanged(settings, views, next) || state?.hasNewShares === true;
  // Limits of this step go by the shares of the last one.
  next.hasNewShares = measureShares(next, bank.parallel);
  const reading = bank.unit === undefined ? undefined : completeKeys(settings, bank, views, next, alarms);
  if (reading !== undefined) steadyReading(bank, views, next, reading, hasChanged);
  if (reading !== undefined) addTimes(reading, next);
  const limits = bank.isLive ? packLimits(settings, bank, views, next, hasChanged) : undefined;
  next.current = reading?.current;
  const edges = edgesOf(state, next, alarms);
  next.alarms = alarms;
  return {
    reading,
    error: errorOf(bank, views),
    isAwaited: views.some((view) => !isLive(view.memory) && awaited(view)),
    packs: standings(settings, next),
    alarms,
    level,
    edges,
    limits,
    state: next,
  };
}

/** Whether a pack may still come for the first time, so that it is not missed yet. */
function isAwaited(settings: BankSettings, view: PackView, state: BankState): boolean {
  return view.member.isLost !== true && mayComeFirst(settings, view, state);
}

function addTimes(reading: BankReading, state: BankState): void {
  const times = new TimeEstimator(state.smoothed);
  const { current, state: direction, remainingCapacity, fullCapacity } = reading;
  const { timeToEmpty, timeToFull } = times.complete(
    { current, state: direction, remainingCapacity, fullCapacity },
    state.clock,
  );
  state.smoothed = times.smoothed;
  if (Number.isFinite(timeToEmpty)) reading.timeToEmpty = timeToEmpty;
  if (Number.isFinite(timeToFull)) reading.timeToFull = timeToFull;
}

function errorOf({ isLive: isBankLive }: BankView, views: readonly PackView[]): BmsError | undefined {
  if (isBankLive) return undefined;
  if (views.length === 0) return new BmsError('timeout', say`All packs of the bank are taken out.`);
  const missing = views.filter(({ memory }) => !isLive(memory)).map(({ pack }) => pack.name);
  return new BmsError('timeout', bankLost(missing), { packs: missing });
}

function standings(settings: BankSettings, { packs, clock, now }: BankState): PackStanding[] {
  return settings.packs.map(({ name }) => {
    const { condition, since } = entryOf(packs, name) ?? newMemory('excluded', clock);
    return { pack: name, state: condition, since: now - (clock - since) };
  });
}
