import type { Clock } from '../clock';
import { Framer } from '../codec/kit/framing';
import type { Exchange } from './exchange';

/** No answer is waited for longer than this because others were late, ms. */
const LONGEST_LIMIT_MS = 5000;

/** An answer that comes later than this is not looked for, ms. */
const WATCH_MS = 10_000;

/** Requests that were given up and may still be answered: as many as a search sends in that time. */
const MOST_WATCHED = 16;

/** After so many requests in a row that were given up the line is not slow but silent, and that must show soon. */
const MOST_IN_VAIN = 2;

/** How long an error may speak of an answer that was late, ms. */
const MEMORY_MS = 60_000;

/** Answers after which the limit may fall again. */
const CALM_ANSWERS = 64;

/** A request that was given up, and what has come since that may be its answer. */
interface Watched {
  exchange: Exchange;
  sentAt: number;
  framer: Framer;
  parts: Buffer[];
}

/**
 * Notices answers that come after their request was given up, as over a slow network, and learns from them how long the
 * line takes. What it learns is bounded, and forgotten when the line has been faster for a while.
 */
export class LateAnswers {
  private watched: Watched[] = [];
  /** by the name of the request: how long the answer took, and when it came */
  private readonly seen = new Map<string, { tookMs: number; at: number }>();
  private learnt = 0;
  private worst = 0;
  private answers = 0;
  /** requests that were given up since something has come */
  private inVain = 0;

  /** @param onLate called with each exchange that is answered late */
  constructor(
    private readonly clock: Clock,
    private readonly onLate: (exchange: Exchange) => void = () => undefined,
  ) {}

  /** The time that a request is given, which may be more than its own, ms. */
  limitMs(exchange: Exchange): number {
    const { timeoutMs, stretch = 'learnt' } = exchange;
    // Listening asks nothing that could be answered late.
    if (this.learnt <= timeoutMs || stretch === 'never' || isListening(exchange)) return timeoutMs;
    const isWorthIt = stretch === 'learnt' ? this.inVain < MOST_IN_VAIN : this.tookMs(exchange) !== undefined;
    return isWorthIt ? this.learnt : timeoutMs;
  }

  /** How long an answer to such a request took that came too late lately, ms; undefined when none did. */
  tookMs({ name }: Exchange): number | undefined {
    const late = this.seen.get(name);
    return late !== undefined && this.clock.monotonic() - late.at < MEMORY_MS ? late.tookMs : undefined;
  }

  /** To be called when a request was given up. @param sentAt on the monotonic clock */
  gaveUp(exchange: Exchange, sentAt: number): void {
    if (isListening(exchange)) return;
    this.inVain++;
    const same = this.watched.find((each) => each.exchange.request.equals(exchange.request));
    // What comes now may answer the first of several equal requests.
    const entry = { exchange, sentAt: same?.sentAt ?? sentAt, framer: new Framer(exchange.frames), parts: [] };
    this.watched = [...this.watched.filter((each) => each !== same), entry].slice(-MOST_WATCHED);
  }

  /** To be called when a request was answered in time. @param frames of the answer; none of a refusal */
  answered(exchange: Exchange, tookMs: number, frames: readonly Buffer[] = []): void {
    this.inVain = 0;
    // What answers another request just the same may come once more, and would not be late.
    const isAnswered = (other: Exchange): boolean =>
      other.name === exchange.name || frames.some((frame) => other.match(frame, []) !== 'foreign');
    if (this.watched.length > 0) this.watched = this.watched.filter((each) => !isAnswered(each.exchange));
    if (this.seen.size > 0) this.seen.delete(exchange.name);
    if (this.learnt === 0) return;
    this.worst = Math.max(this.worst, tookMs);
    if (++this.answers < CALM_ANSWERS) return;
    this.learnt = Math.min(this.learnt, stretched(this.worst));
    this.worst = 0;
    this.answers = 0;
  }

  /**
   * Takes what comes over the line.
   * @param running the request whose answer it may be as well
   */
  data(bytes: Buffer, running: Exchange | undefined): void {
    if (this.watched.length === 0) return;
    const now = this.clock.monotonic();
    this.watched = this.watched.filter((each) => now - each.sentAt < WATCH_MS);
    for (const each of [...this.watched]) {
      if (each.exchange.name !== running?.name && isAnswered(each, bytes, running)) this.cameLate(each, now);
    }
  }

  /** To be called when the line is closed: what comes over the next connection answers nothing of before. */
  forget(): void {
    this.watched = [];
  }

  private cameLate(late: Watched, now: number): void {
    const tookMs = Math.round(now - late.sentAt);
    this.watched = this.watched.filter((each) => each !== late);
    this.seen.set(late.exchange.name, { tookMs, at: now });
    this.learnt = Math.max(this.learnt, stretched(tookMs));
    this.worst = 0;
    this.answers = 0;
    this.inVain = 0;
    this.onLate(late.exchange);
    late.exchange.cameLate?.();
  }
}

function isListening({ request }: Exchange): boolean {
  return request.length === 0;
}

/** The time to give to answers that took so long, ms. */
function stretched(tookMs: number): number {
  return Math.min(LONGEST_LIMIT_MS, Math.round(tookMs * 1.5) + 100);
}

/**
 * Amid noise there may be an answer by chance: one that is late has nothing else around it.
 * @param running whose answer it is rather, when it may be that: boards know requests that they answer alike
 */
function isAnswered({ exchange, framer, parts }: Watched, bytes: Buffer, running: Exchange | undefined): boolean {
  const { discarded } = framer;
  let isWhole = false;
  for (const frame of framer.push(bytes)) {
    if (running !== undefined && running.match(frame, []) !== 'foreign') continue;
    const result = exchange.match(frame, parts);
    if (result === 'part') parts.push(frame);
    else if (result !== 'foreign') isWhole = true;
  }
  return isWhole && framer.discarded === discarded && framer.pending === 0;
}
