import type { Node } from 'node-red';
import { systemClock, type Timer } from '../clock';

/** How long a shared node outlives its last user: a partial deploy takes a user away and brings it back. */
const GRACE_MS = 2000;

/** The users of a shared config node, and what starts with the first and ends with the last of them. */
export class RefCount {
  readonly byId: Record<string, Node> = {};
  private timer: Timer | undefined;
  private borrowers = 0;
  private closed = false;

  /** @param onLast may give a promise, which the last borrower waits for */
  constructor(
    private readonly onFirst: () => void,
    private readonly onLast: () => unknown,
    private readonly clock = systemClock,
  ) {}

  add(user: Node): void {
    this.timer?.cancel();
    const first = !this.inUse;
    this.byId[user.id] = user;
    if (first) this.onFirst();
  }

  /**
   * Uses the shared node for a while without being one of its nodes, as a dialog does.
   * @returns ends it, and waits for what ends with the last of them; calling that again does nothing
   */
  borrow(): () => Promise<void> {
    this.timer?.cancel();
    const first = !this.inUse;
    this.borrowers++;
    if (first) this.onFirst();
    let ended = false;
    return async () => {
      if (ended) return;
      ended = true;
      this.borrowers--;
      await this.leave(true);
    };
  }

  /** @param removed whether the user is gone for good */
  remove(user: Node, removed: boolean): void {
    delete this.byId[user.id];
    this.leave(removed);
  }

  /** To be called when the shared node itself closes. */
  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private get inUse(): boolean {
    return this.borrowers > 0 || Object.keys(this.byId).length > 0;
  }

  private leave(removed: boolean): unknown {
    if (this.inUse || this.closed) return undefined;
    this.timer?.cancel();
    if (removed) return this.onLast();
    this.timer = this.clock.after(GRACE_MS, () => void this.onLast());
    return undefined;
  }
}
