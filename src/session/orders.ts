import type { ActionValue } from '../battery/action';
import type { Action, Decoded } from '../codec/protocol';
import type { Board } from './board';
import type { Priority } from './queue';
import { isSet, shows } from './read-back';
import type { SharedBoard } from './shared-board';

/** A wish that has been found to be possible. */
export interface Order {
  readonly kind: 'message' | 'restore' | 'safe state';
  readonly action: Action;
  /** undefined: what is wanted of the board when its turn comes */
  readonly value: ActionValue | undefined;
  readonly place: number;
  readonly onlyIfDifferent: boolean;
  readonly minIntervalMs: number;
  readonly maxAgeMs: number;
  isWanted(): boolean;
}

/** An order whose turn has come, on its board. */
export interface Turn extends Order {
  readonly value: ActionValue;
  readonly board: Board;
  readonly shared: SharedBoard;
}

/** What is done without a message knows no limits of the user, and leaves alone what is right. */
export const UNLIMITED = { onlyIfDifferent: true, minIntervalMs: 0, maxAgeMs: Infinity };

/** What an order comes to when its turn has come; undefined when it has nothing to do any more. */
export function valueNow(
  { kind, action, value, place, isWanted }: Order,
  shared: SharedBoard,
): ActionValue | undefined {
  const wanted = shared.wanted(action.name);
  if (kind === 'restore') return wanted?.value;
  const isLater = wanted !== undefined && wanted.place > place && wanted.value !== value;
  return isWanted() && !isLater ? value : undefined;
}

/** A restore is no wish of its own. */
export function placeOf({ kind, action, place, shared }: Turn): number {
  return kind === 'restore' ? (shared.wanted(action.name)?.place ?? 0) : place;
}

export function priorityOf({ kind }: Order): Priority {
  return kind === 'safe state' ? 'safety' : 'control';
}

/**
 * Whether the board is to be left alone as it is. A switch that is set already is not set again, but what has only an effect
 * is: for a safe state always, also where it seems certain; for what is to be left alone when it is right, where it is off.
 */
export function needsNothing({ kind, action, value, onlyIfDifferent }: Turn, before: Decoded): boolean {
  const isSure = kind !== 'safe state' || action.confirm.tells === 'switch';
  if (isSure && action.input.kind === 'switch' && isSet(action, before, value)) return true;
  if (kind === 'safe state' || !onlyIfDifferent) return false;
  if (action.input.kind === 'switch' && value === false) return false;
  return shows(action, before, value, before);
}

/** Whether an action changes something that was wanted otherwise before, or not at all. */
export function isChange({ kind, action, value }: Turn, last: ActionValue | undefined, before: Decoded): boolean {
  if (action.input.kind === 'command') return true;
  const isShown = shows(action, before, value, before);
  return last === undefined || kind !== 'message' ? !isShown : last !== value;
}
