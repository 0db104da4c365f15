import { setMaxListeners } from 'node:events';
import type { BmsError } from '../../battery/errors';

/** What attempts and channels are ended by: AbortControllers that are aborted with a BmsError. */

/** A controller that any number of channels may follow: Node.js warns of more than ten listeners otherwise. */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Why a signal was aborted; undefined when it was not. */
export function causeOf(signal: AbortSignal): BmsError | undefined {
  return signal.aborted ? (signal.reason as BmsError) : undefined;
}

/** @param listener called once, when the signal is aborted; not when that is past. @returns listens no more */
export function whenAborted(signal: AbortSignal, listener: (cause: BmsError) => void): () => void {
  const abort = (): void => listener(signal.reason as BmsError);
  signal.addEventListener('abort', abort);
  return () => signal.removeEventListener('abort', abort);
}

/** The outcome of some work, or why the signal is aborted if that comes first. Work is not begun after that. */
export function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as BmsError);
  return new Promise((resolve, reject) => {
    const stop = whenAborted(signal, reject);
    void work().then(resolve, reject).finally(stop);
  });
}
