import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { Clock, Timer } from '../clock';
import type { ChannelEvents } from './link';
import type { RecordedExchange, Recording } from './recording';
import type { ReplayedAnswers } from './replayed-answers';

/** Where a recording has no times: until an answer begins, between its pieces, and between what comes unasked, ms. */
const USUAL_DELAY_MS = 10;
const USUAL_PIECE_MS = 2;
const USUAL_ROUND_MS = 1000;

/** What is to be said, and when, ms from the beginning of the recording. */
interface Unasked {
  readonly at: number;
  readonly exchange: RecordedExchange;
}

/**
 * One connection to a recording. What came unasked comes at its time, counted from the opening, and the recording begins
 * again at its end. One piece of talk is not cut in two by another.
 */
export class ReplayedLine {
  private isOpen = true;
  private readonly timers = new Set<Timer>();
  private readonly unasked: readonly Unasked[];
  /** how long the recording takes, ms */
  private readonly lengthMs: number;
  /** until when something is being said, on the monotonic clock */
  private busyUntil = 0;

  constructor(
    { exchanges }: Recording,
    private readonly answers: ReplayedAnswers,
    private readonly clock: Clock,
    private readonly events: ChannelEvents,
  ) {
    const begin = exchanges.reduce((least, { at = 0 }) => Math.min(least, at), Infinity);
    const silent = exchanges.filter(({ tx, rx }) => tx === '' && rx.length > 0);
    this.unasked = silent.map((exchange, i) => ({
      exchange,
      at: exchange.at === undefined ? i * USUAL_ROUND_MS : exchange.at - begin,
    }));
    const usual = USUAL_ROUND_MS * Math.max(1, silent.length);
    this.lengthMs = exchanges.reduce((most, exchange) => Math.max(most, endOf(exchange) - begin), usual);
    this.schedule(0, clock.monotonic());
  }

  /** @throws BmsError `disconnected` */
  write(request: Buffer): void {
    if (!this.isOpen) throw new BmsError('disconnected', say`The recording is closed; open it again.`);
    const exchange = this.answers.take(request);
    if (exchange !== undefined) this.say(exchange);
  }

  close(): void {
    this.isOpen = false;
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
  }

  /** Has one after the other of what comes unasked said. @param start of this round, on the monotonic clock */
  private schedule(index: number, start: number): void {
    if (this.unasked.length === 0) return;
    const next = this.unasked[index];
    const now = this.clock.monotonic();
    if (next === undefined)
      return this.after(start + this.lengthMs - now, () => this.schedule(0, this.clock.monotonic()));
    this.after(start + next.at - now, () => {
      if (this.clock.monotonic() >= this.busyUntil) this.say(next.exchange);
      this.schedule(index + 1, start);
    });
  }

  private say({ rx, rxAt }: RecordedExchange): void {
    const now = this.clock.monotonic();
    const begin = Math.max(0, this.busyUntil - now);
    for (const [index, hex] of rx.entries()) {
      const delay = begin + (rxAt?.[index] ?? USUAL_DELAY_MS + index * USUAL_PIECE_MS);
      this.busyUntil = Math.max(this.busyUntil, now + delay);
      this.after(delay, () => this.events.data(Buffer.from(hex, 'hex')));
    }
  }

  private after(delayMs: number, action: () => void): void {
    const timer = this.clock.after(Math.max(0, delayMs), () => {
      this.timers.delete(timer);
      action();
    });
    this.timers.add(timer);
  }
}

function endOf({ at = 0, endedAt = 0, rxAt = [] }: RecordedExchange): number {
  return at + Math.max(endedAt, rxAt.at(-1) ?? 0);
}
