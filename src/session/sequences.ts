/** Requests that belong together, such as those that enter a mode, write, and leave it. */
export interface Sequence {
  /** for messages */
  readonly name: string;
}

/** The sequences of a line of which something has gone out: they must not be cut in two. */
export class Sequences {
  private readonly begun = new Set<Sequence>();
  private readonly waiting: (() => void)[] = [];

  /** To be called when a request of it goes out. */
  begin(sequence: Sequence): void {
    this.begun.add(sequence);
  }

  /** To be called when the last of its requests has ended, or nothing of it will be sent any more. */
  end(sequence: Sequence): void {
    this.begun.delete(sequence);
    if (this.begun.size === 0) for (const wake of this.waiting.splice(0)) wake();
  }

  hasBegun(sequence: Sequence | undefined): boolean {
    return sequence !== undefined && this.begun.has(sequence);
  }

  get areUnderWay(): boolean {
    return this.begun.size > 0;
  }

  /** Resolves when none is under way. */
  async ended(): Promise<void> {
    if (this.areUnderWay) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
