import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';

/** Why an attempt to open a line ends that its owner does not want any more. */
export function abortedError(name: string): BmsError {
  return new BmsError('closed', say`${name} is not opened any more.`);
}

/**
 * Waits for a step of an attempt to open a line, but no longer than its owner wants the line.
 * @throws BmsError `closed` as soon as the signal ends the attempt; what comes of the step then is the caller's to undo
 */
export function unlessAborted<T>(step: Promise<T>, signal: AbortSignal | undefined, name: string): Promise<T> {
  if (signal === undefined) return step;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(name));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    step.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
