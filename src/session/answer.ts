import type { BmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';

/** What a board has answered to one query. */
export interface Answer {
  /** without what is implausible */
  readonly reading: Reading;
  /** what other queries need of it */
  readonly memory: object;
  /** values that were left out because they are implausible */
  readonly dropped: number;
  /** on the monotonic clock, ms */
  readonly at: number;
}

/** Whether asking again may help: the answer was lost or damaged. */
export function isWorthRepeating({ code }: BmsError): boolean {
  return code === 'timeout' || code === 'checksum' || code === 'malformed';
}

/** Whether it is a failure of the line, not of one query: asking on would only fail again. */
export function endsTheRead(error: BmsError): boolean {
  return !isWorthRepeating(error) && !['rejected', 'unsupported', 'denied', 'internal'].includes(error.code);
}
