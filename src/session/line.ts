import { BmsError, toBmsError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';
import { within, type Clock, type Timer } from '../clock';
import type { Channel, Link, RadioFigures, Route } from '../link/link';
import { backoffMs } from './backoff';
import { FloodGauge } from './flood';
import { SharedNeeds, type LineNeeds } from './line-needs';
import { adviceFor } from './line-advice';
import { Signal } from './signal';
import { HOLD_MS, LineStability } from './line-stability';

/**
 * Where a line stands. `backoff` says why it is not open. A line that is `resting` opens when somebody wants it; one
 * that is `released` belongs to somebody else for a while, `until` then on the monotonic clock.
 */
export type LineState =
  | { phase: 'idle' | 'opening' | 'ready' | 'resting' | 'closed' }
  | { phase: 'backoff'; error: BmsError }
  | { phase: 'released'; until: number };

export interface LineOptions {
  link: Link;
  /** fixed by the user; undefined leaves it to the devices */
  baudRate?: number | undefined;
  clock: Clock;
  /** whether the line is open only while somebody wants it; always, when missing */
  onDemand?: boolean;
}

/** What a line tells whoever sends on it. */
export interface LineEvents {
  /** a fresh channel is there, and the state says so */
  opened(): void;
  data(bytes: Buffer): void;
  /** the channel is being replaced: what runs on it has failed, what waits goes out on the next */
  interrupted(error: BmsError): void;
  /** the channel is gone: what runs and what waits have failed */
  lost(error: BmsError): void;
  /** Whether nothing is asked, nor waits to be, and what was asked last was answered. */
  isIdle(): boolean;
}

/** Why an exchange was cut short by opening the line afresh: nothing to do with whether the board answers. */
export class LineReopenedError extends BmsError {
  constructor(message: Sentence) {
    super('timeout', message);
  }
}

/** Until a device wants another. */
const USUAL_BAUD_RATE = 9600;

/** The least time between two attempts to open, however much somebody asks. */
const ATTEMPT_SPACING_MS = 1000;

/** How long closing may wait for the line to let go: longer than the slowest driver needs, which is Bluetooth's. */
const CLOSE_LIMIT_MS = 2500;

/** So many times the other end has closed a line while nothing was asked before its user hears of it. */
const REMARKABLE_CLOSINGS = 3;

/** The other end of a connection. */
export interface Peer {
  /** '' where it has none */
  readonly address: string;
  /** see `Channel.manufacturerData` */
  readonly manufacturerData: Buffer | undefined;
  /** as advertised; '' when it has none */
  readonly name: string;
  /** advertised; UUIDs in lower case, short where there is one */
  readonly services: readonly string[];
  /** where its bytes come out and go in; undefined where there is but one way */
  readonly route: Route | undefined;
}

function peerOf({ peer, manufacturerData, advertisedName, services, route }: Partial<Channel> = {}): Peer {
  return { address: peer ?? '', manufacturerData, name: advertisedName ?? '', services: services ?? [], route };
}

/** The ups and downs of one line: it is opened, comes back for ever, rests, is lent. What travels on it is not its. */
export class Line {
  /** every change of the state */
  readonly changed = new Signal<LineState>();
  /** why it keeps falling; told once, until it has not for long */
  readonly unstable = new Signal<BmsError>();
  /** it holds again, after it kept falling */
  readonly stabilised = new Signal<void>();
  /** something that its user may want to know, once */
  readonly remarks = new Signal<Sentence>();
  private current: LineState = { phase: 'idle' };
  private channel: Channel | undefined;
  private attempt: { readonly done: Promise<void>; readonly aborter: AbortController } | undefined;
  /** the end of earlier channels: two at a time would be in each other's way */
  private closing: Promise<void> | undefined;
  private timer: Timer | undefined;
  /** distinguishes the present channel from earlier ones whose events come late */
  private generation = 0;
  private failures = 0;
  private readonly stability = new LineStability();
  private holdTimer: Timer | undefined;
  /** how often the other end has closed it while nothing was asked */
  private idleClosings = 0;
  private lastAttemptAt = -Infinity;
  private rate: number;
  private readonly needs = new SharedNeeds();
  private lastPeer = peerOf();

  constructor(
    private readonly options: LineOptions,
    private readonly events: LineEvents,
  ) {
    this.rate = options.baudRate ?? USUAL_BAUD_RATE;
  }

  get state(): LineState {
    return this.current;
  }

  get name(): string {
    return this.options.link.name;
  }

  get isRadio(): boolean {
    return this.options.link.isRadio === true;
  }

  get isNetwork(): boolean {
    return this.options.link.isNetwork === true;
  }

  /** whether the rate is set elsewhere, as at a bridge */
  get hasOwnRate(): boolean {
    return this.options.link.hasOwnRate === true;
  }

  /** the other end of the last connection */
  get peer(): Peer {
    return this.lastPeer;
  }

  get radio(): RadioFigures | undefined {
    return this.options.link.figures;
  }

  get isOpen(): boolean {
    return this.channel !== undefined;
  }

  /** what must be written to an idle line for the other end not to drop it */
  get keepAlive(): LineNeeds['keepAlive'] {
    return this.isRadio ? this.needs.keepAlive : undefined;
  }

  /**
   * Brings the line to what a device needs. The rate stays where the user or another device has fixed it; else a line
   * that is open is opened afresh. Routes count from the next connection on.
   * @returns the rate in force, bits per second; undefined where the line has none, or the other end alone knows it
   */
  setNeeds(owner: object, needs: LineNeeds): number | undefined {
    this.needs.set(owner, needs);
    return this.settleRate();
  }

  /** Forgets what a device needs of the line. */
  clearNeeds(owner: object): void {
    this.needs.delete(owner);
    this.settleRate();
  }

  /** Who has fixed the rate at another one than a device needs; undefined when nobody has, or the user himself. */
  rateConflict(owner: object, baudRate: number): { baudRate: number; device: string } | undefined {
    if (!this.hasRate || this.options.baudRate !== undefined) return undefined;
    const other = this.needs.otherThan(owner);
    if (other === undefined || other.baudRate === baudRate) return undefined;
    return { baudRate: other.baudRate, device: other.device ?? 'another device' };
  }

  private get hasRate(): boolean {
    return !this.isRadio && !this.hasOwnRate;
  }

  private settleRate(): number | undefined {
    if (!this.hasRate) return undefined;
    const rate = this.options.baudRate ?? this.needs.first?.baudRate ?? this.rate;
    if (rate === this.rate) return rate;
    this.rate = rate;
    const { phase } = this.current;
    if (phase === 'ready' || phase === 'opening') this.reopen();
    return rate;
  }

  /** Starts to open the line and keeps it open from now on; one that is open on demand is ready to be wanted. */
  open(): void {
    if (this.current.phase === 'idle') this.begin();
  }

  /** Opens a line that rests. */
  wake(): void {
    if (this.current.phase === 'resting') this.startOpening();
  }

  /** Tries to open soon, though the next attempt would be later. */
  retrySoon(): void {
    if (this.current.phase === 'backoff') this.scheduleAttempt(this.lastAttemptAt + ATTEMPT_SPACING_MS);
  }

  /** Whether it has fallen again and again since it held last, and does not hold yet. */
  get isUnstable(): boolean {
    return this.stability.isUnstable(this.now());
  }

  /** To be called when a device has been read often enough, one time after the other, for the line to count as good. */
  confirmGood(): void {
    if (!this.stability.confirmGood(this.now())) return;
    this.holdTimer?.cancel();
    this.stabilised.emit();
  }

  /** Hands bytes to the open line. @throws BmsError `disconnected` */
  async write(bytes: Buffer): Promise<void> {
    if (this.channel === undefined) throw new BmsError('disconnected', say`${this.name} is not open.`);
    await this.channel.write(bytes);
  }

  /** Closes the line until somebody wants it. */
  standBy(): void {
    void this.leave(new BmsError('closed', say`${this.name} is in standby.`));
    this.setState({ phase: 'resting' });
  }

  /** Opens the line afresh. */
  reopen(): void {
    const steps = this.forget();
    const { generation } = this;
    this.events.interrupted(new LineReopenedError(say`${this.name} is being reopened.`));
    this.setState({ phase: 'opening' });
    void this.letGo(steps).then(() => {
      if (generation === this.generation) this.startOpening();
    });
  }

  /**
   * Lets somebody else have the line, such as a phone, and takes it back when the time is over.
   * @param forMs 0 takes it back at once
   * @returns when the line is free
   * @throws BmsError `closed` when the line is not in use
   */
  async pause(forMs: number): Promise<void> {
    const { phase } = this.current;
    if (phase === 'closed' || phase === 'idle') throw new BmsError('closed', say`${this.name} is closed.`);
    if (forMs <= 0) return this.resume();
    const free = this.leave(this.pausedError(forMs));
    this.setState({ phase: 'released', until: this.now() + forMs });
    this.timer = this.options.clock.after(forMs, () => this.resume());
    await free;
  }

  private resume(): void {
    if (this.current.phase !== 'released') return;
    this.timer?.cancel();
    this.timer = undefined;
    this.begin();
  }

  /** Why nothing is sent on a line that is lent for some time yet. */
  pausedError(restMs: number): BmsError {
    const seconds = Math.ceil(restMs / 1000);
    return new BmsError(
      'closed',
      say`${this.name} is released for ${seconds} s more, nothing was sent; send { action: "release", seconds: 0 } to take it back.`,
    );
  }

  /** Lets go of the line until `open` is called again. Resolves in bounded time; never rejects. */
  release(): Promise<void> {
    return this.end({ phase: 'idle' }, say`${this.name} was released.`);
  }

  /** Ends the line for good. Resolves in bounded time; never rejects. */
  close(): Promise<void> {
    return this.end({ phase: 'closed' }, say`${this.name} was closed.`);
  }

  private async end(state: LineState, reason: Sentence): Promise<void> {
    if (this.current.phase === 'closed') return;
    const free = this.leave(new BmsError('closed', reason));
    this.setState(state);
    await free;
  }

  /** Forgets the channel and whatever is under way, and tells so. @returns when the line is free; see `letGo` */
  private leave(error: BmsError): Promise<void> {
    const steps = this.forget();
    this.timer?.cancel();
    this.timer = undefined;
    const free = this.letGo(steps);
    this.events.lost(error);
    return free;
  }

  /** Ends the present channel, or the attempt to open one. @returns what must have ended for the line to be free */
  private forget(): Promise<void>[] {
    const { channel, attempt } = this;
    this.holdTimer?.cancel();
    if (this.stability.closed(this.now())) this.failures = 0;
    this.generation++;
    this.channel = undefined;
    this.attempt = undefined;
    attempt?.aborter.abort();
    return [channel?.close(), attempt?.done].filter((step) => step !== undefined);
  }

  /**
   * Waits for the line to be free, but not for ever: a driver that hangs must not hang the deploy. Until then no further
   * channel is opened.
   */
  private letGo(steps: readonly Promise<void>[]): Promise<void> {
    const late = new BmsError('timeout', say`${this.name} does not close.`);
    const all = Promise.all([...steps, this.closing ?? Promise.resolve()]);
    const free = within(this.options.clock, CLOSE_LIMIT_MS, all, late).then(
      () => undefined,
      () => undefined,
    );
    this.closing = free;
    return free;
  }

  private begin(): void {
    if (this.options.onDemand === true) this.setState({ phase: 'resting' });
    else this.startOpening();
  }

  private startOpening(): void {
    const generation = ++this.generation;
    this.lastAttemptAt = this.now();
    this.setState({ phase: 'opening' });
    // Whoever was told may have ended it already.
    if (generation !== this.generation) return;
    const aborter = new AbortController();
    const done = this.openChannel(generation, aborter.signal).finally(() => {
      if (generation === this.generation) this.attempt = undefined;
    });
    this.attempt = { done, aborter };
  }

  private async openChannel(generation: number, signal: AbortSignal): Promise<void> {
    const { link } = this.options;
    const isPresent = (): boolean => generation === this.generation;
    const flood = new FloodGauge();
    try {
      if (this.closing !== undefined) await this.closing;
      if (!isPresent()) return;
      const channel = await link.open(
        {
          data: (bytes) => {
            if (!isPresent()) return;
            if (flood.rises(bytes.length, this.now())) this.lose(this.floodError());
            else this.events.data(bytes);
          },
          closed: (cause, isOrderly = false) => {
            if (!isPresent()) return;
            if (isOrderly && this.events.isIdle()) this.standByAfterIdleClose();
            else this.lose(toBmsError(cause, 'disconnected'));
          },
        },
        { baudRate: this.rate, signal, ...(this.isRadio && { routes: this.needs.routes }) },
      );
      if (!isPresent()) return await channel.close();
      this.channel = channel;
      this.lastPeer = peerOf(channel);
      this.watchHold();
      this.setState({ phase: 'ready' });
      // Whoever was told may have closed it already.
      if (isPresent()) this.events.opened();
    } catch (error) {
      if (isPresent()) this.lose(toBmsError(error, 'disconnected'));
    }
  }

  /**
   * The other end has closed a line that was good while nothing was asked, as many bridges do after a while: it is opened
   * again when something is to be asked.
   */
  private standByAfterIdleClose(): void {
    this.standBy();
    if (++this.idleClosings !== REMARKABLE_CLOSINGS) return;
    this.remarks.emit(
      say`${this.name} closes the connection while it is idle, or passes it to another host. It is opened again for each request. If the bridge closes it by itself, tick "Connect on demand" in the connection.`,
    );
  }

  /** The line is gone: an attempt to get it back is scheduled. */
  private lose(cause: BmsError): void {
    const now = this.now();
    if (this.stability.fell(now)) this.failures = 0;
    const keepsFalling = this.stability.keepsFalling(now);
    // A bridge in another mode falls for that reason, which says more.
    const error = keepsFalling && cause.word !== 'bridge_mode' ? this.unsteadyError(cause) : cause;
    void this.leave(error);
    this.setState({ phase: 'backoff', error });
    const wait = backoffMs(this.failures++, this.options.clock.random());
    this.scheduleAttempt(now + wait);
    if (keepsFalling && this.stability.mustTell()) this.unstable.emit(error);
  }

  /** Tells when a line that kept falling has held. */
  private watchHold(): void {
    const { clock } = this.options;
    this.stability.opened(clock.monotonic());
    if (!this.isUnstable) return;
    this.holdTimer = clock.after(HOLD_MS, () => this.stabilised.emit());
  }

  private unsteadyError(cause: BmsError): BmsError {
    const looks = adviceFor(this.options.link).falls;
    return new BmsError('disconnected', say`${this.name} keeps being lost, several times a minute: ${looks}.`, cause);
  }

  private floodError(): BmsError {
    return new BmsError(
      'malformed',
      say`${this.name} sends more than 1 MiB in a second, which no battery does; check what is at its other end.`,
    );
  }

  private scheduleAttempt(at: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(Math.max(0, at - this.now()), () => this.startOpening());
  }

  private setState(state: LineState): void {
    this.current = state;
    this.changed.emit(state);
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
