import type { NodeMessageInFlow } from 'node-red';
import type { Identity } from '../../battery/identity';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Battery } from '../../session/battery';

const LONGEST_S = 3600;

/**
 * For how long a message wants the line of the device released: `payload: { action: "release", seconds }`.
 * @returns seconds, 0 to take it back; undefined for any other message
 * @throws BmsError `bad_value`
 */
export function pauseRequestOf({ payload }: NodeMessageInFlow): number | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { action, seconds } = payload as { action?: unknown; seconds?: unknown };
  if (action !== 'release') return undefined;
  if (seconds === 0) return 0;
  if (typeof seconds === 'number' && seconds >= 1 && seconds <= LONGEST_S) return seconds;
  throw new BmsError(
    'bad_value',
    say`To release the line, seconds must be a number from 1 to ${LONGEST_S}, or 0 to take the line back. It was not released.`,
  );
}

/** What the sender of an acceptance gets back. */
export interface Accepted {
  accepted: true;
  /** the board that the device stands for from now on */
  board: Identity;
}

/** Whether a message accepts the board that answers in the place of the known one: `payload: { action: "accept" }`. */
export function isAcceptance({ payload }: NodeMessageInFlow): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  return Object.getOwnPropertyDescriptor(payload, 'action')?.value === 'accept';
}

/**
 * The board that answers is the one that is meant from now on.
 * @throws BmsError `bad_value` when there is none to accept
 */
export function acceptBoard(battery: Battery): Accepted {
  const board = battery.acceptBoard();
  if (board !== undefined) return { accepted: true, board: { ...board } };
  throw new BmsError('bad_value', say`No other board answers as ${battery.name}; there is none to accept.`);
}
