import type { BmsError } from '../../battery/errors';

/** Something that ends once, and takes along everything that waits for it. */
export class EndSignal {
  private reason: BmsError | undefined;
  private readonly listeners = new Set<(cause: BmsError) => void>();

  /** why it has ended, if it has */
  get cause(): BmsError | undefined {
    return this.reason;
  }

  /** Only the first call counts. */
  end(cause: BmsError): void {
    if (this.reason !== undefined) return;
    this.reason = cause;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener(cause);
  }

  /** @param listener called once, at the end; not when that is past. @returns listens no more */
  whenEnded(listener: (cause: BmsError) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The outcome of some work, or why this has ended if that comes first. Work is not begun after the end. */
  guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.reason !== undefined) return Promise.reject(this.reason);
    return new Promise((resolve, reject) => {
      const stop = this.whenEnded(reject);
      void work().then(resolve, reject).finally(stop);
    });
  }
}
