import type { ConnectionEvent, Ending, ExchangeLabel, LogEntry } from '../../link/frame-log';

/** One piece as it came, ms on the monotonic clock. */
export interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** An exchange as a whole, or what came while nothing was asked; bytes as they were on the line. */
export interface LoggedExchange {
  readonly kind: 'exchange';
  readonly at: number;
  /** undefined where nothing was asked, or no answer is expected */
  readonly label: ExchangeLabel | undefined;
  sent: Buffer;
  readonly received: Piece[];
  /** requests given up before, whose answers came during it */
  readonly late: ExchangeLabel[];
  ending?: Ending;
  endedAt?: number;
}

export type LoggedLine =
  LoggedExchange | { readonly kind: 'event'; readonly at: number; readonly event: ConnectionEvent };

/** What comes unasked is one line as long as no more time passes, ms: an answer that comes late has several pieces. */
const TOGETHER_MS = 1000;

const NOTHING = Buffer.alloc(0);

/** Puts the entries of a log together to exchanges, as they come. */
export class ExchangeFolder {
  private current: LoggedExchange | undefined;
  /** what came while nothing was asked */
  private loose: LoggedExchange | undefined;
  private hasBegun: boolean;

  /** @param isCut whether the log begins in the middle: what belongs to an exchange before is left out */
  constructor(
    private readonly emit: (line: LoggedLine) => void,
    isCut = false,
  ) {
    this.hasBegun = !isCut;
  }

  take(entry: LogEntry): void {
    this.hasBegun ||= entry.kind === 'asked' || entry.kind === 'event';
    if (!this.hasBegun) return;
    switch (entry.kind) {
      case 'asked':
        this.flush();
        this.current = begin(entry.at, entry.label);
        return;
      case 'sent':
        return this.sent(entry);
      case 'received':
        this.open(entry.at).received.push({ at: entry.at, bytes: entry.bytes });
        return;
      case 'late':
        this.open(entry.at).late.push(entry.label);
        return;
      case 'ended':
        if (this.current === undefined) return;
        this.current.ending = entry.ending;
        this.current.endedAt = entry.at;
        return this.flush();
      case 'event':
        return this.emit({ kind: 'event', at: entry.at, event: entry.event });
    }
  }

  /** Tells what is not complete yet, at the end. */
  flush(): void {
    const lines = [this.loose, this.current];
    this.loose = undefined;
    this.current = undefined;
    for (const line of lines) if (line !== undefined) this.emit(line);
  }

  private sent({ at, bytes }: Piece): void {
    if (this.current !== undefined) {
      this.current.sent = Buffer.concat([this.current.sent, bytes]);
      return;
    }
    // No answer is expected: it only keeps the line alive.
    this.flush();
    this.emit({ ...begin(at, undefined), sent: bytes });
  }

  private open(at: number): LoggedExchange {
    if (this.current !== undefined) return this.current;
    if (this.loose !== undefined && at - this.loose.at > TOGETHER_MS) this.flush();
    this.loose ??= begin(at, undefined);
    return this.loose;
  }
}

function begin(at: number, label: ExchangeLabel | undefined): LoggedExchange {
  return { kind: 'exchange', at, label, sent: NOTHING, received: [], late: [] };
}
