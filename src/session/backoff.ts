import type { Clock, Timer } from '../clock';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** The least time between two attempts to open, whatever is asked, ms. */
const ATTEMPT_SPACING_MS = 1000;

/**
 * How long to wait before the next attempt: doubles from half a second to half a minute, shortened at random by up
 * to a half so that many connections do not come back all at once.
 * @param failures attempts that failed since the last good answer, from 0
 * @param random in [0, 1)
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return full * (1 - random / 2);
}

/** When the attempts to open a line are made: again and again, later each time, until it has held. */
export class Backoff {
  private failures = 0;
  private lastAttemptAt = -Infinity;
  private timer: Timer | undefined;

  /** @param attempt begins one */
  constructor(
    private readonly clock: Clock,
    private readonly attempt: () => void,
  ) {}

  /** To be called when an attempt begins. */
  attempted(): void {
    this.lastAttemptAt = this.clock.monotonic();
  }

  /** Makes the next attempt after the wait that is due. */
  failed(): void {
    this.schedule(this.clock.monotonic() + backoffMs(this.failures++, this.clock.random()));
  }

  /** Makes the attempt that is due soon. */
  hurry(): void {
    this.schedule(this.lastAttemptAt + ATTEMPT_SPACING_MS);
  }

  /** Makes no attempt. */
  cancel(): void {
    this.timer?.cancel();
  }

  /** To be called when the line has held: the waits begin anew. */
  reset(): void {
    this.failures = 0;
  }

  private schedule(at: number): void {
    this.cancel();
    this.timer = this.clock.after(Math.max(0, at - this.clock.monotonic()), this.attempt);
  }
}
