import { BmsError, toBmsError } from '../battery/errors';
import { within, type Clock, type Timer } from '../clock';
import type { Channel, Link, RadioFigures } from '../link/link';
import { backoffMs } from './backoff';
import { RunningExchange, type Counters, type Exchange } from './exchange';
import { KeepAlive } from './keep-alive';
import { SharedNeeds, type LineNeeds } from './line-needs';
import { PriorityQueue, type Priority } from './queue';
import { Signal } from './signal';

/**
 * Where a bus stands. `backoff` says why the line is not open. A line that is `resting` opens when somebody wants it;
 * one that is `released` belongs to somebody else for a while, `until` then on the monotonic clock.
 */
export type BusState =
  | { phase: 'idle' | 'opening' | 'ready' | 'resting' | 'closed' }
  | { phase: 'backoff'; error: BmsError }
  | { phase: 'released'; until: number };

export interface BusOptions {
  link: Link;
  /** fixed by the user; undefined leaves it to the devices */
  baudRate?: number | undefined;
  clock: Clock;
  /** whether the line is open only while somebody wants it; always, when missing */
  onDemand?: boolean;
  /** requests that may wait for the line */
  capacity?: number;
}

interface Job {
  exchange: Exchange;
  resolve(parts: Buffer[]): void;
  reject(error: BmsError): void;
}

const CAPACITY = 64;

/** Until a device wants another. */
const USUAL_BAUD_RATE = 9600;

/** The least time between two attempts to open, however much somebody asks. */
const ATTEMPT_SPACING_MS = 1000;

/** A line on which nothing has answered for so long, and so often, is opened afresh: some adapters need it. */
const SILENCE_MS = 30_000;
const SILENT_REQUESTS = 8;

/** A line that is open on demand rests when nobody has wanted it for so long, ms. */
const REST_AFTER_MS = 2000;

/** Silence after a request that only keeps the line alive: what comes back answers no other, ms. */
const KEEP_ALIVE_GAP_MS = 250;

/** How long closing may wait for the line to let go. */
const CLOSE_LIMIT_MS = 1500;

/** One line, shared by all devices on it: one exchange at a time, controls first, reconnecting for ever. */
export class Bus {
  /** every change of the state */
  readonly changed = new Signal<BusState>();
  readonly counters: Counters = { requests: 0, answers: 0, foreignFrames: 0, badChecksums: 0, discardedBytes: 0 };

  private current: BusState = { phase: 'idle' };
  private readonly queue: PriorityQueue<Job>;
  private channel: Channel | undefined;
  private running: RunningExchange | undefined;
  private attempt: Promise<void> | undefined;
  /** the end of earlier channels: two at a time would be in each other's way */
  private closing: Promise<void> | undefined;
  private timer: Timer | undefined;
  private restTimer: Timer | undefined;
  /** distinguishes the present channel from earlier ones whose events come late */
  private generation = 0;
  private failures = 0;
  private lastAttemptAt = -Infinity;
  private lastAnswerAt = 0;
  private silentRequests = 0;
  private freeAt = 0;
  /** what must not be cut in two */
  private readonly held = new Set<Promise<unknown>>();
  private searches: Promise<unknown> = Promise.resolve();
  private rate: number;
  private readonly needs = new SharedNeeds();
  private readonly keepAlive: KeepAlive;
  private lastPeer = '';
  /** until when what comes answers a request that only keeps the line alive */
  private deafUntil = 0;

  constructor(private readonly options: BusOptions) {
    this.queue = new PriorityQueue(options.capacity ?? CAPACITY);
    this.rate = options.baudRate ?? USUAL_BAUD_RATE;
    this.keepAlive = new KeepAlive(options.clock, (request) => this.writeInPassing(request));
  }

  get state(): BusState {
    return this.current;
  }

  /** what users call the line */
  get name(): string {
    return this.options.link.name;
  }

