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
  /** calls `action` once after at least `delayMs` */
  after(delayMs: number, action: () => void): Timer;
  /** a number in [0, 1) */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    // What a timer throws ends the process.
    const guarded = (): void => isolated(action);
    if (delayMs < 1) return soon(delayMs, guarded);
    const handle = setTimeout(guarded, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  random: () => Math.random(),
};

/**
 * What may be spent of something that costs the whole process: a share of the time that passes, of which some is saved
 * up for when it is wanted.
 */
export class Allowance {
  private saved: number;
  private at = 0;

  /** @param share of all time; @param mostMs that is saved up, and there at the beginning */
  constructor(
    private readonly share: number,
    private readonly mostMs: number,
  ) {
    this.saved = mostMs;
  }

  /** Spends some of it, if there is so much. @param now ms, on a clock that never goes back */
  spend(ms: number, now: number): boolean {
    this.saved = Math.min(this.mostMs, this.saved + (now - this.at) * this.share);
    this.at = now;
    if (this.saved < ms) return false;
    this.saved -= ms;
    return true;
  }
}

/** With one pack, or some, every gap ends on time; with hundreds it would take half of a core to look for that. */
const looking = new Allowance(0.02, 20);

/**
 * Less than a millisecond, which is the least that a timer can wait: for the end of the gap between two requests,
 * where a millisecond too many at each adds up. The process does not sleep meanwhile, so that this is bounded.
 */
function soon(delayMs: number, action: () => void): Timer {
  const start = performance.now();
  if (!looking.spend(Math.max(0, delayMs), start)) {
    // A timer may fire up to a millisecond early, and this must not.
    const handle = setTimeout(action, 2);
    return { cancel: () => clearTimeout(handle) };
  }
  const due = start + delayMs;
  let handle: NodeJS.Immediate;
  const look = (): void => {
    if (performance.now() >= due) action();
    else handle = setImmediate(look);
  };
  handle = setImmediate(look);
  return { cancel: () => clearImmediate(handle) };
}

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
