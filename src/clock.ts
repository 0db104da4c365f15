import { performance } from 'node:perf_hooks';

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
  /** calls `action` once after at least `delayMs` */
  after(delayMs: number, action: () => void): Timer;
  /** a number in [0, 1) */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    if (delayMs < 1) return soon(delayMs, action);
    const handle = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  random: () => Math.random(),
};

/**
 * Less than a millisecond, which is the least that a timer can wait: for the end of the gap between two requests,
 * where a millisecond too many at each adds up.
 */
function soon(delayMs: number, action: () => void): Timer {
  const due = performance.now() + delayMs;
  let handle: NodeJS.Immediate;
  const look = (): void => {
    if (performance.now() >= due) action();
    else handle = setImmediate(look);
  };
  handle = setImmediate(look);
  return { cancel: () => clearImmediate(handle) };
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
