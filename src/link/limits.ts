import type { Clock } from '../clock';

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

/** Runs an action at the first call; every call gets its promise. */
export function once<T>(action: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= action());
}
