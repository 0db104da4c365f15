/** The signal of a run that is over, or has not begun. */
export const ENDED = AbortSignal.abort();

/**
 * The runs of something that is started and stopped again and again, one after the other: each has an AbortSignal of its
 * own, which all parts of it take.
 */
export class Lifetime {
  private run: AbortController | undefined;

  /** That of the present run; aborted where there is none. */
  get signal(): AbortSignal {
    return this.run?.signal ?? ENDED;
  }

  /** Begins a run. @returns its signal; undefined when it has begun already */
  start(): AbortSignal | undefined {
    if (this.run !== undefined) return undefined;
    this.run = new AbortController();
    return this.run.signal;
  }

  /** Ends the present run, if there is one. */
  end(): void {
    const { run } = this;
    this.run = undefined;
    run?.abort();
  }
}
