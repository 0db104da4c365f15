import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import type { Clock } from '../../src/clock';
import type { Channel, ChannelEvents, Link } from '../../src/link/link';
import type { WitnessBoard } from './boards/board';

/** What the far end does with a connection. */
export type Bridge = 'accepts' | 'refuses' | 'hangs';

/** Changes what the boards put on the line. @returns the pieces to deliver, with the delay of each */
export type Disturbance = (bytes: Buffer) => readonly { readonly bytes: Buffer; readonly delayMs: number }[];

/** The part of `OpenOptions` that ends an attempt. */
interface Abortable {
  signal?: AbortSignal | undefined;
  baudRate?: number;
}

/** A line in memory with boards on it. Whatever one says, everybody on the line hears; the host hears it all. */
export class WitnessLine implements Link {
  readonly boards: WitnessBoard[] = [];
  /** every request, hex */
  readonly sent: string[] = [];
  /** rates at which it was opened */
  readonly rates: number[] = [];
  bridge: Bridge = 'accepts';
  disturbance: Disturbance | undefined;
  opened = 0;
  /** how often it broke while it was open */
  drops = 0;
  /** channels open at this moment, and attempts that have neither opened nor failed */
  channels = 0;
  attempts = 0;
  private events: ChannelEvents | undefined;

  constructor(
    private readonly clock: Clock,
    readonly name = 'witness line',
  ) {}

  /** Hangs boards on the line, instead of those that were there. */
  hang(...boards: WitnessBoard[]): this {
    for (const board of this.boards.splice(0)) board.detach();
    this.boards.push(...boards);
    for (const board of boards) {
      board.cut = () => this.drop();
      if (this.events !== undefined) this.attach(board);
    }
    return this;
  }

  async open(events: ChannelEvents, options?: Abortable): Promise<Channel> {
    this.rates.push(options?.baudRate ?? 0);
    this.attempts++;
    try {
      await this.connect(options?.signal);
    } finally {
      this.attempts--;
    }
    this.opened++;
    this.channels++;
    this.events = events;
    for (const board of this.boards) this.attach(board);
    let open = true;
    return {
      write: (bytes) => {
        if (!open || this.events !== events) return Promise.reject(new BmsError('disconnected', say`closed`));
        this.sent.push(bytes.toString('hex'));
        for (const board of [...this.boards]) board.receive(bytes);
        return Promise.resolve();
      },
      close: () => {
        if (open) this.channels--;
        open = false;
        if (this.events === events) this.leave();
        return Promise.resolve();
      },
    };
  }

  private connect(signal: AbortSignal | undefined): Promise<void> {
    if (this.bridge === 'accepts') return Promise.resolve();
    if (this.bridge === 'refuses') {
      return Promise.reject(new BmsError('port_not_found', say`Nothing listens at ${this.name}.`));
    }
    const silence = new BmsError('timeout', say`${this.name} does not accept a connection.`);
    return new Promise((_resolve, reject) => {
      this.clock.after(10_000, () => reject(silence));
      signal?.addEventListener('abort', () => reject(new BmsError('closed', say`aborted`)), { once: true });
    });
  }

  /** The line breaks. */
  drop(): void {
    const { events } = this;
    if (events === undefined) return;
    this.drops++;
    this.leave();
    // As a socket does: whoever is in the middle of something hears of it afterwards.
    this.clock.after(0, () => events.closed(new BmsError('disconnected', say`the cable was pulled`)));
  }

  /** Puts bytes on the line that no board has said. */
  say(bytes: Buffer): void {
    this.events?.data(bytes);
  }

  private leave(): void {
    this.events = undefined;
    for (const board of this.boards) board.detach();
  }

  private attach(board: WitnessBoard): void {
    const { events } = this;
    board.attach((bytes) => {
      const pieces = this.disturbance?.(bytes) ?? [{ bytes, delayMs: 0 }];
      for (const piece of pieces) {
        const deliver = (): void => {
          if (this.events === events) events?.data(piece.bytes);
        };
        if (piece.delayMs === 0) deliver();
        else this.clock.after(piece.delayMs, deliver);
      }
    });
  }
}
