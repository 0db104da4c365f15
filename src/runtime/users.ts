import type { Node } from 'node-red';
import { systemClock, type Timer } from '../clock';

/** How long a shared node outlives its last user: a partial deploy takes a user away and brings it back. */
const GRACE_MS = 2000;

/** Who uses a shared config node, and what starts with the first and ends with the last of them. */
export class Users {
  readonly byId: Record<string, Node> = {};
  private timer: Timer | undefined;

  constructor(
    private readonly onFirst: () => void,
    private readonly onLast: () => void,
    private readonly clock = systemClock,
  ) {}

  add(user: Node): void {
    this.timer?.cancel();
    const first = Object.keys(this.byId).length === 0;
    this.byId[user.id] = user;
    if (first) this.onFirst();
  }

  /** @param removed whether the user is gone for good */
  remove(user: Node, removed: boolean): void {
    delete this.byId[user.id];
    if (Object.keys(this.byId).length > 0) return;
    this.timer?.cancel();
    if (removed) this.onLast();
    else this.timer = this.clock.after(GRACE_MS, this.onLast);
  }

  /** To be called when the shared node itself closes. */
  close(): void {
    this.timer?.cancel();
  }
}
