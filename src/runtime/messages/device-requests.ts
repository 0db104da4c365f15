import type { NodeMessageInFlow } from 'node-red';
import type { Identity } from '../../battery/identity';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { shownValue } from '../../battery/quoted';
import type { Battery, Exclusion } from '../../session/battery';

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

/**
 * Does what a message requests of a battery itself, at whichever node: accepts the board that answers in the place of the known
 * one, takes a pack out of a bank or puts it back.
 * @returns the payload of the answer; undefined for any other message
 * @throws BmsError `bad_value` when there is no board to accept or no such pack, `unsupported` where the battery is no bank
 */
export function answerOfBattery(battery: Battery, { payload }: NodeMessageInFlow): Accepted | Exclusion | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const property = (name: string): unknown => Object.getOwnPropertyDescriptor(payload, name)?.value;
  if (property('action') === 'accept') return acceptBoard(battery);
  if (property('action') === 'exclude') return excludePack(battery, property('pack'), property('value'));
  return undefined;
}

/** The board that answers is the one that is meant from now on. */
function acceptBoard(battery: Battery): Accepted {
  const board = battery.acceptBoard();
  if (board !== undefined) return { accepted: true, board: { ...board } };
  throw new BmsError('bad_value', say`No other board answers as ${battery.name}; there is none to accept.`);
}

function excludePack(battery: Battery, pack: unknown, value: unknown): Exclusion {
  const isOut = [true, 'true', 'on', 1].includes(value as boolean);
  if (!isOut && ![false, 'false', 'off', 0].includes(value as boolean)) {
    throw new BmsError(
      'bad_value',
      say`To take a pack out of a bank, value must be true, or false to put it back; it is ${shownValue(value)}. Nothing was changed.`,
    );
  }
  return battery.exclude(typeof pack === 'number' ? String(pack) : typeof pack === 'string' ? pack : '', isOut);
}
