import type { NodeMessageInFlow } from 'node-red';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';

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
