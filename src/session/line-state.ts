import type { BmsError } from '../battery/errors';

/** Where a line stands. */
export type LineState =
  | { phase: 'idle' | 'closed' }
  /** `isResumed`: out of standby, so that the same board is expected */
  | { phase: 'opening' | 'ready'; isResumed: boolean }
  /** opens when something is to be sent; `wasOpen`: it was open just before */
  | { phase: 'standby'; wasOpen: boolean }
  /** `error`: why it is not open */
  | { phase: 'backoff'; error: BmsError }
  /** left to something else; `until`: on the monotonic clock */
  | { phase: 'paused'; until: number };

/** What a line reports to what sends on it. */
export interface LineEvents {
  /** a fresh channel is there, and the state says so */
  opened(): void;
  data(bytes: Buffer): void;
  /** the channel is being replaced: what runs on it has failed, what waits goes out on the next */
  interrupted(error: BmsError): void;
  /** the channel is gone: what runs and what waits have failed */
  lost(error: BmsError): void;
  /** Whether nothing is asked, nor waits to be, and what was asked last was answered. */
  isIdle(): boolean;
}
