import type { Clock, Timer } from '../clock';

/** A context store that has not answered by then is not waited for, ms: what waits for it must go on. */
export const RECALL_LIMIT_MS = 10_000;

/**
 * Recalls something from a context store, within a limit.
 * @param recall asks the store
 * @param answered called once: with what the store has; with undefined when it takes too long, or is cancelled
 */
export function recallInTime<T>(
  clock: Clock,
  recall: (answer: (value: T | undefined) => void) => void,
  answered: (value: T | undefined, isLate: boolean) => void,
): Timer {
  let isOver = false;
  const end = (value: T | undefined, isLate: boolean): void => {
    if (isOver) return;
    isOver = true;
    timer.cancel();
    answered(value, isLate);
  };
  const timer = clock.after(RECALL_LIMIT_MS, () => end(undefined, true));
  recall((value) => end(value, false));
  return { cancel: () => end(undefined, false) };
}
