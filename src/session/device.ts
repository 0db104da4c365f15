import { deniesState } from '../battery/current-sign';
import { TimeEstimator, derive } from '../battery/derive';
import { BmsError, toBmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import { inKeyOrder } from '../battery/key-order';
import type { Identity } from '../battery/identity';
import { SteadyState } from '../battery/steady-state';
import type { Reading } from '../battery/reading';
import { say } from '../battery/sentence';
import type { Timer } from '../clock';
import type { RadioFigures } from '../link/link';
import type { Protocol } from '../codec/protocol';
import { BoardFinder, type Board, type BoardFinderOptions } from './board-finder';
import { PollGrid } from './poll-grid';
import { holdMs, DeviceCondition, type Condition } from './device-condition';
import { BoardGuard } from './board-guard';
import type { LineState } from './line';
import type { Found } from './detect';
import { nothingSent } from './control-errors';
import type { Counters } from './exchange';
import { PollWatch } from './poll-watch';
import type { Priority } from './queue';
import type { Implausible, Scope } from './reader';
import { Signal } from './signal';
import { ActionRunner, type Outcome, type SafeState, type Wish } from './action-runner';

/** A reading with where and when it was taken. Shared between listeners: not to be changed. */
export interface Snapshot {
  readonly reading: Readonly<Reading>;
  /** the device's name */
  readonly device: string;
  /** protocol id */
  readonly protocol: string;
  /** bus address, or that of a radio link; '' where there is none */
  readonly address: number | string;
  /** ms since the epoch */
  readonly timestamp: number;
  /** how long the read took, ms */
  readonly duration: number;
  /** rises by one with every reading of the device */
  readonly sequence: number;
  /** whether somebody asked for it; else it is a poll's */
  readonly requested: boolean;
  /** whether another board has answered in the place of the known one */
  readonly isOtherBoard?: boolean;
  readonly link: LinkFigures;
}

/** What has come over the line, and what of this device cannot be true, since the start; with how a radio link stands. */
export interface LinkFigures extends Readonly<Counters>, Readonly<Partial<RadioFigures>> {
  /** polls of the device that were left out because the one before took longer than the interval */
  readonly skippedPolls: number;
  /** answers of the device that were refused because their content cannot be true */
  readonly impossibleAnswers: number;
  /** values of the device that were left out because they cannot be true */
  readonly impossibleValues: number;
}

export type { Condition } from './device-condition';

/** The first reading on a line that was opened, and two polls on which it held. */
const READS_THAT_VOUCH = 3;

/** A reading is stale after so many poll intervals; without polls after so long, ms. */
const STALE_INTERVALS = 3;
const STALE_UNPOLLED_MS = 10 * 60_000;

export interface DeviceOptions extends Omit<BoardFinderOptions, 'onRetrying' | 'impossible'> {
  name: string;
  /** 0 = only on request */
  pollIntervalMs: number;
  /** where in the interval the polls after the first one lie, 0 up to 1: 0, when missing, a whole interval after it */
  pollPhase?: number;
  /** whether the user allows this pack to be switched; not, when missing */
  allowControl?: boolean;
}

/**
 * One pack on a bus: polls it, answers requests for a reading (equal ones at a time share one), and knows whether
 * it is there.
 */
export class Device {
  /** every reading, polled or requested */
  readonly readings = new Signal<Snapshot>();
  /** why its line keeps falling; told once, until it has not for long */
  readonly unstable = new Signal<BmsError>();
  /** once, when in half of the polls somebody else is heard: the name of the line */
  readonly disturbed = new Signal<string>();
  /** which board this is, and whether it is the one that answers */
  readonly guard: BoardGuard;
  /** the first reading in which the state that the board tells denies the sign of its current */
  readonly stateDenied = new Signal<Snapshot>();
  last: Snapshot | undefined;

  /** counted here, as a board that has to be searched for again gets another reader */
  private readonly implausible: Implausible = { answers: 0, values: 0 };
  private readonly presence: DeviceCondition;
  private readonly grid: PollGrid;
  private readonly finder: BoardFinder;
  private readonly actionRunner: ActionRunner;
  private readonly steadyState = new SteadyState();
  private readonly estimator = new TimeEstimator();
  private started = false;
  private hasDeniedState = false;
  /** where the line stood, and whether it comes from a rest, in which the polls went on */
  private line: { before: LineState['phase']; rested: boolean } = { before: 'idle', rested: false };
  private unsubscribes: (() => void)[] = [];
  private timer: Timer | undefined;
  private readonly pollWatch = new PollWatch();
  private active: { scope: Scope; done: Promise<Snapshot> } | undefined;
  private waiting: Promise<Snapshot> | undefined;
  private sequence = 0;
  private lastReadAt: number | undefined;
  private readsInRow = 0;

  constructor(private readonly options: DeviceOptions) {
    this.presence = new DeviceCondition(options.clock, holdMs(options.pollIntervalMs));
    this.grid = new PollGrid(options.pollIntervalMs, options.pollPhase ?? 0);
    const onRetrying = (): void => this.presence.retrying();
    this.finder = new BoardFinder({ ...options, implausible: this.implausible, onRetrying });
    const { bus, clock, allowControl: allowed = false, password = '' } = options;
    const name = printable(options.name);
    this.guard = new BoardGuard(name);
    this.actionRunner = new ActionRunner({
      ...{ name, bus, clock, allowed, password, finder: this.finder },
      readFirst: (priority) => this.read(priority),
      mustReadFirst: () => this.guard.isUnproven,
      mayControl: () => this.guard.objection(),
      lastReadAt: () => this.lastReadAt,
      refresh: () => this.refresh(),
    });
  }

  get name(): string {
    return this.options.name;
  }

  /** the protocol in use; undefined until it is found out */
  get protocol(): Protocol | undefined {
    return this.finder.current?.protocol;
  }

  /**
   * Bus address; over a radio link, unless the user has given one, the address of that. '' where there is none, or it
   * is not known.
   */
  get address(): number | string {
    const { bus, address } = this.options;
    if (bus.isRadio && address === undefined) return bus.peer;
    const board = this.finder.current;
    return board?.protocol.address === undefined ? '' : board.address;
  }

  /** How old the last reading is, ms; undefined before the first. */
  get ageMs(): number | undefined {
    return this.lastReadAt === undefined ? undefined : this.options.clock.monotonic() - this.lastReadAt;
  }

  /** How old the last reading may be and still count as the present state, ms. */
  get staleAfterMs(): number {
    const { pollIntervalMs } = this.options;
    return pollIntervalMs > 0 ? STALE_INTERVALS * pollIntervalMs : STALE_UNPOLLED_MS;
  }

  /** What has come over the line so far. */
  get link(): LinkFigures {
    const { answers: impossibleAnswers, values: impossibleValues } = this.implausible;
    const { counters, radio } = this.options.bus;
    const { skipped: skippedPolls } = this.pollWatch;
    return Object.assign({ impossibleAnswers, impossibleValues, skippedPolls }, counters, radio);
  }

  /** What was found at another time: it is asked first when the protocol has to be found out. */
  remember(found: Found): void {
    this.finder.remember(found);
  }

  /**
   * The board that answers in the place of the known one is the one that is meant; what was wished of the known one is
   * forgotten.
   * @returns that board; undefined when no other board answers
   */
  acceptBoard(): Identity | undefined {
    const accepted = this.guard.accept();
    const { board } = this;
    if (accepted !== undefined && board !== undefined)
      this.options.bus.boards.of(board.protocol, board.address).forget();
    return accepted;
  }

  /** the board in use, with its address on the bus; undefined until it is found out */
  get board(): Found | undefined {
    return this.finder.current;
  }

  /** every protocol that was found out */
  get found(): Signal<Found> {
    return this.finder.found;
  }

  get condition(): Condition {
    return this.presence.condition;
  }

  /** every change of the condition */
  get changed(): Signal<Condition> {
    return this.presence.changed;
  }

  /** Whether its line holds: else what begins or ends now may soon be over. */
  get isStable(): boolean {
    return !this.options.bus.isUnstable;
  }

  /** Begins to poll and to follow the bus. */
  start(): void {
    if (this.started) return;
    this.started = true;
    this.line = { before: 'idle', rested: false };
    this.finder.start();
    this.actionRunner.start();
    this.grid.reset();
    const { bus } = this.options;
    this.unsubscribes = [
      bus.changed.subscribe((state) => this.onBus(state)),
      bus.unstable.subscribe((error) => this.unstable.emit(error)),
      bus.stabilised.subscribe(() => this.onStabilised()),
      bus.modes.recalled.subscribe(() => this.endMode()),
      this.finder.found.subscribe(() => this.endMode()),
    ];
    this.endMode();
    this.onBus(bus.state);
  }

  /** What was begun on the board before a stop is ended, also where it may not be switched any more. */
  private endMode(): void {
    const { board } = this;
    if (this.started && board !== undefined) this.options.bus.endMode(board);
  }

  /** Stops polling. A reading in progress is not delivered any more. */
  stop(): void {
    this.started = false;
    for (const unsubscribe of this.unsubscribes.splice(0)) unsubscribe();
    this.timer?.cancel();
    this.finder.stop();
    this.actionRunner.stop();
    this.presence.rest('idle');
  }

  /**
   * Reads every group afresh. Requests at the same time share one reading; during a poll it follows that poll.
   * @throws BmsError why nothing could be read
   */
  read(priority: Priority = 'request'): Promise<Snapshot> {
    if (!this.started) return Promise.reject(this.closedError());
    if (this.active?.scope === 'all') return this.active.done;
    if (this.active === undefined) return this.run('all', priority);
    this.waiting ??= this.active.done
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        this.waiting = undefined;
        return this.read();
      });
    return this.waiting;
  }

  /**
   * Switches or sets something, if the user allows it, and proves it by reading it back.
   * @param wish several count in the order of these calls, however long it takes to know them
   * @throws BmsError see `Switchboard.carryOut`
   */
  control(wish: Wish | Promise<Wish>): Promise<Outcome> {
    if (this.started) return this.actionRunner.execute(wish);
    void Promise.resolve(wish).catch(() => undefined);
    return Promise.reject(nothingSent(this.closedError()));
  }

  /**
   * Brings back what was wished last of the board, by whomever, and was carried out or perhaps was.
   * @returns undefined when there is nothing to bring back
   * @throws BmsError see `Switchboard.carryOut`
   */
  restore(action: string): Promise<Outcome | undefined> {
    if (this.started) return this.actionRunner.restore(action);
    return Promise.reject(nothingSent(this.closedError()));
  }

  /**
   * Goes to a safe state, ahead of everything else.
   * @returns undefined when it is not wanted any more
   * @throws BmsError see `Switchboard.carryOut`
   */
  async applySafeState(state: SafeState): Promise<Outcome | undefined> {
    // A message may come again; a safe state is as late as this waiting, not as its next attempt.
    if (this.guard.isLookingUp) await this.guard.whenLookedUp;
    if (this.started) return this.actionRunner.applySafeState(state);
    return Promise.reject(nothingSent(this.closedError()));
  }

  /** The place of a wish that is made now among all on the line: later ones have a higher one. */
  nextRequestNumber(): number {
    return this.options.bus.boards.nextRequestNumber();
  }

  /**
   * Lets somebody else have the line for a while, such as a phone; after actions that are in progress on it.
   * @param forMs 0 takes it back at once
   * @throws BmsError `closed`
   */
  async pause(forMs: number): Promise<void> {
    if (!this.started) throw this.closedError();
    await this.options.bus.pause(forMs);
  }

  /** What the board reports after it was switched; also for those who follow its readings. */
  private async refresh(): Promise<Reading | undefined> {
    try {
      await this.active?.done;
    } catch {
      // It has told its own askers.
    }
    try {
      if (!this.started) return undefined;
      this.finder.current?.reader.outdate();
      const { reading } = await (this.active?.done ?? this.run('due', 'request'));
      return reading;
    } catch {
      return undefined; // takeReading has made the failure the device's condition
    }
  }

  private run(scope: 'due' | 'all', priority: Priority): Promise<Snapshot> {
    const done = this.takeReading(scope, priority).finally(() => (this.active = undefined));
    this.active = { scope, done };
    return done;
  }

  private async takeReading(scope: 'due' | 'all', priority: Priority): Promise<Snapshot> {
    const { clock } = this.options;
    const startedAt = clock.monotonic();
    try {
      const board = await this.finder.find(priority);
      return await this.readBoard(board, scope, priority, startedAt).catch(async (thrown: unknown) => {
        const other = toBmsError(thrown).code === 'timeout' ? await this.finder.elsewhere(priority) : undefined;
        if (other === undefined) throw thrown;
        return this.readBoard(other, scope, priority, startedAt);
      });
    } catch (thrown) {
      const error = toBmsError(thrown);
      if (error.code !== 'closed' && error.code !== 'queue_full') {
        this.fail(error, true);
        this.finder.failed();
      }
      throw error;
    }
  }

  private async readBoard(board: Board, scope: Scope, priority: Priority, startedAt: number): Promise<Snapshot> {
    const { protocol, reader } = board;
    if (this.presence.isAway) await reader.read('probe', priority);
    const deliver = (reading: Reading): Snapshot => this.deliver(reading, protocol, scope, startedAt);
    const reading = await this.identified(board, scope, priority, deliver);
    if (!this.started) throw this.closedError();
    if (++this.readsInRow >= READS_THAT_VOUCH) this.options.bus.confirmGood();
    return deliver(reading);
  }

  /**
   * Reads a board, and sees whether it is the one that is known.
   * @param early see `Reader.read`. Who asked for everything waits for it; who follows the polls sees as soon as can be
   *   that the pack is there
   */
  private async identified(
    { protocol, reader }: Board,
    scope: Scope,
    priority: Priority,
    early: (reading: Reading) => void,
  ): Promise<Reading> {
    const toldBy = { protocol: protocol.id, peer: this.options.bus.peer, isWhole: scope === 'all' };
    const tellEarly = (reading: Reading): void => {
      if (this.started && !this.guard.suspectsOtherBoard(toldBy, reading)) early(reading);
    };
    const reading = await reader.read(scope, priority, scope === 'due' ? tellEarly : undefined);
    return this.guard.check(toldBy, reading, () => {
      reader.doubt();
      return reader.read('all', priority);
    });
  }

  /** Completes a reading and gives it to all who follow. */
  private deliver(reading: Reading, protocol: Protocol, scope: Scope, startedAt: number): Snapshot {
    const { clock } = this.options;
    const now = clock.monotonic();
    this.steadyState.complete(reading);
    const snapshot: Snapshot = {
      reading: inKeyOrder(this.estimator.complete(derive(reading), now)),
      device: this.name,
      protocol: protocol.id,
      address: this.address,
      timestamp: clock.now(),
      duration: Math.round(now - startedAt),
      sequence: ++this.sequence,
      requested: scope === 'all',
      isOtherBoard: this.guard.otherBoard !== undefined,
      link: this.link,
    };
    this.last = snapshot;
    this.lastReadAt = now;
    this.finder.answered();
    this.presence.answered(this.isStable);
    this.readings.emit(snapshot);
    if (!this.hasDeniedState && deniesState(snapshot.reading)) {
      this.hasDeniedState = true;
      this.stateDenied.emit(snapshot);
    }
    return snapshot;
  }

  private onBus(state: LineState): void {
    const { before, rested } = this.line;
    this.line = { before: state.phase, rested: state.phase === 'resting' || (rested && state.phase === 'opening') };
    switch (state.phase) {
      case 'opening':
        this.presence.opening();
        break;
      case 'resting':
        this.guard.unprove();
        this.finder.rested();
        if (before !== 'ready') this.resumePolls();
        break;
      case 'ready':
        if (rested) {
          if (this.active === undefined) this.schedulePoll();
          break;
        }
        this.guard.unprove();
        this.finder.reconnected();
        this.resumePolls();
        break;
      case 'released':
      case 'idle':
        this.timer?.cancel();
        this.presence.rest(state.phase);
        break;
      case 'backoff':
        this.fail(state.error, false);
        break;
      case 'closed':
        this.timer?.cancel();
        this.fail(this.closedError(), false);
        break;
    }
  }

  /** The line can be used again. It is polled at once where a poll is due, or nothing is known of it. */
  private resumePolls(): void {
    this.timer?.cancel();
    const { presence, grid } = this;
    const wasUnknown = presence.isUnknown;
    presence.lineBack(grid.isUsed, this.isStable);
    if (!grid.isUsed) return;
    // On a line that keeps falling this would be a poll with every fall.
    const isMissed = presence.isAway && this.isStable;
    if (wasUnknown || isMissed || grid.isDue(this.options.clock.monotonic())) this.poll();
    else this.schedulePoll();
  }

  /** The line has held again, after it kept falling. */
  private onStabilised(): void {
    this.presence.steadied(this.grid.isUsed);
    if (this.presence.isAway && this.grid.isUsed) this.poll();
  }

  /** Polls once and sets the timer for the next point of the grid that has not passed by then. */
  private poll(): void {
    this.timer?.cancel();
    if (this.active !== undefined) return this.schedulePoll();
    this.grid.polled(this.options.clock.monotonic());
    const { foreignFrames } = this.options.bus.counters;
    this.run('due', 'poll')
      .catch(() => undefined) // takeReading has made the failure the device's condition
      .finally(() => {
        this.notePoll(foreignFrames);
        this.schedulePoll();
      });
  }

  /** Counts what the last poll has cost, and tells once when somebody else is heard in many of them. */
  private notePoll(foreignBefore: number): void {
    const { clock, bus } = this.options;
    const passed = this.grid.passed(clock.monotonic());
    if (!this.pollWatch.polled(passed, bus.counters.foreignFrames - foreignBefore)) return;
    if (!this.isListening) this.disturbed.emit(bus.name);
  }

  /** Whether the board's protocol is to hear others, as next to a master. */
  private get isListening(): boolean {
    const board = this.finder.current;
    if (board === undefined) return false;
    return board.protocol.queries.some((query) => query.request(board.reader.target, 1).length === 0);
  }

  private schedulePoll(): void {
    this.timer?.cancel();
    const { clock, bus } = this.options;
    const isUsable = bus.state.phase === 'ready' || bus.state.phase === 'resting';
    if (!this.started || !isUsable || !this.grid.isUsed) return;
    this.timer = clock.after(this.grid.wait(clock.monotonic()), () => this.poll());
  }

  private fail(error: BmsError, isBoard: boolean): void {
    if (!this.started) return;
    this.readsInRow = 0;
    this.guard.unprove();
    this.presence.failed(error, isBoard);
  }

  private closedError(): BmsError {
    return new BmsError('closed', say`${printable(this.name)} was closed.`);
  }
}
