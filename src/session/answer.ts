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
