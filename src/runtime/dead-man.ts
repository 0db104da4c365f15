import type { Clock, Timer } from '../clock';

/** The least time between two attempts to reach the safe state, ms. */
const RETRY_MS = 10_000;

/** Acts when nobody has said anything for a time: once, and again after a while when that failed. */
export class DeadManSwitch {
  private timer: Timer | undefined;
  private closed = false;

  /**
   * @param limitMs silence after which it acts, ms
   * @param act rejects when the safe state was not reached
   */
  constructor(
    private readonly clock: Clock,
    private readonly limitMs: number,
    private readonly act: () => Promise<void>,
  ) {
    this.wind(limitMs);
  }

  /** Somebody is there. */
  heard(): void {
    this.wind(this.limitMs);
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private wind(ms: number): void {
    this.timer?.cancel();
    if (this.closed) return;
    this.timer = this.clock.after(ms, () => {
      const mine = this.timer;
      this.act().catch(() => {
        // Unless somebody has spoken meanwhile, it is still up to us.
        if (this.timer === mine) this.wind(Math.max(RETRY_MS, this.limitMs));
      });
    });
  }
}
