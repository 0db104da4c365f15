import { BmsError, toBmsError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';
import type { Timer } from '../clock';
import type { FrameLog } from '../link/frame-log';
import { RecordedLink } from '../link/recorder';
import { Arrivals } from './arrivals';
import type { Found } from './candidates';
import type { Peer } from './connection';
import type { Counters, Exchange } from './exchange';
import { ExchangeRunner } from './exchange-runner';
import { Finishing } from './finishing';
import { Line, type LineOptions } from './line';
import { pausedError } from './line-errors';
import type { LineNeeds } from './line-needs';
import type { StabilityWatch } from './line-stability';
import type { LineState } from './line-state';
import { LinkView } from '../link/link-view';
import type { OpenModes } from './open-modes';
import { PriorityQueue, type Priority } from './queue';
import type { Sequence } from './sequences';
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

/** A line that is open on demand goes to standby when nothing was sent for so long, ms. */
const STANDBY_AFTER_MS = 2000;

/** One line, shared by all devices on it: one exchange at a time, safe states and controls first, reconnecting for ever. */
export class Bus extends LinkView {
  /** what all devices that mean one board have in common */
  readonly boards = new SharedBoards();
  /** the order of what is requested of them */
  readonly arrivals: Arrivals;

  private readonly line: Line;
  private readonly queue: PriorityQueue<Job>;
  private readonly exchanges: ExchangeRunner;
  private readonly finishing: Finishing;
  private gapTimer: Timer | undefined;
  private standbyTimer: Timer | undefined;
  private opened = 0;
  private searches: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: BusOptions) {
    super(options.link);
    const { link, log, clock } = options;
    this.arrivals = new Arrivals(clock);
    this.queue = new PriorityQueue(options.capacity ?? CAPACITY);
    this.line = new Line(
      { ...options, link: log === undefined ? link : new RecordedLink(link, log) },
      {
        opened: () => this.onOpened(),
        data: (bytes) => this.exchanges.data(bytes),
        interrupted: (error) => this.stopRunning(error),
        lost: (error) => this.failAll(error),
        isIdle: () => !this.exchanges.isBusy && this.queue.length === 0 && this.exchanges.isAnswered,
      },
    );
    this.exchanges = new ExchangeRunner(this.line, clock, log, () => this.queue.length > 0);
    this.finishing = new Finishing(clock, {
      submit: (exchange) => this.submit(exchange, 'safety'),
      refuse: (error, isMeant) => {
        for (const job of this.queue.remove(({ sequence }) => isMeant(sequence))) job.reject(error);
      },
    });
  }

  /** What came over the line so far. */
  get counters(): Counters {
    return this.exchanges.counters;
  }

  /** the modes that boards were brought into */
  get modes(): OpenModes {
    return this.finishing.modes;
  }

  get state(): LineState {
    return this.line.state;
  }

  /** every change of the state */
  get changed(): Signal<LineState> {
    return this.line.changed;
  }

  /** whether the line holds, or keeps falling */
  get stability(): StabilityWatch {
    return this.line.stability;
  }

  /** something about the line that its user may want to know, once */
  get remarks(): Signal<Sentence> {
    return this.line.remarks;
  }

  /** the other end of the last connection, as it advertises itself and is reached */
  get otherEnd(): Peer {
    return this.line.peer;
  }

  /** address of the other end of the last connection; '' where it has none */
  get peer(): string {
    return this.line.peer.address;
  }

  /**
   * Brings the line to what a device needs. The rate stays where the user or another device has fixed it; else a line
   * that is open is opened afresh. Routes count from the next connection on.
   * @param owner the device, which may change its mind
   * @returns the rate in force, bits per second; undefined where the line has none, or the other end alone knows it
   */
  setNeeds(owner: object, needs: LineNeeds): number | undefined {
    const rate = this.line.setNeeds(owner, needs);
    this.exchanges.restartKeepAlive();
    return rate;
  }

  /** Forgets what a device needs of the line. */
  clearNeeds(owner: object): void {
    this.line.clearNeeds(owner);
    this.exchanges.restartKeepAlive();
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
    this.standbyTimer?.cancel();
    this.finishing.hold(work, () => this.pump());
  }

  /** Starts to open the line and keeps it open from now on; one that is open on demand goes to standby. */
  open(): void {
    this.finishing.keep();
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
    const refusal = this.finishing.refusalOf(sequence);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (state.phase === 'closed' || state.phase === 'idle') {
      return Promise.reject(new BmsError('closed', say`${this.name} is closed.`));
    }
    if (state.phase === 'paused')
      return Promise.reject(pausedError(this.name, state.until - this.options.clock.monotonic()));
    if (state.phase === 'backoff') {
      // A poll can wait for better times; a request of a user is worth an attempt now.
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
   * Leaves the line to something else, such as a phone, and takes it back when the time is over. What is held ends first;
   * everything else that waits fails, and until the line is back nothing is sent.
   * @param forMs 0 takes it back at once
   * @returns when the line is free
   * @throws BmsError `closed` when the line is not in use
   */
  async pause(forMs: number): Promise<void> {
    await this.finishing.heldWork();
    const pause = (): Promise<void> => this.line.pause(forMs);
    await (forMs > 0 ? this.finishing.giveUp(pausedError(this.name, forMs), pause) : pause());
  }

  /** Ends a sequence: nothing more of it will be sent. */
  endSequence(sequence: Sequence): void {
    this.finishing.end(sequence);
  }

  /** see `Finishing.finishLater` */
  finishLater(exchange: Exchange, board?: Pick<Found, 'protocol' | 'address'>): void {
    this.finishing.finishLater(exchange, board);
  }

  /**
   * Takes a board out of the mode that it is in from before, once; opens a line for it that is open on demand. It is no
   * switching, so that it needs no permission of the user.
   */
  endMode(board: Pick<Found, 'protocol' | 'address'>): void {
    if (!this.finishing.endMode(board, this)) return;
    if (this.line.isOpen) this.finishing.resume(false);
    else this.line.wake();
  }

  /** how often the line was opened so far */
  get connections(): number {
    return this.opened;
  }

  /** Lets go of the line until `open` is called again, after what was begun. Resolves in bounded time; never rejects. */
  release(): Promise<void> {
    const refusal = new BmsError('closed', say`${this.name} was released.`);
    return this.finishing.release(refusal, () => this.line.release());
  }

  /** Ends the bus for good, after what was begun. Every request settles; resolves in bounded time; never rejects. */
  close(): Promise<void> {
    const refusal = new BmsError('closed', say`${this.name} was closed.`);
    return this.finishing.giveUp(refusal, () => this.line.close());
  }

  private onOpened(): void {
    this.opened++;
    this.finishing.resume(false);
    this.exchanges.opened();
    this.pump();
  }

  private failAll(error: BmsError): void {
    this.stopRunning(error);
    for (const job of this.queue.drain()) job.reject(error);
  }

  private stopRunning(error: BmsError): void {
    this.standbyTimer?.cancel();
    this.gapTimer?.cancel();
    this.exchanges.stop(error);
  }

  /** Starts the next exchange when the line is free; the job is chosen only then, so that a control goes first. */
  private pump(): void {
    if (!this.line.isOpen || this.exchanges.isBusy) return;
    this.standbyTimer?.cancel();
    if (this.queue.length === 0) return this.standByLater();
    this.gapTimer?.cancel();
    const { waitMs } = this.exchanges;
    if (waitMs > 0) {
      this.gapTimer = this.options.clock.after(waitMs, () => this.pump());
      return;
    }
    const job = this.queue.take();
    if (job !== undefined) void this.run(job);
  }

  private standByLater(): void {
    if (this.options.onDemand !== true || this.finishing.isHeld) return;
    this.standbyTimer = this.options.clock.after(STANDBY_AFTER_MS, () => this.line.standBy());
  }

  private async run({ exchange, sequence, resolve, reject }: Job): Promise<void> {
    if (sequence !== undefined) this.finishing.begin(sequence);
    try {
      resolve(await this.exchanges.run(exchange));
      this.finishing.answered(exchange);
    } catch (thrown) {
      reject(toBmsError(thrown));
    }
    this.pump();
  }
}