  /** whether it is a radio link, which only some protocols travel over, at their own pace */
  get isRadio(): boolean {
    return this.options.link.isRadio === true;
  }

  /** address of the other end of the last connection; '' where it has none */
  get peer(): string {
    return this.lastPeer;
  }

  /** how the link stands, where it is a radio link */
  get radio(): RadioFigures | undefined {
    return this.options.link.figures;
  }

  /**
   * Brings the line to what a device needs. The rate stays where the user or another device has fixed it; else a line
   * that is open is opened afresh. Routes count from the next connection on.
   * @param owner the device, which may change its mind
   * @returns the rate in force, bits per second
   */
  tune(owner: object, needs: LineNeeds): number {
    const isShared = this.needs.hasOthers(owner);
    this.needs.set(owner, needs);
    if (this.isRadio) {
      if (this.current.phase === 'ready') this.keepAlive.start(this.needs.keepAlive);
      return this.rate;
    }
    const { baudRate } = needs;
    if (this.options.baudRate !== undefined || isShared || this.rate === baudRate) return this.rate;
    this.rate = baudRate;
    if (this.current.phase === 'ready' || this.current.phase === 'opening') this.reopen();
    return baudRate;
  }

  /** Runs searches that try several rates one after the other: two at once would turn the line under each other. */
  inTurn<T>(search: () => Promise<T>): Promise<T> {
    const done = this.searches.then(search);
    this.searches = done.catch(() => undefined);
    return done;
  }

  /** Forgets what a device needs of the line. */
  untune(owner: object): void {
    this.needs.delete(owner);
    if (this.isRadio && this.current.phase === 'ready') this.keepAlive.start(this.needs.keepAlive);
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
    if (this.current.phase === 'idle') this.begin();
  }

  private begin(): void {
    if (this.options.onDemand === true) this.setState({ phase: 'resting' });
    else this.startOpening();
  }

  /**
   * Sends a request when its turn comes.
   * @returns the frames of the answer
   * @throws BmsError `timeout`, `checksum`, the device's refusal, `disconnected` or why the line is not open,
   *   `queue_full`, `closed`
   */
  submit(exchange: Exchange, priority: Priority): Promise<Buffer[]> {
    const { phase } = this.current;
    if (phase === 'closed' || phase === 'idle') {
      return Promise.reject(new BmsError('closed', `${this.name} is closed.`));
    }
    if (this.current.phase === 'released') return Promise.reject(this.lentError(this.current.until - this.now()));
    if (this.current.phase === 'backoff') {
      // A poll can wait for better times; somebody who asks now is worth an attempt now.
      if (priority === 'poll') return Promise.reject(this.current.error);
      this.scheduleAttempt(this.lastAttemptAt + ATTEMPT_SPACING_MS);
    }
    return new Promise((resolve, reject) => {
      const dropped = this.queue.add({ exchange, resolve, reject }, priority);
      dropped?.reject(new BmsError('queue_full', `Too many requests wait for ${this.name}; poll less often.`));
      if (this.current.phase === 'resting') this.startOpening();
      else this.pump();
    });
  }

  /**
   * Lets somebody else have the line, such as a phone, and takes it back when the time is over. What is held ends first;
   * everything else that waits fails, and until the line is back nothing is sent.
   * @param forMs 0 takes it back at once
   * @returns when the line is free
   * @throws BmsError `closed` when the line is not in use
   */
  async lend(forMs: number): Promise<void> {
    await Promise.allSettled([...this.held]);
    const { phase } = this.current;
    if (phase === 'closed' || phase === 'idle') throw new BmsError('closed', `${this.name} is closed.`);
    if (forMs <= 0) return this.takeBack();
    const { channel, attempt } = this;
    this.drop(this.lentError(forMs));
    this.setState({ phase: 'released', until: this.now() + forMs });
    this.timer = this.options.clock.after(forMs, () => this.takeBack());
    this.closing = this.letGo([channel?.close(), attempt, this.closing]);
    await this.closing;
  }

