import type { Exchange } from './exchange';

/** How often such a request goes out again to a board that answers others. */
const TRIES = 5;

interface Entry {
  readonly exchange: Exchange;
  /** called when the board has answered */
  done(): void;
  tries: number;
}

/**
 * Requests that end what was begun and that the board has not answered, because the line broke or the board fell silent:
 * they go out again as soon as the line carries answers, so that no board is left in a mode that is not its normal one.
 */
export class Unfinished {
  private readonly entries = new Map<string, Entry>();

  /** @param submit sends a request ahead of others */
  constructor(private readonly submit: (exchange: Exchange) => Promise<unknown>) {}

  /** @param done called once when the board has answered it, or an equal request of another */
  add(exchange: Exchange, done: () => void = () => undefined): void {
    this.entries.set(keyOf(exchange), { exchange, done, tries: 0 });
  }

  /** To be called when the board has answered a request, of any sender. */
  answered(exchange: Exchange): void {
    if (this.entries.size === 0) return;
    const key = keyOf(exchange);
    const entry = this.entries.get(key);
    this.entries.delete(key);
    entry?.done();
  }

  /**
   * To be called when the line is open anew, or an answer has come, and nothing else is half done.
   * @param isAnswering whether an answer has come: a board that says nothing at all is not given up
   */
  resume(isAnswering = true): void {
    for (const [key, entry] of [...this.entries]) {
      this.entries.delete(key);
      this.submit(entry.exchange).then(entry.done, () => {
        if (isAnswering) entry.tries++;
        if (entry.tries < TRIES && !this.entries.has(key)) this.entries.set(key, entry);
      });
    }
  }
}

function keyOf({ request }: Exchange): string {
  return request.toString('hex');
}
