import type { Node, NodeStatus } from 'node-red';

/** A node's status, sent to the editor only when it changes. */
export class Status {
  private shown = '';

  constructor(private readonly node: Node) {}

  /** Shows what differs from what is shown; `{}` clears. */
  show(status: NodeStatus): void {
    const key = JSON.stringify(status);
    if (key === this.shown) return;
    this.shown = key;
    this.node.status(status);
  }
}
