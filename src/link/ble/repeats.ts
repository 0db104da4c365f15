/** The second of two that belong together comes at once, ms. */
const WITHIN_MS = 50;

/** So many pairs, not all of them alike, are no chance. */
const ENOUGH_PAIRS = 3;

/**
 * Finds out that a device tells everything twice, as one does that was subscribed twice, or notifies and indicates. Two
 * pieces of one answer may well be alike: only a connection on which everything comes in pairs, from the beginning of an
 * answer on, is a doubled one, and only for as long as it does.
 */
export class Repeats {
  /** what has come once so far */
  private single: Buffer | undefined;
  private first: Buffer | undefined;
  private pairs = 0;
  private areDifferent = false;
  /** whether to wait for the beginning of another answer */
  private isOver = true;
  private lastAt = -Infinity;

  /** Something was asked: what comes now begins an answer. @param now on the monotonic clock, ms */
  asked(now: number): void {
    if (this.isOver || (this.single !== undefined && now - this.lastAt > WITHIN_MS)) this.begin();
  }

  /** To be called with everything that comes. @param now on the monotonic clock, ms */
  isRepeat(bytes: Buffer, now: number): boolean {
    const { single } = this;
    const isSoon = now - this.lastAt <= WITHIN_MS;
    this.lastAt = now;
    if (this.isOver) return false;
    if (single === undefined) {
      this.single = bytes;
      return false;
    }
    if (!isSoon || !single.equals(bytes)) {
      this.isOver = true;
      return false;
    }
    this.single = undefined;
    this.pairs++;
    this.first ??= bytes;
    this.areDifferent ||= !this.first.equals(bytes);
    return this.areDifferent && this.pairs >= ENOUGH_PAIRS;
  }

  private begin(): void {
    this.single = undefined;
    this.first = undefined;
    this.pairs = 0;
    this.areDifferent = false;
    this.isOver = false;
  }
}
