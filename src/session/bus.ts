import { BmsError, isolated, toBmsError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';
import { within, type Timer } from '../clock';
import type { FrameLog } from '../link/frame-log';
import type { RadioFigures } from '../link/link';
import { RecordedLink } from '../link/recorder';
import { Arrivals } from './arrivals';
import { exchangeOfStep, RunningExchange, type Counters, type Exchange } from './exchange';
import { ExchangeJournal } from './exchange-journal';
import { KeepAlive } from './keep-alive';
import { LateAnswers } from './late-answers';
import { Line, type LineOptions, type LineState, type Peer } from './line';
import { paceOf, type LineNeeds } from './line-needs';
import { OpenModes } from './open-modes';
import { PriorityQueue, type Priority } from './queue';
import { Sequences, type Sequence } from './sequences';
import type { Found } from './detect';
import { Unfinished } from './unfinished';
import { SharedBoards } from './shared-board';
import type { Signal } from './signal';

export interface BusOptions extends LineOptions {
  /** requests that may wait for the line */
  capacity?: number;
  /** keeps the last exchanges; none are kept, when missing */
  log?: FrameLog;
}

interface Job {
  exchange: Exchange;
  sequence: Sequence | undefined;
  resolve(parts: Buffer[]): void;
  reject(error: BmsError): void;
}

const CAPACITY = 64;

/** A line on which nothing has answered for so long, and so often, is opened afresh: some adapters need it. */
const SILENCE_MS = 30_000;
const SILENT_REQUESTS = 8;

/** A line that is open on demand rests when nobody has wanted it for so long, ms. */
const REST_AFTER_MS = 2000;

/** How long a line that is to be given up is kept for what must not be cut in two: Node-RED waits for 15 s in all, ms. */
const FINISH_LIMIT_MS = 5000;

/** Silence after a request that only keeps the line alive: what comes back answers no other, ms. */
const KEEP_ALIVE_GAP_MS = 250;

/** One line, shared by all devices on it: one exchange at a time, safe states and controls first, reconnecting for ever. */
export class Bus {
  readonly counters: Counters = { requests: 0, answers: 0, foreignFrames: 0, badChecksums: 0, discardedBytes: 0 };

  /** what all devices that mean one board have in common */
  readonly boards = new SharedBoards();
  /** the modes that they were brought into */
  readonly modes = new OpenModes();
  /** the order of what is wished of them */
  readonly arrivals: Arrivals;

  private readonly line: Line;
  private readonly queue: PriorityQueue<Job>;
  private running: RunningExchange | undefined;
  private gapTimer: Timer | undefined;
  private restTimer: Timer | undefined;
  private lastAnswerAt = 0;
  private silentRequests = 0;
  private freeAt = 0;
  /** until when what comes answers a request that only keeps the line alive */
  private ignoreUntil = 0;
  /** what must not be cut in two */
  private readonly held = new Set<Promise<unknown>>();
  private readonly sequences = new Sequences();
  private readonly unfinished = new Unfinished((exchange) => this.submit(exchange, 'safety'));
  private opened = 0;
  /** why nothing new is begun: the line is being given up */
  private refusal: BmsError | undefined;
  /** the same when it is because nobody uses the line */
  private releasing: BmsError | undefined;
  private searches: Promise<unknown> = Promise.resolve();
  private readonly keepAlive: KeepAlive;
  private readonly late: LateAnswers;
  private readonly journal: ExchangeJournal;

  constructor(private readonly options: BusOptions) {
    this.arrivals = new Arrivals(options.clock);
    this.queue = new PriorityQueue(options.capacity ?? CAPACITY);
    const { link, log } = options;
    this.journal = new ExchangeJournal(log, this.counters);
    this.late = new LateAnswers(options.clock, (exchange) => this.journal.cameLate(exchange));
    this.keepAlive = new KeepAlive(options.clock, (request) => this.writeInPassing(request));
    this.line = new Line(
      { ...options, link: log === undefined ? link : new RecordedLink(link, log) },
      {
        opened: () => this.onOpened(),
        data: (bytes) => this.onData(bytes),
        interrupted: (error) => this.stopRunning(error),
        lost: (error) => this.failAll(error),
        isIdle: () => this.running === undefined && this.queue.length === 0 && this.silentRequests === 0,
      },
    );
  }

  get state(): LineState {
    return this.line.state;
  }

  /** every change of the state */
  get changed(): Signal<LineState> {
    return this.line.changed;
  }

  /** Whether the line has fallen again and again since it held last, and does not hold yet. */
  get isUnstable(): boolean {
    return this.line.isUnstable;
  }

  /** why the line keeps falling; told once, until it has not for long */
  get unstable(): Signal<BmsError> {
    return this.line.unstable;
  }

  /** the line holds again, after it kept falling */
  get stabilised(): Signal<void> {
    return this.line.stabilised;
  }

  /** To be called when a device has been read often enough, one time after the other, for the line to count as good. */
  confirmGood(): void {
    this.line.confirmGood();
  }

  /** something about the line that its user may want to know, once */
  get remarks(): Signal<Sentence> {
    return this.line.remarks;
  }

  /** what users call the line */
  get name(): string {
    return this.line.name;
  }

  /** whether it is a radio link, which only some protocols travel over, at their own pace */
  get isRadio(): boolean {
    return this.line.isRadio;
  }

  /** whether a network lies between, with a bridge that has settings of its own */
  get isNetwork(): boolean {
    return this.line.isNetwork;
  }

  /** whether the rate of the line is set elsewhere, as at a bridge */
  get hasOwnRate(): boolean {
    return this.line.hasOwnRate;
  }

  /** the other end of the last connection, as it advertises itself and is reached */
  get otherEnd(): Peer {
    return this.line.peer;
  }

  /** address of the other end of the last connection; '' where it has none */
  get peer(): string {
    return this.line.peer.address;
  }

  /** what the other end of the last connection advertises; undefined where it does not */
  get manufacturerData(): Buffer | undefined {
    return this.line.peer.manufacturerData;
  }

  /** how the link stands, where it is a radio link */
  get radio(): RadioFigures | undefined {
    return this.line.radio;
  }

  /**
   * Brings the line to what a device needs. The rate stays where the user or another device has fixed it; else a line
   * that is open is opened afresh. Routes count from the next connection on.
   * @param owner the device, which may change its mind
   * @returns the rate in force, bits per second; undefined where the line has none, or the other end alone knows it
   */
  setNeeds(owner: object, needs: LineNeeds): number | undefined {
    const rate = this.line.setNeeds(owner, needs);
    this.restartKeepAlive();
    return rate;
  }

  /** Forgets what a device needs of the line. */
  clearNeeds(owner: object): void {
    this.line.clearNeeds(owner);
    this.restartKeepAlive();
  }

  /** see `Line.rateConflict` */
  rateConflict(owner: object, baudRate: number): { baudRate: number; device: string } | undefined {
    return this.line.rateConflict(owner, baudRate);
  }

  /** Runs searches that try several rates one after the other: two at once would turn the line under each other. */
  inTurn<T>(search: () => Promise<T>): Promise<T> {
    const done = this.searches.then(search);
    this.searches = done.catch(() => undefined);
    return done;
  }

  /** Keeps the line open, unless it breaks, until something has ended that must not be cut in two. */
  hold(work: Promise<unknown>): void {
    this.held.add(work);
    this.restTimer?.cancel();
    const letGo = (): void => {
      this.held.delete(work);
      this.pump();
    };
    work.then(letGo, letGo);
  }

  /** Starts to open the line and keeps it open from now on; one that is open on demand is ready to be wanted. */
  open(): void {
    // A line that was being released is kept.
    if (this.refusal === this.releasing) this.refusal = undefined;
    this.line.open();
  }

  /**
   * Sends a request when its turn comes.
   * @param sequence what it belongs to: once the first of its requests has gone out, the others do so too, also while
   *   the line is being given up; to be ended with `endSequence`
   * @returns the frames of the answer
   * @throws BmsError `timeout`, `checksum`, the device's refusal, `disconnected` or why the line is not open,
   *   `queue_full`, `closed`
   */
  submit(exchange: Exchange, priority: Priority, sequence?: Sequence): Promise<Buffer[]> {
    const { state } = this.line;
    if (this.refusal !== undefined && !this.sequences.hasBegun(sequence)) return Promise.reject(this.refusal);
    if (state.phase === 'closed' || state.phase === 'idle') {
      return Promise.reject(new BmsError('closed', say`${this.name} is closed.`));
    }
    if (state.phase === 'released') return Promise.reject(this.line.pausedError(state.until - this.now()));
    if (state.phase === 'backoff') {
      // A poll can wait for better times; somebody who asks now is worth an attempt now.
      if (priority === 'poll') return Promise.reject(state.error);
      this.line.retrySoon();
    }
    return new Promise((resolve, reject) => {
      const dropped = this.queue.add({ exchange, sequence, resolve, reject }, priority);
      dropped?.reject(new BmsError('queue_full', say`Too many requests wait for ${this.name}; poll less often.`));
      this.line.wake();
      this.pump();
    });
  }

  /**
   * Lets somebody else have the line, such as a phone, and takes it back when the time is over. What is held ends first;
   * everything else that waits fails, and until the line is back nothing is sent.
   * @param forMs 0 takes it back at once
   * @returns when the line is free
   * @throws BmsError `closed` when the line is not in use
   */
  async pause(forMs: number): Promise<void> {
    await Promise.allSettled([...this.held]);
    const lend = (): Promise<void> => this.line.pause(forMs);
    await (forMs > 0 ? this.giveUp(this.line.pausedError(forMs), lend) : lend());
  }

  /** Tells that nothing more of a sequence will be sent. */
  endSequence(sequence: Sequence): void {
    this.sequences.end(sequence);
  }

  /** Sends a request of a sequence again, which the board has not answered, as soon as the line carries answers. */
  finishLater(exchange: Exchange, board?: Pick<Found, 'protocol' | 'address'>): void {
    this.unfinished.add(exchange, () => {
      if (board !== undefined) this.modes.left(board);
    });
  }

  /**
   * Takes a board out of the mode that it is in from before, once; opens a line for it that is open on demand. It is no
   * switching, so that nobody has to allow it.
   */
  endMode(board: Pick<Found, 'protocol' | 'address'>): void {
    const mode = this.modes.takeFormer(board);
    if (mode === undefined) return;
    this.finishLater(exchangeOfStep(mode.ending, mode.protocol, paceOf(mode.protocol, this), board.address), board);
    if (this.line.isOpen) this.finishOthers(false);
    else this.line.wake();
  }

  private finishOthers(isAnswering: boolean): void {
    if (!this.sequences.areUnderWay && this.refusal === undefined) this.unfinished.resume(isAnswering);
  }

  /** how often the line was opened so far */
  get connections(): number {
    return this.opened;
  }

  /** Lets go of the line until `open` is called again, after `finish`. Resolves in bounded time; never rejects. */
  release(): Promise<void> {
    this.releasing = new BmsError('closed', say`${this.name} was released.`);
    return this.giveUp(this.releasing, () => this.line.release());
  }

  /** Ends the bus for good, after `finish`. Every request settles; resolves in bounded time; never rejects. */
  close(): Promise<void> {
    return this.giveUp(new BmsError('closed', say`${this.name} was closed.`), () => this.line.close());
  }

  private async giveUp(refusal: BmsError, letGo: () => Promise<void>): Promise<void> {
    if (this.sequences.areUnderWay) {
      await this.finish(refusal);
      // Somebody wants it again meanwhile, or has given it up for longer.
      if (this.refusal !== refusal) return;
      this.refusal = undefined;
    }
    await letGo();
  }

  /** Begins nothing new, and waits for what has been begun; what runs beside it ends by itself. Never rejects. */
  private async finish(refusal: BmsError): Promise<void> {
    this.refusal = refusal;
    for (const job of this.queue.remove(({ sequence }) => !this.sequences.hasBegun(sequence))) job.reject(refusal);
    await within(this.options.clock, FINISH_LIMIT_MS, this.sequences.ended(), refusal).catch(() => undefined);
  }

  private onOpened(): void {
    this.opened++;
    this.finishOthers(false);
    this.lastAnswerAt = this.now();
    this.restartKeepAlive();
    this.pump();
  }

  private restartKeepAlive(): void {
    if (this.line.isOpen) this.keepAlive.start(this.line.keepAlive);
  }

  private onData(bytes: Buffer): void {
    isolated(() => this.late.data(bytes, this.running?.exchange));
    if (this.running !== undefined) this.running.data(bytes);
    else if (this.now() >= this.ignoreUntil) this.counters.discardedBytes += bytes.length;
  }

  private failAll(error: BmsError): void {
    this.stopRunning(error);
    for (const job of this.queue.drain()) job.reject(error);
  }

  /** What belongs to the channel ends with it. */
  private stopRunning(error: BmsError): void {
    this.keepAlive.stop();
    this.restTimer?.cancel();
    this.gapTimer?.cancel();
    this.late.forget();
    this.silentRequests = 0;
    this.freeAt = 0;
    this.ignoreUntil = 0;
    const { running } = this;
    this.running = undefined;
    running?.fail(error);
  }

  /** Starts the next exchange when the line is free; the job is chosen only then, so that a control goes first. */
  private pump(): void {
    if (!this.line.isOpen || this.running !== undefined) return;
    this.restTimer?.cancel();
    if (this.queue.length === 0) {
      const isWanted = this.options.onDemand !== true || this.held.size > 0;
      if (!isWanted) this.restTimer = this.options.clock.after(REST_AFTER_MS, () => this.line.standBy());
      return;
    }
    const wait = this.freeAt - this.now();
    this.gapTimer?.cancel();
    if (wait > 0) {
      this.gapTimer = this.options.clock.after(wait, () => this.pump());
      return;
    }
    const job = this.queue.take();
    if (job !== undefined) void this.run(job);
  }

  /** Writes what nobody waits for an answer to, if the line is idle. @returns whether it is */
  private writeInPassing(request: Buffer): boolean {
    const now = this.now();
    const isIdle = this.line.isOpen && this.running === undefined && this.queue.length === 0 && now >= this.freeAt;
    if (!isIdle) return false;
    this.freeAt = now + KEEP_ALIVE_GAP_MS;
    this.ignoreUntil = this.freeAt;
    // The line itself tells when it is lost.
    this.line.write(request).catch(() => undefined);
    return true;
  }

  private async run(job: Job): Promise<void> {
    const { exchange, sequence } = job;
    const running = new RunningExchange(exchange, this.options.clock, this.counters, this.line, this.late);
    this.running = running;
    this.journal.asked(exchange);
    exchange.sent?.();
    if (sequence !== undefined) this.sequences.begin(sequence);
    if (exchange.request.length > 0) {
      this.keepAlive.wrote();
      this.line.write(exchange.request).catch((error: unknown) => running.fail(toBmsError(error, 'disconnected')));
    }
    try {
      const parts = await running.result;
      this.journal.ended();
      this.settled(running, exchange.gapMs, parts);
      job.resolve(parts);
      this.unfinished.answered(exchange);
      this.finishOthers(true);
    } catch (thrown) {
      const error = toBmsError(thrown);
      this.journal.ended(error);
      const silent = error.code === 'timeout' || error.code === 'checksum';
      this.settled(running, silent ? exchange.retryGapMs : exchange.gapMs, silent ? undefined : []);
      job.reject(error);
    }
    this.pump();
  }

  /** @param answer its frames, none of a refusal; undefined when the board was silent */
  private settled(running: RunningExchange, gapMs: number, answer: readonly Buffer[] | undefined): void {
    // After a lost line there is nothing to keep: the channel that this exchange ran on is gone.
    if (this.running !== running) return;
    this.running = undefined;
    const now = this.now();
    this.freeAt = now + gapMs;
    if (answer !== undefined) this.late.answered(running.exchange, now - running.startedAt, answer);
    else if (!this.isRadio) this.late.gaveUp(running.exchange, running.startedAt);
    if (answer !== undefined) {
      this.silentRequests = 0;
      this.lastAnswerAt = now;
      return;
    }
    if (running.exchange.tentative === true) return;
    this.silentRequests++;
    if (this.silentRequests >= SILENT_REQUESTS && now - this.lastAnswerAt >= SILENCE_MS) this.line.reopen();
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
