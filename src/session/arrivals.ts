import type { Clock } from '../clock';

/** No message is kept waiting longer than this for the value of an earlier one, ms. */
const LONGEST_WAIT_MS = 100;

/**
 * Keeps messages in the order in which they came, although the value of one takes longer to evaluate than that of another.
 */
export class Arrivals {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly clock: Clock) {}

  /**
   * Resolves with the value when every earlier one is known too, or has failed, or is too long in coming.
   * @throws what the value is rejected with
   */
  inOrder<T>(value: T | Promise<T>): Promise<T> {
    const earlier = this.last;
    const present = Promise.resolve(value);
    const mine = Promise.all([this.bounded(earlier), present.catch(() => undefined)]);
    this.last = mine;
    return mine.then(() => present);
  }

  private bounded(promise: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(LONGEST_WAIT_MS, resolve);
      void promise.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
