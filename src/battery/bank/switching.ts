import { round } from '../derive';
import { BmsError, NotSentError } from '../errors';
import { sequenceOf, say } from '../sentence';
import type { Direction } from './current-limit';
import type { BankSettings } from './settings';
import { isWithin, type VoltageDelta } from './voltage-difference';

/** What may be done to switch a pack in (bank.md 5): both directions, one direction first, or nothing. */
export type SwitchDecision =
  { readonly allowed: true; readonly first?: Direction } | { readonly allowed: false; readonly error: BmsError };

/** Digits of a voltage in a sentence. */
const SHOWN_DIGITS = 2;

/**
 * Whether a pack may be switched in, by its voltage and that of the bus.
 * @param delta of the pack, see `packDelta`
 * @param isConfirmed whether the message says `confirm: "connect"`
 */
export function decideSwitchIn(
  settings: BankSettings,
  pack: string,
  { difference, allowed }: VoltageDelta,
  isConfirmed: boolean,
): SwitchDecision {
  if (isConfirmed) return { allowed: true };
  if (difference === undefined || allowed === undefined) {
    const unknown = say`The voltage of pack ${pack} or of the bank without load is not known; wait until no current flows, or confirm.`;
    return { allowed: false, error: new NotSentError('denied', unknown) };
  }
  if (isWithin({ difference, allowed })) return { allowed: true };
  // The open MOSFET of the other direction blocks the rush of current.
  if (settings.join === 'one-way') return { allowed: true, first: difference < 0 ? 'discharge' : 'charge' };
  const volts = round(Math.abs(difference), SHOWN_DIGITS);
  const limit = round(allowed, SHOWN_DIGITS);
  const sentence =
    difference > 0
      ? say`Pack ${pack} is ${volts} V above the bank; charge or discharge until they are within ${limit} V, or confirm.`
      : say`Pack ${pack} is ${volts} V below the bank; charge or discharge until they are within ${limit} V, or confirm.`;
  return { allowed: false, error: new NotSentError('denied', sentence) };
}

/** Current by capacity from which a pack that was joined by one direction must conduct in both, or in none: body diode. */
const ONE_WAY_CURRENT = 0.1;

/** What follows for a pack that conducts in one direction only. @param capacity Ah */
export function nextOneWayStep(
  delta: VoltageDelta,
  current: number | undefined,
  capacity: number | undefined,
): 'wait' | 'both-on' | 'both-off' {
  if (isWithin(delta)) return 'both-on';
  const isSmall = current !== undefined && capacity !== undefined && Math.abs(current) < ONE_WAY_CURRENT * capacity;
  return isSmall ? 'wait' : 'both-off';
}

/**
 * Whether switching discharge off leaves nothing that feeds the bus, which has to be confirmed (bank.md 5).
 * @param feeding names of the live packs whose discharging is not off
 * @param off names of those that are to be switched off
 * @returns the error; undefined where it may be done
 */
export function lastFeedError(feeding: readonly string[], off: readonly string[]): BmsError | undefined {
  const affected = feeding.filter((name) => off.includes(name));
  if (affected.length === 0 || affected.length < feeding.length) return undefined;
  const names = sequenceOf(affected, ', ');
  return new NotSentError(
    'denied',
    say`Without ${names} the bank cannot be discharged; if this is intended, the message must carry confirm: "discharge". Nothing was sent.`,
  );
}

/** What became of a pack in a group action. */
export interface PackOutcome {
  readonly pack: string;
  readonly confirmed: boolean;
  readonly before?: boolean | number;
  readonly after?: boolean | number;
  readonly error?: BmsError;
}

/** The same as a flow sees it: plain JSON. */
export interface PackReport extends Omit<PackOutcome, 'error'> {
  readonly error?: string;
}

export function reportsOf(outcomes: readonly PackOutcome[]): PackReport[] {
  return outcomes.map(({ error, ...rest }) => (error === undefined ? rest : { ...rest, error: error.message }));
}

/**
 * Whether a group action has done what it was to (bank.md 5): all packs have confirmed it; but one open pack opens a string, and
 * one open stage all of them.
 * @param isOff whether it was to open a path
 */
export function hasSucceeded(settings: BankSettings, outcomes: readonly PackOutcome[], isOff: boolean): boolean {
  const isAllConfirmed = (each: readonly PackOutcome[]): boolean => each.every(({ confirmed }) => confirmed);
  if (!isOff || isAllConfirmed(outcomes)) return isAllConfirmed(outcomes);
  const { topology, packs } = settings;
  const byGroup = new Map<string, PackOutcome[]>();
  for (const outcome of outcomes) {
    const { group = '' } = packs.find(({ name }) => name === outcome.pack) ?? {};
    byGroup.set(group, [...(byGroup.get(group) ?? []), outcome]);
  }
  const groups = [...byGroup.values()];
  const isOpened = (each: readonly PackOutcome[]): boolean => each.some(({ confirmed }) => confirmed);
  switch (topology) {
    case 'parallel':
      return false;
    case 'series':
      return isOpened(outcomes);
    case 'strings':
      return groups.every(isOpened);
    case 'stages':
      return groups.some(isAllConfirmed);
  }
}

/**
 * The one error of a group action (bank.md 5): that of the first pack that has not confirmed, with all packs in its `cause`.
 * @param outcomes in the order in which the packs were asked, one at least not confirmed
 */
export function groupError(outcomes: readonly PackOutcome[]): BmsError {
  const failed = outcomes.find(({ confirmed }) => !confirmed);
  const all = sequenceOf(
    outcomes.map(({ pack, confirmed }) => (confirmed ? say`${pack}: confirmed.` : say`${pack}: not confirmed.`)),
  );
  const sentence = failed?.error === undefined ? all : sequenceOf([failed.error.sentence, all]);
  return new BmsError(failed?.error?.code ?? 'not_confirmed', sentence, { packs: reportsOf(outcomes) });
}
