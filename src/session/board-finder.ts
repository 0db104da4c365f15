import { BmsError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import { protocols } from '../codec';
import type { Protocol } from '../codec/protocol';
import type { Bus } from './bus';
import { detect, isAnswered, type Found } from './detect';
import { ENDED } from './lifetime';
import { needsOf, paceOf, usualAddresses, type Pace } from './line-needs';
import { Login } from './login';
import type { Priority } from './queue';
import { Reader, type Implausible } from './reader';
import { Signal } from './signal';

/** A board whose protocol is known. */
export interface Board extends Found {
  readonly reader: Reader;
}

export interface BoardFinderOptions {
  bus: Bus;
  /** of the device, for messages to others on the line */
  name?: string;
  /** undefined: to be detected */
  protocol: Protocol | undefined;
  /** undefined: the one that boards are delivered with */
  address: number | undefined;
  /** the protocol's own where undefined */
  timeoutMs?: number | undefined;
  retries?: number | undefined;
  /** polls per reading of the cells; 1 when undefined */
  cellsEvery?: number | undefined;
  /** whether the board, or its wiring, has the sign of the current the other way round; not, when missing */
  invertCurrent?: boolean;
  /** for radio modules that want one; '' when the user has set none */
  password?: string;
  clock: Clock;
  /**
   * Whether it only borrows the line: its needs count for the connection that is opened, and are not held against those of
   * a device that starts meanwhile. Not, when missing.
   */
  isGuest?: boolean;
  /** where to count what is implausible, whatever board says it; nowhere, when missing */
  implausible?: Implausible;
  onRetrying(): void;
}

/** After a search in vain polls leave the line alone for a while, ms. */
const SEARCH_PAUSE_MS = 30_000;

/** Reads that fail running before a detected protocol is doubted. */
const FAILURES_BEFORE_DOUBT = 5;

/** The board of a device: known from the start, or detected when it is needed and again when it stays away. */
export class BoardFinder {
  /** every protocol that was detected */
  readonly found = new Signal<Found>();

  private board: Board | undefined;
  /** of the run of the device */
  private signal = ENDED;
  /** whether a board has answered at its address */
  private isSettled = false;
  private elsewhereFrom = 0;
  private remembered: Found | undefined;
  private failures = 0;
  private searching: Promise<Board> | undefined;
  /** of the present connection, while the protocol is not known; modules with the same login have one */
  private readonly logins = new Map<unknown, Login>();
  private failedSearch: { error: BmsError; until: number } | undefined;

  constructor(private readonly options: BoardFinderOptions) {
    const { protocol, address, bus } = options;
    if (protocol === undefined) return;
    this.board = this.boardOf({ protocol, address: address ?? usualAddresses(protocol, bus.isRadio)[0] });
  }

  /** The board as far as known. */
  get current(): Board | undefined {
    return this.board;
  }

  /** What was found at another time: it is asked first. */
  remember(found: Found): void {
    this.remembered ??= found;
    const mayBe = found.protocol === this.options.protocol && this.otherAddresses().includes(found.address);
    if (mayBe && this.signal.aborted) this.board = this.boardOf(found);
  }

  /**
   * To be called when a board does not answer of which the user has given the protocol alone: boards as delivered answer
   * at one of several addresses.
   * @returns the board that answers at another one; undefined when none does
   * @throws BmsError what keeps the line from being used
   */
  async elsewhere(priority: Priority): Promise<Board | undefined> {
    const { protocol, bus, clock } = this.options;
    if (protocol === undefined || this.isSettled || clock.monotonic() < this.elsewhereFrom) return undefined;
    const isStopped = (): boolean => this.signal.aborted;
    for (const address of this.otherAddresses()) {
      if (!(await isAnswered({ protocol, address }, { bus, priority, isStopped, tentative: true }))) continue;
      this.board?.reader.stop();
      this.board = this.boardOf({ protocol, address });
      this.use();
      this.found.emit(this.board);
      return this.board;
    }
    this.elsewhereFrom = clock.monotonic() + SEARCH_PAUSE_MS;
    return undefined;
  }

  private otherAddresses(): number[] {
    const { protocol, address, bus } = this.options;
    if (protocol === undefined || address !== undefined) return [];
    const usual = new Set([...usualAddresses(protocol, bus.isRadio), ...(protocol.address?.also ?? [])]);
    return [...usual].filter((each) => each !== this.board?.address);
  }

  /** @param signal ends the search, and the use of the line, for this run of the device */
  start(signal: AbortSignal): void {
    this.signal = signal;
    signal.addEventListener('abort', () => this.options.bus.clearNeeds(this));
    this.use();
  }

  /** To be called when the line is open anew: another board may be on it. */
  reconnected(): void {
    this.failedSearch = undefined;
    for (const login of this.logins.values()) login.reset();
    this.board?.reader.start(this.signal);
  }

  /** To be called when the line is closed until something is asked: the same board will be on it. */
  stoodBy(): void {
    for (const login of this.logins.values()) login.resume();
    this.board?.reader.resume();
  }

  /**
   * The board, searched for if it is not known.
   * @param priority a poll does not search again soon after a search in vain
   * @throws BmsError `not_found` with what was tried, or what keeps the line from being used
   */
  async find(priority: Priority): Promise<Board> {
    if (this.board !== undefined) {
      this.checkRate(this.board.protocol);
      return this.board;
    }
    this.searching ??= this.search(priority).finally(() => (this.searching = undefined));
    return this.searching;
  }

  /** To be called after a reading. */
  answered(): void {
    this.isSettled = true;
    this.failures = 0;
  }

  /** To be called after a read that failed: after some of them, a detected protocol may be another by now. */
  failed(): void {
    if (this.options.protocol !== undefined || ++this.failures < FAILURES_BEFORE_DOUBT) return;
    this.failures = 0;
    this.board?.reader.stop();
    this.board = undefined;
    this.options.bus.clearNeeds(this);
  }

  private async search(priority: Priority): Promise<Board> {
    const { bus, address, clock } = this.options;
    if (priority === 'poll' && this.failedSearch !== undefined && clock.monotonic() < this.failedSearch.until) {
      throw this.failedSearch.error;
    }
    const isStopped = (): boolean => this.signal.aborted;
    const { remembered } = this;
    for (const login of this.logins.values()) login.check();
    try {
      const login = (protocol: Protocol): Promise<boolean> => this.logIn(protocol);
      const options = { bus, protocols: protocols(), address, remembered, owner: this, priority, isStopped, login };
      const found = await bus.inTurn(() => detect(options));
      if (isStopped()) throw new BmsError('closed', say`The search was ended.`);
      this.failedSearch = undefined;
      this.remembered = found;
      this.board = this.boardOf(found);
      this.use();
      this.found.emit(found);
      return this.board;
    } catch (thrown) {
      const error = toBmsError(thrown);
      if (error.code === 'not_found') this.failedSearch = { error, until: clock.monotonic() + SEARCH_PAUSE_MS };
      bus.clearNeeds(this);
      throw error;
    }
  }

  /** Logs in while the protocol is not known: only with a password, as the module may be of another kind. */
  private async logIn(protocol: Protocol): Promise<boolean> {
    const { bus, password = '' } = this.options;
    const script = protocol.ble?.login;
    if (script === undefined || password === '') return false;
    let login = this.logins.get(script);
    if (login === undefined) {
      login = new Login({ bus, protocol, profile: this.profileOf(protocol), password });
      this.logins.set(script, login);
    }
    return login.attempt();
  }

  private use(): void {
    if (this.board === undefined) return;
    const { bus, name, isGuest = false } = this.options;
    bus.setNeeds(this, needsOf(this.board.protocol, name));
    if (isGuest) bus.clearNeeds(this);
    this.board.reader.start(this.signal);
  }

  /** @throws BmsError `bad_value` when another device has fixed the rate of the line at one that is not this protocol's */
  private checkRate({ id, profile: { baudRate } }: Protocol): void {
    const { bus } = this.options;
    const conflict = bus.rateConflict(this, baudRate);
    if (conflict === undefined) return;
    throw new BmsError(
      'bad_value',
      say`${bus.name} runs at ${conflict.baudRate} baud for ${conflict.device}, and ${id} works at ${baudRate}. Use a connection of its own; or, if all boards on it are set to one rate, give that in the connection.`,
    );
  }

  private boardOf({ protocol, address, memory }: Found): Board {
    const { bus, clock, cellsEvery, implausible, invertCurrent = false, onRetrying, password = '' } = this.options;
    const profile = this.profileOf(protocol);
    const login = new Login({ bus, protocol, profile, password });
    return {
      protocol,
      address,
      reader: new Reader({
        ...{ bus, protocol, address, memory, profile, clock, cellsEvery, invertCurrent, onRetrying, login },
        ...(implausible && { implausible }),
      }),
    };
  }

  private profileOf(protocol: Protocol): Pace {
    const { bus, timeoutMs, retries } = this.options;
    const pace = paceOf(protocol, bus);
    return {
      ...pace,
      ...(timeoutMs !== undefined && { timeoutMs, stretch: 'never' as const }),
      ...(retries !== undefined && { retries }),
    };
  }
}
