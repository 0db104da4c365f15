import type { BmsError } from '../battery/errors';
import type { Clock, Timer } from '../clock';
import { Signal } from './signal';

/** How long a line must be open until it counts as good where no device has been read often enough, ms. */
export const HOLD_MS = 30_000;

/** So many falls within so long are no chance, ms. */
const MANY_FALLS = 3;
const MANY_WITHIN_MS = 60_000;

/** After so long without a fall, falls are reported again, ms. */
const QUIET_MS = 600_000;

/** What a line has done since it held last. Times are of the monotonic clock, ms. */
export class LineStability {
  private openedAt: number | undefined;
  private isConfirmed = false;
  private isReported = false;
  /** how often it was opened and fell before it held */
  private relapses = 0;
  private falls: number[] = [];

  opened(now: number): void {
    this.openedAt = now;
    this.isConfirmed = false;
  }

  /**
   * To be called when a device has been read often enough, one time after the other, since it was opened.
   * @returns whether it was unsteady until now
   */
  confirmGood(now: number): boolean {
    const wasUnsteady = this.isUnstable(now);
    this.isConfirmed = this.openedAt !== undefined;
    return wasUnsteady && this.isConfirmed;
  }

  /** Whether it has fallen again and again since it held last, and does not hold yet. */
  isUnstable(now: number): boolean {
    return this.relapses > 1 && !this.holds(now);
  }

  /** Whether it has fallen so often of late that something must be wrong. */
  keepsFalling(now: number): boolean {
    return this.falls.filter((at) => now - at < MANY_WITHIN_MS).length >= MANY_FALLS;
  }

  /** Whether it is yet to be reported that it keeps falling; from then on it is. */
  mustReport(): boolean {
    if (this.isReported) return false;
    this.isReported = true;
    return true;
  }

  /**
   * To be called when it is closed, or could not be opened, not by this side.
   * @returns whether it has held until now
   */
  fell(now: number): boolean {
    const held = this.holds(now);
    if (this.openedAt !== undefined) {
      if (now - (this.falls.at(-1) ?? now) > QUIET_MS) this.isReported = false;
      this.falls = [...this.falls.slice(1 - MANY_FALLS), now];
      if (!held) this.relapses++;
    }
    this.closed(now);
    return held;
  }

  /**
   * To be called when it is closed by this side, or by the other end while nothing was asked.
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
    return this.isConfirmed || now - this.openedAt >= HOLD_MS;
  }
}

/** Reports when a line keeps falling, and when it holds again. */
export class StabilityWatch {
  /** why the line keeps falling; once, until it has not for long */
  readonly unstable = new Signal<BmsError>();
  /** the line holds again, after it kept falling */
  readonly stabilised = new Signal<void>();
  private readonly stability = new LineStability();
  private timer: Timer | undefined;

  constructor(private readonly clock: Clock) {}

  /** Whether it has fallen again and again since it held last, and does not hold yet. */
  get isUnstable(): boolean {
    return this.stability.isUnstable(this.clock.monotonic());
  }

  /** Whether it has fallen so often of late that something must be wrong. */
  get keepsFalling(): boolean {
    return this.stability.keepsFalling(this.clock.monotonic());
  }

  /** see `LineStability` */
  confirmGood(): void {
    if (!this.stability.confirmGood(this.clock.monotonic())) return;
    this.timer?.cancel();
    this.stabilised.emit();
  }

  opened(): void {
    this.stability.opened(this.clock.monotonic());
    if (this.isUnstable) this.timer = this.clock.after(HOLD_MS, () => this.stabilised.emit());
  }

  /** see `LineStability` */
  closed(): boolean {
    this.timer?.cancel();
    return this.stability.closed(this.clock.monotonic());
  }

  /** see `LineStability` */
  fell(): boolean {
    return this.stability.fell(this.clock.monotonic());
  }

  /** To be called after a fall of a line that keeps falling. */
  report(error: BmsError): void {
    if (this.stability.mustReport()) this.unstable.emit(error);
  }
}
