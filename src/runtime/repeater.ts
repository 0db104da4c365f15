import type { Clock, Timer } from '../clock';

/** Does something at once and at regular intervals, which do not drift. */
export class Repeater {
  private timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly action: () => void,
  ) {}

  start(): void {
    this.run(this.clock.monotonic());
  }

  close(): void {
    this.timer?.cancel();
  }

  /** @param dueAt when it should be now, ms on the monotonic clock */
  private run(dueAt: number): void {
    const now = this.clock.monotonic();
    const nextAt = dueAt + this.everyMs > now ? dueAt + this.everyMs : now + this.everyMs;
    this.timer = this.clock.after(nextAt - now, () => this.run(nextAt));
    this.action();
  }
}
