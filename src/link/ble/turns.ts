import type { Scanner } from './scanner';

/** Turns of those who need the radio for themselves, such as to connect: nobody listens then. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly scanner: Scanner) {}

  /** Runs something when its turn comes. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      try {
        await this.scanner.pause();
        return await work();
      } finally {
        this.scanner.resume();
      }
    };
    const done = this.last.then(run);
    this.last = done.catch(() => undefined);
    return done;
  }
}