  private takeBack(): void {
    if (this.current.phase !== 'released') return;
    this.timer?.cancel();
    this.timer = undefined;
    this.begin();
  }

  private lentError(restMs: number): BmsError {
    const rest = `${Math.ceil(restMs / 1000)} s more`;
    return new BmsError(
      'closed',
      `${this.name} is released for ${rest}, nothing was sent; send { action: "release", seconds: 0 } to take it back.`,
    );
  }

  /** Lets go of the line until `open` is called again. Resolves in bounded time; never rejects. */
  release(): Promise<void> {
    return this.end({ phase: 'idle' }, `${this.name} was released.`);
  }

  /** Ends the bus for good. Every request settles; resolves in bounded time; never rejects. */
  close(): Promise<void> {
    return this.end({ phase: 'closed' }, `${this.name} was closed.`);
  }

  private async end(state: BusState, reason: string): Promise<void> {
    if (this.current.phase === 'closed') return;
    const { channel, attempt, closing } = this;
    this.drop(new BmsError('closed', reason));
    this.setState(state);
    await this.letGo([channel?.close(), attempt, closing]);
  }

  /** Waits for the line to be free, but not for ever: a driver that hangs must not hang the deploy. */
  private async letGo(steps: readonly (Promise<void> | undefined)[]): Promise<void> {
    const late = new BmsError('timeout', `${this.name} does not let go.`);
    await within(
      this.options.clock,
      CLOSE_LIMIT_MS,
      Promise.all(steps.map((step) => step ?? Promise.resolve())),
      late,
    ).catch(() => undefined);
  }

  private startOpening(): void {
    const generation = ++this.generation;
    this.lastAttemptAt = this.now();
    this.setState({ phase: 'opening' });
    this.attempt = this.openChannel(generation).finally(() => {
      if (generation === this.generation) this.attempt = undefined;
    });
  }

  private async openChannel(generation: number): Promise<void> {
    const { link } = this.options;
    const isPresent = (): boolean => generation === this.generation;
    try {
      if (this.closing !== undefined) await this.closing;
      if (!isPresent()) return;
      const channel = await link.open(
        {
          data: (bytes) => isPresent() && this.onData(bytes),
          closed: (cause) => isPresent() && this.lose(toBmsError(cause, 'disconnected')),
        },
        { baudRate: this.rate, ...(this.isRadio && { routes: this.needs.routes }) },
      );
      if (!isPresent()) return await channel.close();
      this.channel = channel;
      this.lastPeer = channel.peer ?? '';
      this.lastAnswerAt = this.now();
      this.silentRequests = 0;
      this.freeAt = 0;
      this.deafUntil = 0;
      if (this.isRadio) this.keepAlive.start(this.needs.keepAlive);
      this.setState({ phase: 'ready' });
      this.pump();
    } catch (error) {
      if (isPresent()) this.lose(toBmsError(error, 'disconnected'));
    }
  }

  /** The line is gone: everything that waits fails, and an attempt to get it back is scheduled. */
  private lose(error: BmsError): void {
    const { channel } = this;
    this.drop(error);
    void channel?.close();
    this.setState({ phase: 'backoff', error });
    const wait = backoffMs(this.failures++, this.options.clock.random());
    this.scheduleAttempt(this.now() + wait);
  }

  /** Forgets the channel and fails every request. */
  private drop(error: BmsError): void {
    this.generation++;
    this.timer?.cancel();
    this.timer = undefined;
    this.restTimer?.cancel();
    this.keepAlive.stop();
    this.channel = undefined;
    this.attempt = undefined;
    const { running } = this;
    this.running = undefined;
    running?.fail(error);
    for (const job of this.queue.drain()) job.reject(error);
  }

  private scheduleAttempt(at: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(Math.max(0, at - this.now()), () => this.startOpening());
  }

