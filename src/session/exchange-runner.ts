import { isolated, toBmsError, type BmsError } from '../battery/errors';
import type { Clock } from '../clock';
import type { FrameLog } from '../link/frame-log';
import { RunningExchange, type Counters, type Exchange } from './exchange';
import { ExchangeJournal } from './exchange-journal';
import { KeepAlive } from './keep-alive';
import { LateAnswers } from './late-answers';
import type { Line } from './line';

/** A line on which nothing has answered for so long, and so often, is opened afresh: some adapters need it. */
const SILENCE_MS = 30_000;
const SILENT_REQUESTS = 8;

/** Silence after a request that only keeps the line alive: what comes back answers no other, ms. */
const KEEP_ALIVE_GAP_MS = 250;

/** Runs the exchanges of a line one at a time, with the pauses that boards need between them. */
export class ExchangeRunner {
  readonly counters: Counters = { requests: 0, answers: 0, foreignFrames: 0, badChecksums: 0, discardedBytes: 0 };

  private running: RunningExchange | undefined;
  private lastAnswerAt = 0;
  private silentRequests = 0;
  private freeAt = 0;
  /** until when what comes answers a request that only keeps the line alive */
  private ignoreUntil = 0;
  private readonly keepAlive: KeepAlive;
  private readonly late: LateAnswers;
  private readonly journal: ExchangeJournal;

  /** @param isWaiting whether requests wait for the line */
  constructor(
    private readonly line: Line,
    private readonly clock: Clock,
    log: FrameLog | undefined,
    private readonly isWaiting: () => boolean,
  ) {
    this.journal = new ExchangeJournal(log, this.counters);
    this.late = new LateAnswers(clock, (exchange) => this.journal.cameLate(exchange));
    this.keepAlive = new KeepAlive(clock, (request) => this.writeInPassing(request));
  }

  /** Whether an exchange is running. */
  get isBusy(): boolean {
    return this.running !== undefined;
  }

  /** Whether the last request was answered. */
  get isAnswered(): boolean {
    return this.silentRequests === 0;
  }

  /** How long until the next exchange may begin, ms; 0 or less: now. */
  get waitMs(): number {
    return this.freeAt - this.clock.monotonic();
  }

  /** To be called when the line was opened. */
  opened(): void {
    this.lastAnswerAt = this.clock.monotonic();
    this.restartKeepAlive();
  }

  /** To be called when what the line needs has changed. */
  restartKeepAlive(): void {
    if (this.line.isOpen) this.keepAlive.start(this.line.keepAlive);
  }

  /** Takes bytes from the line. */
  data(bytes: Buffer): void {
    isolated(() => this.late.data(bytes, this.running?.exchange));
    if (this.running !== undefined) this.running.data(bytes);
    else if (this.clock.monotonic() >= this.ignoreUntil) this.counters.discardedBytes += bytes.length;
  }

  /** To be called when the connection is over: what belongs to it ends with it. */
  stop(error: BmsError): void {
    this.keepAlive.stop();
    this.late.forget();
    this.silentRequests = 0;
    this.freeAt = 0;
    this.ignoreUntil = 0;
    const { running } = this;
    this.running = undefined;
    running?.fail(error);
  }

  /**
   * Runs an exchange; only when none is running.
   * @returns the frames of the answer
   * @throws BmsError see `Bus.submit`
   */
  async run(exchange: Exchange): Promise<Buffer[]> {
    const { line } = this;
    const running = new RunningExchange(exchange, this.clock, this.counters, line, this.late);
    this.running = running;
    this.journal.asked(exchange);
    exchange.sent?.();
    if (exchange.request.length > 0) {
      this.keepAlive.wrote();
      line.write(exchange.request).catch((error: unknown) => running.fail(toBmsError(error, 'disconnected')));
    }
    try {
      const parts = await running.result;
      this.journal.ended();
      this.settled(running, exchange.gapMs, parts);
      return parts;
    } catch (thrown) {
      const error = toBmsError(thrown);
      this.journal.ended(error);
      const isSilent = error.code === 'timeout' || error.code === 'checksum';
      this.settled(running, isSilent ? exchange.retryGapMs : exchange.gapMs, isSilent ? undefined : []);
      throw error;
    }
  }

  /** @param answer its frames, none of a refusal; undefined when the board was silent */
  private settled(running: RunningExchange, gapMs: number, answer: readonly Buffer[] | undefined): void {
    // After a lost line there is nothing to keep: the connection that this exchange ran on is gone.
    if (this.running !== running) return;
    this.running = undefined;
    const now = this.clock.monotonic();
    this.freeAt = now + gapMs;
    if (answer !== undefined) {
      this.late.answered(running.exchange, now - running.startedAt, answer);
      this.silentRequests = 0;
      this.lastAnswerAt = now;
      return;
    }
    if (!this.line.isRadio) this.late.gaveUp(running.exchange, running.startedAt);
    if (running.exchange.tentative === true) return;
    this.silentRequests++;
    if (this.silentRequests >= SILENT_REQUESTS && now - this.lastAnswerAt >= SILENCE_MS) this.line.reopen();
  }

  /** Writes a request of which the answer is not awaited, if the line is idle. @returns whether it is */
  private writeInPassing(request: Buffer): boolean {
    const { line } = this;
    if (!line.isOpen || this.isBusy || this.isWaiting() || this.waitMs > 0) return false;
    this.freeAt = this.clock.monotonic() + KEEP_ALIVE_GAP_MS;
    this.ignoreUntil = this.freeAt;
    // The line itself reports when it is lost.
    line.write(request).catch(() => undefined);
    return true;
  }
}
