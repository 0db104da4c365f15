import type { Clock, Timer } from '../clock';

export interface OutletOptions<T> {
  clock: Clock;
  /** what was sent last is sent again, as it is by then, after so long, ms */
  repeatMs: number;
  /** no two leave closer together than this, ms; 0: at once */
  gapMs: number;
  /** whether something is to leave before it is repeated anyway */
  differs(sent: T, now: T): boolean;
  send(item: T): void;
}

/** Sends what changes: the first at once, a change at once or when the gap has passed, and the present state now and then. */
export class Outlet<T> {
  private latest: { readonly item: T } | undefined;
  private sent: { readonly item: T; readonly at: number } | undefined;
  private isForced = false;
  private timer: Timer | undefined;

  constructor(private readonly options: OutletOptions<T>) {}

  /** Takes the present state. @param isForced whether it leaves though nothing has changed */
  offer(item: T, isForced = false): void {
    this.latest = { item };
    this.isForced ||= isForced;
    this.sendIfDue();
  }

  /** Sends what was offered last once more. */
  again(): void {
    this.isForced = true;
    this.sendIfDue();
  }

  close(): void {
    this.timer?.cancel();
    this.latest = undefined;
  }

  private sendIfDue(): void {
    const { clock, send } = this.options;
    this.timer?.cancel();
    const { latest } = this;
    if (latest === undefined) return;
    const waitMs = this.waitMs(latest.item);
    if (waitMs > 0) {
      this.timer = clock.after(waitMs, () => this.sendIfDue());
      return;
    }
    this.isForced = false;
    this.sent = { item: latest.item, at: clock.monotonic() };
    this.timer = clock.after(this.options.repeatMs, () => this.sendIfDue());
    // Last: what it leads to may offer the next one.
    send(latest.item);
  }

  /** How long the present state has to wait until it may leave, ms. */
  private waitMs(item: T): number {
    const { clock, repeatMs, gapMs, differs } = this.options;
    if (this.sent === undefined) return 0;
    const isDue = this.isForced || differs(this.sent.item, item);
    return this.sent.at + (isDue ? gapMs : repeatMs) - clock.monotonic();
  }
}
