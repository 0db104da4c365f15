import { isolated } from '../battery/errors';

/** Something that happens, for any number of listeners; each subscription is taken back by the function it returns. */
export class Signal<T> {
  private readonly listeners = new Set<(value: T) => void>();

  /** how many listen now */
  get size(): number {
    return this.listeners.size;
  }

  /** Calls `listener` with every value from now on, until the returned function is called. */
  subscribe(listener: (value: T) => void): () => void {
    // Wrapped, so that the same function subscribed twice is two subscriptions.
    const entry = (value: T): void => listener(value);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  /** Calls every listener. One that throws harms neither the others nor the caller. */
  emit(value: T): void {
    for (const listener of [...this.listeners]) isolated(() => listener(value));
  }
}
