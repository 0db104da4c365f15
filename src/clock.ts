import { performance } from 'node:perf_hooks';
import { isolated } from './battery/errors';

/** A pending timer; `cancel` may be called any number of times. */
export interface Timer {
  cancel(): void;
}

/**
 * The one source of time, timers and randomness. Everything that waits or draws lots takes a clock, so that
 * tests run a day in an instant and always the same.
 */
export interface Clock {
  /** wall time, ms since the epoch: for time stamps only, it may jump */
  now(): number;
  /** ms from some fixed point, never backwards: for durations and deadlines */
  monotonic(): number;
  /** calls `action` once after `delayMs`, a millisecond at least */
  after(delayMs: number, action: () => void): Timer;
  /** a number in [0, 1) */
  random(): number;
}

/** Timers may fire a little early: what must not be early looks at the clock again. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    // What a timer throws ends the process.
    const handle = setTimeout(() => isolated(action), Math.max(1, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
  random: () => Math.random(),
};

/** Waits, but no longer than until the signal is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}

/**
 * Waits for a promise, but no longer than a limit.
 * @param late thrown when the limit passes first
 * @param cleanup called then, to undo what may still come of the promise
 */
export function within<T>(
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
  late: Error,
  cleanup: () => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limitMs, () => {
      cleanup();
      reject(late);
    });
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