  private onData(bytes: Buffer): void {
    if (this.running !== undefined) this.running.data(bytes);
    else if (this.now() >= this.deafUntil) this.counters.discardedBytes += bytes.length;
  }

  /** Starts the next exchange when the line is free; the job is chosen only then, so that a control goes first. */
  private pump(): void {
    const { channel } = this;
    if (channel === undefined || this.running !== undefined) return;
    this.restTimer?.cancel();
    if (this.queue.length === 0) {
      const isWanted = this.options.onDemand !== true || this.held.size > 0;
      if (!isWanted) this.restTimer = this.options.clock.after(REST_AFTER_MS, () => this.rest());
      return;
    }
    const wait = this.freeAt - this.now();
    this.timer?.cancel();
    this.timer = undefined;
    if (wait > 0) {
      this.timer = this.options.clock.after(wait, () => this.pump());
      return;
    }
    const job = this.queue.take();
    if (job !== undefined) void this.run(job, channel);
  }

  /** Closes the line until somebody wants it. */
  private rest(): void {
    const { channel } = this;
    this.drop(new BmsError('closed', `${this.name} rests.`));
    this.closing = this.letGo([channel?.close()]);
    this.setState({ phase: 'resting' });
  }

  /** Writes what nobody waits for an answer to, if the line is idle. @returns whether it is */
  private writeInPassing(request: Buffer): boolean {
    const { channel } = this;
    const now = this.now();
    if (channel === undefined || this.running !== undefined || this.queue.length > 0 || now < this.freeAt) return false;
    this.freeAt = now + KEEP_ALIVE_GAP_MS;
    this.deafUntil = this.freeAt;
    // The channel itself tells when it is lost.
    channel.write(request).catch(() => undefined);
    return true;
  }

  private async run(job: Job, channel: Channel): Promise<void> {
    const { exchange } = job;
    const running = new RunningExchange(exchange, this.options.clock, this.counters, this.isRadio);
    this.running = running;
    exchange.sent?.();
    if (exchange.request.length > 0) {
      this.keepAlive.wrote();
      channel.write(exchange.request).catch((error: unknown) => running.fail(toBmsError(error, 'disconnected')));
    }
    try {
      const parts = await running.result;
      this.settled(running, exchange.gapMs, true);
      job.resolve(parts);
    } catch (thrown) {
      const error = toBmsError(thrown, 'disconnected');
      const silent = error.code === 'timeout' || error.code === 'checksum';
      this.settled(running, silent ? exchange.retryGapMs : exchange.gapMs, !silent);
      job.reject(error);
    }
    this.pump();
  }

  private settled(running: RunningExchange, gapMs: number, answered: boolean): void {
    // After a lost line there is nothing to keep: the channel that this exchange ran on is gone.
    if (this.running !== running) return;
    this.running = undefined;
    const now = this.now();
    this.freeAt = now + gapMs;
    if (answered) {
      this.failures = 0;
      this.silentRequests = 0;
      this.lastAnswerAt = now;
      return;
    }
    if (running.exchange.tentative === true) return;
    this.silentRequests++;
    if (this.silentRequests >= SILENT_REQUESTS && now - this.lastAnswerAt >= SILENCE_MS) this.reopen();
  }

  /** Opens the line afresh; requests that wait go out on the new one. */
  private reopen(): void {
    const { channel, attempt, running } = this;
    this.channel = undefined;
    this.running = undefined;
    const generation = ++this.generation;
    running?.fail(new BmsError('timeout', `${this.name} is being opened afresh.`));
    this.keepAlive.stop();
    this.restTimer?.cancel();
    this.setState({ phase: 'opening' });
    this.closing = this.letGo([channel?.close(), attempt]);
    void this.closing.then(() => {
      if (generation === this.generation) this.startOpening();
    });
  }

  private setState(state: BusState): void {
    this.current = state;
    this.changed.emit(state);
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
