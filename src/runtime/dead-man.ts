import type { Clock, Timer } from '../clock';

/** The least time between two attempts to reach the safe state, ms. */
const RETRY_MS = 10_000;

/** A time without messages, until one comes. */
export interface Trip {
  /** Whether no message has come since. */
  isCurrent(): boolean;
}

/** Acts when no message has come for a time: once, and again after a while when that failed. */
export class DeadManSwitch {
  private timer: Timer | undefined;
  private closed = false;
  private trip: Trip | undefined;

  /**
   * @param limitMs silence after which it acts, ms
   * @param act gets the same trip with every attempt; resolves with false when it is not up to the switch any more, rejects
   *   when the safe state was not reached
   */
  constructor(
    private readonly clock: Clock,
    private readonly limitMs: number,
    private readonly act: (trip: Trip) => Promise<unknown>,
  ) {
    this.wind(limitMs);
  }

  /** whether it has acted, or tried to, and no message has come since */
  get isTripped(): boolean {
    return this.trip !== undefined;
  }

  /** A message has come. */
  heard(): void {
    this.trip = undefined;
    this.wind(this.limitMs);
  }

  /**
   * Acts once more if it has tripped, as after an absence of the board: what it had reached may be undone.
   * @returns whether that is up to it
   */
  async again(): Promise<boolean> {
    if (this.trip === undefined || this.closed) return false;
    this.timer?.cancel();
    return this.attempt(this.trip);
  }

  close(): void {
    this.closed = true;
    this.trip = undefined;
    this.timer?.cancel();
  }

  private wind(ms: number): void {
    this.timer?.cancel();
    if (this.closed) return;
    this.timer = this.clock.after(ms, () => void this.attempt((this.trip ??= this.newTrip())));
  }

  private newTrip(): Trip {
    const trip: Trip = { isCurrent: () => this.trip === trip };
    return trip;
  }

  private async attempt(trip: Trip): Promise<boolean> {
    try {
      return (await this.act(trip)) !== false;
    } catch {
      // Unless a message has come meanwhile, it is still up to this.
      if (trip.isCurrent()) this.wind(Math.max(RETRY_MS, this.limitMs));
      return true;
    }
  }
}
