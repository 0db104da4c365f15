import type { Clock } from '../clock';
import type { Terminal } from './terminal';
import { Interrupted } from './exit';

/** What every command gets. */
export interface Context {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** the user wants it to end, or nobody reads what it prints any more */
  readonly signal: AbortSignal;
}

/** Does something, but ends when the user ends the command. @throws Interrupted */
export async function unlessInterrupted<T>({ signal }: Context, work: Promise<T>): Promise<T> {
  if (signal.aborted) throw new Interrupted();
  let end: () => void = () => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    end = () => reject(new Interrupted());
    signal.addEventListener('abort', end);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
