/** How long a line must be open until it counts as good where nobody vouches for it, ms. */
export const HOLD_MS = 30_000;

/** So many falls within so long are no chance, ms. */
const MANY_FALLS = 3;
const MANY_WITHIN_MS = 60_000;

/** After so long without a fall, falls are told again, ms. */
const QUIET_MS = 600_000;

/** What a line has done since it held last. Times are of the monotonic clock, ms. */
export class LineStability {
  private openedAt: number | undefined;
  private vouched = false;
  private isTold = false;
  /** how often it was opened and fell before it held */
  private relapses = 0;
  private falls: number[] = [];

  opened(now: number): void {
    this.openedAt = now;
    this.vouched = false;
  }

  /**
   * To be called when a device has been read often enough, one time after the other, since it was opened.
   * @returns whether it was unsteady until now
   */
  confirmGood(now: number): boolean {
    const wasUnsteady = this.isUnstable(now);
    this.vouched = this.openedAt !== undefined;
    return wasUnsteady && this.vouched;
  }

  /** Whether it has fallen again and again since it held last, and does not hold yet. */
  isUnstable(now: number): boolean {
    return this.relapses > 1 && !this.holds(now);
  }

  /** Whether it has fallen so often of late that something must be wrong. */
  keepsFalling(now: number): boolean {
    return this.falls.filter((at) => now - at < MANY_WITHIN_MS).length >= MANY_FALLS;
  }

  /** Whether its user has yet to hear that it keeps falling; from then on he has. */
  mustTell(): boolean {
    if (this.isTold) return false;
    this.isTold = true;
    return true;
  }

  /**
   * To be called when it is closed, or could not be opened, by no wish of ours.
   * @returns whether it has held until now
   */
  fell(now: number): boolean {
    const held = this.holds(now);
    if (this.openedAt !== undefined) {
      if (now - (this.falls.at(-1) ?? now) > QUIET_MS) this.isTold = false;
      this.falls = [...this.falls.slice(1 - MANY_FALLS), now];
      if (!held) this.relapses++;
    }
    this.closed(now);
    return held;
  }

  /**
   * To be called when it is closed by our own wish, or by that of the other end while nothing was asked.
   * @returns whether it has held until now
   */
  closed(now: number): boolean {
    const held = this.holds(now);
    if (held) this.relapses = 0;
    this.openedAt = undefined;
    return held;
  }

  private holds(now: number): boolean {
    if (this.openedAt === undefined) return false;
    return this.vouched || now - this.openedAt >= HOLD_MS;
  }
}
