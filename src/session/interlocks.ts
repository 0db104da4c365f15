import type { ActionValue } from '../battery/action';
import { NotSentError, type BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { Action } from '../codec/protocol';
import type { SharedBoard } from './shared-board';

/** What the rules of the user go by; times on the monotonic clock, ms. */
export interface Interlocked {
  readonly device: string;
  readonly action: Action;
  readonly value: ActionValue;
  readonly shared: SharedBoard;
  readonly minIntervalMs: number;
  readonly maxAgeMs: number;
  readonly now: number;
  readonly lastReadAt: number | undefined;
}

/** @throws BmsError `denied` when one of the user's own rules forbids an action now */
export function checkInterlocks(asked: Interlocked): void {
  const error = interlockOf(asked);
  if (error !== undefined) throw error;
}

/** Which of the user's own rules forbids an action now; undefined when none does. */
export function interlockOf(asked: Interlocked): BmsError | undefined {
  return ageError(asked) ?? intervalError(asked);
}

function ageError({ device, maxAgeMs, now, lastReadAt = -Infinity }: Interlocked): BmsError | undefined {
  if (now - lastReadAt <= maxAgeMs) return undefined;
  return new NotSentError(
    'denied',
    say`The last reading of ${device} is older than ${maxAgeMs / 1000} s. Nothing was sent.`,
  );
}

/** What is wanted already is no change, however often it is said; a command is one each time. */
function intervalError({ device, action, value, shared, minIntervalMs, now }: Interlocked): BmsError | undefined {
  const changedAt = shared.changedAt(action.name);
  if (changedAt === undefined || now - changedAt >= minIntervalMs) return undefined;
  if (action.input.kind !== 'command' && shared.desired(action.name)?.value === value) return undefined;
  const rest = Math.ceil((minIntervalMs - (now - changedAt)) / 1000);
  return new NotSentError(
    'denied',
    say`"${action.name}" of ${device} may not be switched for ${rest} s more. Nothing was sent.`,
  );
}
