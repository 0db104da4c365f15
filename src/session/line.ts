import { BmsError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';
import { within, type Clock, type Timer } from '../clock';
import type { Link } from '../link/link';
import { Backoff } from './backoff';
import { Connection, peerOf, type Peer } from './connection';
import { keepsFallingError, LineReopenedError, pausedError } from './line-errors';
import { SharedNeeds, type LineNeeds } from './line-needs';
import { StabilityWatch } from './line-stability';
import type { LineEvents, LineState } from './line-state';
import { LinkView } from '../link/link-view';
import { Signal } from './signal';

export interface LineOptions {
  link: Link;
  /** fixed by the user; undefined leaves it to the devices */
  baudRate?: number | undefined;
  clock: Clock;
  /** whether the line is open only while something is to be sent; always, when missing */
  onDemand?: boolean;
}

/** How long closing may wait for the line to let go: longer than the slowest driver needs, which is Bluetooth's. */
const CLOSE_LIMIT_MS = 2500;

/** So many times the other end has closed a line while nothing was asked before its user hears of it. */
const REMARKABLE_CLOSINGS = 3;

/** State machine of one connection: open, reconnect with back-off, standby, pause. Knows nothing of requests. */
export class Line extends LinkView {
  /** every change of the state */
  readonly changed = new Signal<LineState>();
  /** something that its user may want to know, once */
  readonly remarks = new Signal<Sentence>();
  private current: LineState = { phase: 'idle' };
  private connection: Connection | undefined;
  /** the end of earlier connections: two at a time would be in each other's way */
  private closing: Promise<void> | undefined;
  private pauseTimer: Timer | undefined;
  /** whether it holds, or keeps falling */
  readonly stability: StabilityWatch;
  private readonly backoff: Backoff;
  /** how often the other end has closed it while nothing was asked */
  private idleClosings = 0;
  private readonly needs: SharedNeeds;
  private lastPeer = peerOf();

  constructor(
    private readonly options: LineOptions,
    private readonly events: LineEvents,
  ) {
    super(options.link);
    this.needs = new SharedNeeds(options.baudRate);
    this.stability = new StabilityWatch(options.clock);
    this.backoff = new Backoff(options.clock, () => this.startOpening());
  }

  get state(): LineState {
    return this.current;
  }

  /** the other end of the last connection */
  get peer(): Peer {
    return this.lastPeer;
  }

  get isOpen(): boolean {
    return this.connection?.isOpen === true;
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
    const before = this.needs.baudRate;
    this.needs.set(owner, needs);
    return this.settleRate(before);
  }

  /** Forgets what a device needs of the line. */
  clearNeeds(owner: object): void {
    const before = this.needs.baudRate;
    this.needs.delete(owner);
    this.settleRate(before);
  }

  /** see `SharedNeeds.rateConflict` */
  rateConflict(owner: object, baudRate: number): { baudRate: number; device: string } | undefined {
    return this.hasRate ? this.needs.rateConflict(owner, baudRate) : undefined;
  }

  private get hasRate(): boolean {
    return !this.isRadio && !this.hasOwnRate;
  }

  private settleRate(before: number): number | undefined {
    if (!this.hasRate) return undefined;
    const { baudRate } = this.needs;
    const { phase } = this.current;
    if (baudRate !== before && (phase === 'ready' || phase === 'opening')) this.reopen();
    return baudRate;
  }

  /** Starts to open the line and keeps it open from now on; one that is open on demand goes to standby. */
  open(): void {
    if (this.current.phase === 'idle') this.begin();
  }

  /** Opens a line that is in standby. */
  wake(): void {
    if (this.current.phase === 'standby') this.startOpening(true);
  }

  /** Tries to open soon, though the next attempt would be later. */
  retrySoon(): void {
    if (this.current.phase === 'backoff') this.backoff.hurry();
  }

  /** Hands bytes to the open line. @throws BmsError `disconnected` */
  async write(bytes: Buffer): Promise<void> {
    const written = this.connection?.write(bytes);
    if (written === undefined) throw new BmsError('disconnected', say`${this.name} is not open.`);
    await written;
  }

  /** Closes the line until something is to be sent. */
  standBy(): void {
    const wasOpen = this.current.phase === 'ready';
    void this.leave(new BmsError('closed', say`${this.name} is in standby.`));
    this.setState({ phase: 'standby', wasOpen });
  }

  /** Opens the line afresh. */
  reopen(): void {
    const isResumed = this.current.phase === 'opening' && this.current.isResumed;
    const ended = this.endConnection();
    // Holds the place until the line is free, unless something else happens to it.
    const next = this.newConnection(isResumed);
    this.events.interrupted(new LineReopenedError(say`${this.name} is being reopened.`));
    this.setState({ phase: 'opening', isResumed });
    void this.whenFree(ended).then(() => {
      if (next === this.connection) this.startOpening(isResumed);
    });
  }

  /**
   * Leaves the line to something else, such as a phone, and takes it back when the time is over.
   * @param forMs 0 takes it back at once
   * @returns when the line is free
   * @throws BmsError `closed` when the line is not in use
   */
  async pause(forMs: number): Promise<void> {
    const { phase } = this.current;
    if (phase === 'closed' || phase === 'idle') throw new BmsError('closed', say`${this.name} is closed.`);
    if (forMs <= 0) return this.resume();
    const free = this.leave(pausedError(this.name, forMs));
    this.setState({ phase: 'paused', until: this.now() + forMs });
    this.pauseTimer = this.options.clock.after(forMs, () => this.resume());
    await free;
  }

  private resume(): void {
    if (this.current.phase !== 'paused') return;
    this.pauseTimer?.cancel();
    this.begin();
  }

  /** Closes the line until `open` is called again. Resolves in bounded time; never rejects. */
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

  /** Ends the connection and what is under way. @returns when the line is free; see `whenFree` */
  private leave(error: BmsError): Promise<void> {
    const ended = this.endConnection();
    this.pauseTimer?.cancel();
    this.backoff.cancel();
    const free = this.whenFree(ended);
    this.events.lost(error);
    return free;
  }

  private endConnection(): Promise<void> | undefined {
    const { connection } = this;
    if (this.stability.closed()) this.backoff.reset();
    this.connection = undefined;
    return connection?.end();
  }

  /**
   * Waits for the line to be free, but not for ever: a driver that hangs must not hang the deploy. Until then no further
   * connection is opened.
   */
  private whenFree(ended: Promise<void> | undefined): Promise<void> {
    const late = new BmsError('timeout', say`${this.name} does not close.`);
    const free = within(this.options.clock, CLOSE_LIMIT_MS, Promise.all([ended, this.closing]), late).then(
      () => undefined,
      () => undefined,
    );
    this.closing = free;
    return free;
  }

  private begin(): void {
    if (this.options.onDemand === true) this.setState({ phase: 'standby', wasOpen: false });
    else this.startOpening();
  }

  private startOpening(isResumed = false): void {
    const connection = this.newConnection(isResumed);
    this.backoff.attempted();
    this.setState({ phase: 'opening', isResumed });
    // Its listeners may have ended it already.
    if (this.connection !== connection) return;
    connection.open(this.closing, () => ({
      baudRate: this.needs.baudRate,
      ...(this.isRadio && { routes: this.needs.routes }),
    }));
  }

  private newConnection(isResumed: boolean): Connection {
    const connection = new Connection(this.link, this.options.clock, {
      opened: (peer) => {
        this.lastPeer = peer;
        this.stability.opened();
        this.setState({ phase: 'ready', isResumed });
        // Its listeners may have closed it already.
        if (this.connection === connection) this.events.opened();
      },
      data: (bytes) => this.events.data(bytes),
      lost: (cause, isOrderly) => {
        if (isOrderly && this.events.isIdle()) this.standByAfterIdleClose();
        else this.lose(cause);
      },
    });
    this.connection = connection;
    return connection;
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
    const { stability, backoff } = this;
    if (stability.fell()) backoff.reset();
    const { keepsFalling } = stability;
    const error = keepsFalling ? keepsFallingError(this.link, cause) : cause;
    void this.leave(error);
    this.setState({ phase: 'backoff', error });
    backoff.failed();
    if (keepsFalling) stability.report(error);
  }

  private setState(state: LineState): void {
    this.current = state;
    this.changed.emit(state);
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
