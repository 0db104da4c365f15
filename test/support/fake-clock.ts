import type { Clock, Timer } from '../../src/clock';

interface Pending {
  at: number;
  action: () => void;
}

/** A clock that stands still until the test moves it. Random numbers come from a fixed, seeded sequence. */
export class FakeClock implements Clock {
  private time = 0;
  private readonly pending = new Set<Pending>();
  private seed: number;
  private isStopped = false;

  constructor(seed = 1) {
    this.seed = seed;
  }

  /** timers that have not fired and were not cancelled */
  get timers(): number {
    return this.pending.size;
  }

  now(): number {
    return Date.UTC(2026, 0, 1) + this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(delayMs: number, action: () => void): Timer {
    // In whole microseconds, rounded up: what is too short to add to the time would never pass.
    const entry = { at: this.time + Math.max(0, Math.ceil(delayMs * 1000) / 1000), action };
    this.pending.add(entry);
    return { cancel: () => void this.pending.delete(entry) };
  }

  random(): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return this.seed / 2 ** 32;
  }

  /** Nothing happens any more, and who lets time pass waits for ever: ends what a test that has timed out would go on with. */
  stop(): void {
    this.isStopped = true;
    this.pending.clear();
  }

  /** Lets time pass, timers fire in order, and promises settle in between. */
  async tick(ms: number): Promise<void> {
    const target = this.time + ms;
    await this.settle();
    for (let next = this.next(target); next !== undefined; next = this.next(target)) {
      this.pending.delete(next);
      this.time = Math.max(this.time, next.at);
      next.action();
      await this.settle();
    }
    this.time = target;
    await this.settle();
  }

  private async settle(): Promise<void> {
    await settle();
    if (this.isStopped) await new Promise(() => undefined);
  }

  private next(limit: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.pending) {
      if (entry.at <= limit && (first === undefined || entry.at < first.at)) first = entry;
    }
    return first;
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
