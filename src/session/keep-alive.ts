import type { Clock, Timer } from '../clock';
import type { LineNeeds } from './line-needs';

/** While the line is in use, it is looked at again after so long, ms. */
const LOOK_AGAIN_MS = 500;

/** Sees that something is written to a line often enough for the other end not to drop it. */
export class KeepAlive {
  private timer: Timer | undefined;
  private need: LineNeeds['keepAlive'];
  private lastWriteAt = 0;

  /** @param write writes a request, if the line is idle. @returns whether it did */
  constructor(
    private readonly clock: Clock,
    private readonly write: (request: Buffer) => boolean,
  ) {}

  /** Begins on a line that has just been opened, or when what it needs has changed. */
  start(need: LineNeeds['keepAlive']): void {
    this.stop();
    this.need = need;
    this.lastWriteAt = this.clock.monotonic();
    if (need !== undefined) this.wake(need.everyMs);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** To be called when something is written. */
  wrote(): void {
    this.lastWriteAt = this.clock.monotonic();
  }

  private look(): void {
    const { need } = this;
    if (need === undefined) return;
    const rest = this.lastWriteAt + need.everyMs - this.clock.monotonic();
    if (rest > 0) return this.wake(rest);
    if (!this.write(need.request)) return this.wake(LOOK_AGAIN_MS);
    this.wrote();
    this.wake(need.everyMs);
  }

  private wake(afterMs: number): void {
    this.timer = this.clock.after(afterMs, () => this.look());
  }
}
