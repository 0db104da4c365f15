import type { Node } from 'node-red';
import type { Clock, Timer } from '../clock';
import type { PersistedValue } from './persisted-value';

/** A context store on disk is not written more often for one node, ms: what a power cut takes is no more than that. */
const WRITE_EVERY_MS = 60_000;

/** Keeps a value of a node that changes all the time: at once after a rest, then once a minute. */
export class ThrottledValue<T> {
  private pending: { value: T } | undefined;
  private timer: Timer | undefined;

  constructor(
    private readonly store: PersistedValue<T>,
    private readonly node: Node,
    private readonly clock: Clock,
  ) {}

  keep(value: T): void {
    this.pending = { value };
    if (this.timer === undefined) this.write();
  }

  /** Keeps the last value now: after what must not be lost, and when the node closes. */
  flush(): void {
    if (this.pending !== undefined) this.write();
  }

  /** Flushes, and keeps nothing more by itself. */
  close(): void {
    this.flush();
    this.timer?.cancel();
  }

  private write(): void {
    if (this.pending !== undefined) this.store.keep(this.node, this.pending.value);
    this.pending = undefined;
    this.timer?.cancel();
    this.timer = this.clock.after(WRITE_EVERY_MS, () => this.rested());
  }

  private rested(): void {
    this.timer = undefined;
    this.flush();
  }
}
