/** The points in time at which a device is polled: they stay where they are while its line comes and goes. */
export class PollGrid {
  private from: number | undefined;
  private lastPoint = -1;

  /**
   * @param intervalMs 0: it is not polled
   * @param phase where in the interval the points lie after the first one, 0 up to 1
   */
  constructor(
    private readonly intervalMs: number,
    private readonly phase: number,
  ) {}

  get isUsed(): boolean {
    return this.intervalMs > 0;
  }

  /** Forgets the points: they begin anew with the next poll. */
  reset(): void {
    this.from = undefined;
    this.lastPoint = -1;
  }

  /** Whether a point has passed since the last poll. @param now on the monotonic clock, ms */
  isDue(now: number): boolean {
    return this.isUsed && this.pointAt(now) > this.lastPoint;
  }

  /** To be called when a poll begins. */
  polled(now: number): void {
    this.from ??= now - this.phase * this.intervalMs;
    this.lastPoint = this.pointAt(now);
  }

  /** How many points have passed since the last poll began. */
  passed(now: number): number {
    return this.pointAt(now) - this.lastPoint;
  }

  /** How long until the next point, ms. */
  wait(now: number): number {
    const elapsed = now - (this.from ?? now);
    return this.intervalMs - (elapsed % this.intervalMs);
  }

  private pointAt(now: number): number {
    return this.from === undefined ? 0 : Math.floor((now - this.from) / this.intervalMs);
  }
}
