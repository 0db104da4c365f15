import type { Exchange } from './exchange';

/** How often such a request goes out again. */
const TRIES = 5;

interface Entry {
  readonly exchange: Exchange;
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

  add(exchange: Exchange): void {
    this.entries.set(keyOf(exchange), { exchange, tries: 0 });
  }

  /** To be called when the board has answered a request, whoever sent it. */
  answered(exchange: Exchange): void {
    if (this.entries.size > 0) this.entries.delete(keyOf(exchange));
  }

  /** To be called when the line is open anew, or an answer has come, and nothing else is half done. */
  resume(): void {
    for (const [key, entry] of [...this.entries]) {
      this.entries.delete(key);
      this.submit(entry.exchange).catch(() => {
        if (++entry.tries < TRIES && !this.entries.has(key)) this.entries.set(key, entry);
      });
    }
  }
}

function keyOf({ request }: Exchange): string {
  return request.toString('hex');
}
