import type { ActionValue } from '../battery/action';
import type { Action, Decoded } from '../codec/protocol';
import type { Board } from './board-finder';
import type { Priority } from './queue';
import { isSet, shows } from './read-back';
import type { SharedBoard } from './shared-board';

/** A requested action that has been found to be possible. */
export interface PendingAction {
  readonly kind: 'message' | 'restore' | 'safe state';
  readonly action: Action;
  /** undefined: what is wanted of the board when its turn comes */
  readonly value: ActionValue | undefined;
  readonly requestNumber: number;
  readonly onlyIfDifferent: boolean;
  readonly minIntervalMs: number;
  readonly maxAgeMs: number;
  isWanted(): boolean;
}

/** A pending action whose turn has come, on its board. */
export interface RunningAction extends PendingAction {
  readonly value: ActionValue;
  readonly board: Board;
  readonly shared: SharedBoard;
}

/** What is done without a message knows no limits of the user, and leaves alone what is right. */
export const UNLIMITED = { onlyIfDifferent: true, minIntervalMs: 0, maxAgeMs: Infinity };

/** The value of an action when its turn has come; undefined when it has nothing to do any more. */
export function valueNow(
  { kind, action, value, requestNumber, isWanted }: PendingAction,
  shared: SharedBoard,
): ActionValue | undefined {
  const wanted = shared.desired(action.name);
  if (kind === 'restore') return wanted?.value;
  const isLater = wanted !== undefined && wanted.requestNumber > requestNumber && wanted.value !== value;
  return isWanted() && !isLater ? value : undefined;
}

/** A restore is no request of its own. */
export function requestNumberOf({ kind, action, requestNumber, shared }: RunningAction): number {
  return kind === 'restore' ? (shared.desired(action.name)?.requestNumber ?? 0) : requestNumber;
}

export function priorityOf({ kind }: PendingAction): Priority {
  return kind === 'safe state' ? 'safety' : 'control';
}

/**
 * Whether the board is to be left alone as it is. A switch that is set already is not set again, but what has only an effect
 * is: for a safe state always, also where it seems certain; for what is to be left alone when it is right, where it is off.
 */
export function isAlreadyDone({ kind, action, value, onlyIfDifferent }: RunningAction, before: Decoded): boolean {
  const isSure = kind !== 'safe state' || action.confirm.evidence === 'switch';
  if (isSure && action.input.kind === 'switch' && isSet(action, before, value)) return true;
  if (kind === 'safe state' || !onlyIfDifferent) return false;
  if (action.input.kind === 'switch' && value === false) return false;
  return shows(action, before, value, before);
}

/** Whether an action changes something that was wanted otherwise before, or not at all. */
export function isChange(
  { kind, action, value }: RunningAction,
  last: ActionValue | undefined,
  before: Decoded,
): boolean {
  if (action.input.kind === 'command') return true;
  const isShown = shows(action, before, value, before);
  return last === undefined || kind !== 'message' ? !isShown : last !== value;
}
