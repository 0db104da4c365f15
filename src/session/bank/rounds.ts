import type { Clock, Timer } from '../../clock';

export interface RoundsOptions {
  readonly clock: Clock;
  /** the longest time from the first reading of a round to its end, ms */
  readonly intervalMs: number;
  /** names of the packs that are to give a reading in each round */
  expected(): readonly string[];
  /** A round has ended. @param isNew whether a pack has given a reading in it */
  onRound(isNew: boolean): void;
}

/**
 * Makes one round of the readings of several packs (bank.md 3): it ends when each has given one, or a while after the first.
 * Without readings it ends all the same, as packs may be lost meanwhile.
 */
export class Rounds {
  private readonly given = new Set<string>();
  private timer: Timer | undefined;
  /** requests for a reading of all, which end the round by themselves */
  private requests = 0;

  constructor(private readonly options: RoundsOptions) {}

  start(): void {
    this.wind();
  }

  stop(): void {
    this.given.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** A pack has given a reading. */
  gave(pack: string): void {
    if (this.given.size === 0) this.wind();
    this.given.add(pack);
    this.look();
  }

  /** Other packs may be expected now. */
  look(): void {
    if (this.requests > 0 || this.given.size === 0) return;
    const expected = this.options.expected();
    if (expected.length > 0 && expected.every((pack) => this.given.has(pack))) this.end();
  }

  /** Has the round go on until a request for a reading of all has ended. */
  async during<T>(request: () => Promise<T>): Promise<T> {
    this.requests++;
    try {
      return await request();
    } finally {
      this.requests--;
      if (this.requests === 0) this.given.clear();
      this.look();
    }
  }

  private end(): void {
    const isNew = this.given.size > 0;
    this.given.clear();
    this.wind();
    this.options.onRound(isNew);
  }

  private wind(): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(this.options.intervalMs, () => {
      if (this.requests > 0) this.wind();
      else this.end();
    });
  }
}
