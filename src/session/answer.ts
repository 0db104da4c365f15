import type { Reading } from '../battery/reading';

/** What a board has answered to one query. */
export interface Answer {
  /** without what cannot be true */
  readonly reading: Reading;
  /** what it tells for other queries */
  readonly memory: object;
  /** values that were left out because they cannot be true */
  readonly dropped: number;
  /** on the monotonic clock, ms */
  readonly at: number;
}
