import type { Scanner } from './scanner';

/** Turns of those who need the radio for themselves, such as to connect: nobody listens then. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  /** those whose turn has not come */
  private waiting = 0;

  constructor(private readonly scanner: Scanner) {}

  /** Whether somebody waits for his turn, or for a device to be heard, which nobody listens for during a turn. */
  get isAwaited(): boolean {
    return this.waiting > 0 || this.scanner.isAwaited;
  }

  /** Runs something when its turn comes. */
  take<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const run = async (): Promise<T> => {
      this.waiting--;
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
