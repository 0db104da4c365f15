import type { Node } from 'node-red';

export interface KeeperOptions<T> {
  /** key in the node's context */
  key: string;
  /** what of a value outlives the process, as plain JSON */
  write(value: T): object;
  /** the value that a context store gives back; undefined when it is none: anybody may have edited it */
  read(kept: unknown): T | undefined;
}

/**
 * Keeps a value for each node: in this process, because without a context store that the user has set up Node-RED
 * forgets a node's context with every deploy, and in that context, where it may outlive a restart.
 */
export class PersistedValue<T> {
  private readonly inProcess = new Map<string, T>();

  constructor(private readonly options: KeeperOptions<T>) {}

  /**
   * Calls `answer`, once, with the value as soon as the context store has it; with undefined when there is none, or, with
   * the error, when the store has failed.
   */
  recall(node: Node, answer: (value: T | undefined, error?: Error) => void): void {
    const present = this.inProcess.get(node.id);
    if (present !== undefined) return answer(present);
    node.context().get(this.options.key, (error, kept) => {
      this.note(node, error);
      answer(this.options.read(kept), error instanceof Error ? error : undefined);
    });
  }

  keep(node: Node, value: T): void {
    this.inProcess.set(node.id, value);
    node.context().set(this.options.key, this.options.write(value), (error) => this.note(node, error));
  }

  /** To be called when a node is deleted: Node-RED itself clears its context. */
  forget(node: Node): void {
    this.inProcess.delete(node.id);
  }

  /** A store that fails costs only what a restart would forget. */
  private note(node: Node, error: unknown): void {
    if (error instanceof Error) node.debug(error.message);
  }
}
