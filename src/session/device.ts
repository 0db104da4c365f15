import type { ActionName, ActionValue } from '../battery/action';
import { BmsError, NotSentError } from '../battery/errors';
import { printable } from '../battery/quoted';
import type { Identity } from '../battery/identity';
import { say } from '../battery/sentence';
import type { SettingsLevel } from '../battery/settings/classes';
import type { LogEntry } from '../codec/log-entry';
import type { Protocol } from '../codec/protocol';
import type { WritePermission } from '../codec/settings/permission';
import type { ActionRequest, ActionResult, SafeState } from './action-request';
import { ActionRunner, type ActionRequests, type Objections } from './action-runner';
import type { Battery, Exclusion, ReadOptions } from './battery';
import { BoardFinder, type BoardFinderOptions } from './board-finder';
import { BoardGuard } from './board-guard';
import { BoardPassword } from './board-password';
import { nothingSent } from './control-errors';
import type { Found } from './detect';
import { DeviceCondition, holdMs, type Condition } from './device-condition';
import { Lifetime } from './lifetime';
import { LineFollower } from './line-follower';
import { settingsRunners } from './loaded-late';
import { PackReader } from './pack-reader';
import { Poller } from './poller';
import type { Implausible } from './reader';
import type { SettingsJournal } from './settings/journal';
import type {
  AppliedSettings,
  PlannedSettings,
  ReadSettings,
  SettingsReadOptions,
  SettingsRequest,
} from './settings/requests';
import type { SettingsContext } from './settings/board-jobs';
import type { SettingsRunner } from './settings/settings-runner';
import { Signal } from './signal';
import type { LinkFigures, Snapshot } from './snapshot';

export type { ReadOptions } from './battery';
export type { Condition } from './device-condition';
export type { LinkFigures, Snapshot } from './snapshot';

/** A reading is stale after so many poll intervals; without polls after so long, ms. */
const STALE_INTERVALS = 3;
const STALE_UNPOLLED_MS = 10 * 60_000;

export interface DeviceOptions extends Omit<BoardFinderOptions, 'onRetrying' | 'implausible'> {
  name: string;
  /** 0: only on request */
  pollIntervalMs: number;
  /** where in the interval the polls after the first one lie, 0 up to 1: 0, when missing, a whole interval after it */
  pollPhase?: number;
  /** whether the user allows this pack to be switched; not, when missing */
  allowControl?: boolean;
  /** which settings the user allows to be written; none, when missing */
  allowSettings?: SettingsLevel;
  /** whether also where no public source has proven how; not, when missing */
  allowExperimentalSettings?: boolean;
  /** where it is kept what is being written; nowhere, when missing */
  settingsJournal?: SettingsJournal;
}

/** One pack on a bus: polled, read on request, and switched; knows whether it is there. */
export class Device implements Battery {
  /** every reading, polled or requested */
  readonly readings: Signal<Snapshot>;
  /** the first reading in which the state that the board reports contradicts the sign of its current */
  readonly stateDenied: Signal<Snapshot>;
  /** once, when frames of others are heard in half of the polls: the name of the line */
  readonly disturbed: Signal<string>;
  /** every change of the condition */
  readonly changed: Signal<Condition>;
  /** the device is there again, after it was lost */
  readonly back: Signal<void>;
  /** every protocol that was detected */
  readonly found: Signal<Found>;
  /** every outage as it begins: why the device is lost, or why its line keeps falling; ends when it is there on a line that holds */
  readonly outages = new Signal<BmsError>();
  /** which board this is, and whether it is the one that answers */
  readonly guard: BoardGuard;

  /** counted here, as a board that has to be searched for again gets another reader */
  private readonly implausible: Implausible = { answers: 0, values: 0 };
  private readonly presence: DeviceCondition;
  private readonly finder: BoardFinder;
  private readonly reader: PackReader;
  private readonly poller: Poller;
  private readonly actionRunner: ActionRunner;
  private readonly settingsContext: Omit<SettingsContext, 'signal'>;
  /** of the present run; undefined until it is used */
  private settingsRunner: SettingsRunner | undefined;
  private readonly line: LineFollower;
  private readonly lifetime = new Lifetime();
  private presentOutage: BmsError | undefined;

  constructor(private readonly options: DeviceOptions) {
    const { bus, clock, allowControl: allowed = false, pollIntervalMs, pollPhase = 0 } = options;
    const name = printable(options.name);
    const password = new BoardPassword(options.password ?? '', name);
    const guard = new BoardGuard(name);
    const presence = new DeviceCondition(clock, holdMs(pollIntervalMs));
    const onRetrying = (): void => presence.retrying();
    const finder = new BoardFinder({ ...options, implausible: this.implausible, onRetrying });
    const described = { name: options.name, address: () => this.address, link: () => this.link };
    const reader = new PackReader({ ...described, bus, clock, finder, guard, condition: presence });
    const poller = new Poller({ intervalMs: pollIntervalMs, phase: pollPhase, bus, clock, finder, reader });
    const parts = { name, bus, clock, password, finder, reader, guard };
    const actions = new ActionRunner({ ...parts, allowed });
    const isGuest = options.isGuest === true;
    this.line = new LineFollower({ ...parts, isGuest, presence, poller, runners: [password, actions] });
    this.guard = guard;
    this.presence = presence;
    this.finder = finder;
    this.reader = reader;
    this.poller = poller;
    this.actionRunner = actions;
    this.settingsContext = {
      ...parts,
      isDisturbed: () => poller.isDisturbed,
      permission: {
        level: options.allowSettings ?? 'none',
        allowExperimental: options.allowExperimentalSettings === true,
      },
      journal: options.settingsJournal,
    };
    this.readings = reader.readings;
    this.stateDenied = reader.stateDenied;
    this.disturbed = poller.disturbed;
    this.changed = presence.changed;
    this.back = presence.back;
    this.found = finder.found;
    presence.changed.subscribe((condition) => this.noteOutage(condition));
    this.line.unstable.subscribe((error) => this.beginOutage(error));
  }

  get name(): string {
    return this.options.name;
  }

  /** what of its settings the user allows to be written */
  get permission(): WritePermission {
    return this.settingsContext.permission;
  }

  /** 0: only on request */
  get pollIntervalMs(): number {
    return this.options.pollIntervalMs;
  }

  get last(): Snapshot | undefined {
    return this.reader.last;
  }

  get condition(): Condition {
    return this.presence.condition;
  }

  /** why the present outage began, or what it is by now; undefined when there is none */
  get outage(): BmsError | undefined {
    return this.presentOutage;
  }

  /** the protocol in use; undefined until it is detected */
  get protocol(): Protocol | undefined {
    return this.finder.current?.protocol;
  }

  get protocolId(): string {
    return this.protocol?.id ?? '';
  }

  /** the board in use, with its address on the bus; undefined until it is detected */
  get board(): Found | undefined {
    return this.finder.current;
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
    const { lastReadAt } = this.reader;
    return lastReadAt === undefined ? undefined : this.options.clock.monotonic() - lastReadAt;
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
    const { skipped: skippedPolls } = this.poller;
    return Object.assign({ impossibleAnswers, impossibleValues, skippedPolls }, counters, radio);
  }

  /** Whether both are on one line, whose figures are of both. */
  sharesLineWith(other: Device): boolean {
    return this.options.bus === other.options.bus;
  }

  /** Whether its line holds: else what begins or ends now may soon be over. */
  get isStable(): boolean {
    return !this.options.bus.stability.isUnstable;
  }

  /** What was found at another time: it is asked first when the protocol has to be detected. */
  remember(found: Found): void {
    this.finder.remember(found);
  }

  /**
   * Takes the board that answers in the place of the known one for the right one; forgets the actions that were requested
   * of the known one.
   * @returns that board; undefined when no other board answers
   */
  acceptBoard(): Identity | undefined {
    const accepted = this.guard.accept();
    const { board } = this;
    if (accepted !== undefined && board !== undefined)
      this.options.bus.boards.of(board.protocol, board.address).forget();
    return accepted;
  }

  exclude(): Exclusion {
    throw new NotSentError('unsupported', say`${printable(this.name)} is one pack; only a bank has packs to take out.`);
  }

  /** Begins to poll and to follow the bus. */
  start(): void {
    const signal = this.lifetime.start();
    if (signal === undefined) return;
    this.presentOutage = undefined;
    this.settingsRunner = undefined;
    this.line.start(signal);
  }

  /** Stops polling. A reading in progress is not delivered any more. */
  stop(): void {
    this.lifetime.end();
    this.presence.rest('idle');
  }

  private get isRunning(): boolean {
    return !this.lifetime.signal.aborted;
  }

  /**
   * Reads every group afresh. Requests at the same time share one reading; during a poll it follows that poll.
   * @throws BmsError why nothing could be read
   */
  read({ priority = 'request', asker }: ReadOptions = {}): Promise<Snapshot> {
    return this.reader.read(priority, asker === undefined ? [] : [asker]);
  }

  /**
   * Switches or sets something, if the user allows it, and proves it by reading it back.
   * @param request several count in the order of these calls, however long it takes to know them
   * @throws BmsError see `ActionRunner.execute`
   */
  control(request: ActionRequest | Promise<ActionRequest>): Promise<ActionResult> {
    if (this.isRunning) return this.actionRunner.execute(request);
    void Promise.resolve(request).catch(() => undefined);
    return Promise.reject(nothingSent(this.closedError()));
  }

  /** Requests of an action, of the board as far as it is known, through any device. */
  requestsOf(action: ActionName): ActionRequests {
    return this.actionRunner.requestsOf(action);
  }

  /** What speaks against a request now, as far as it is known without asking the board. @param value of the action */
  objectionsTo(request: ActionRequest, value: ActionValue): Objections {
    return this.actionRunner.objectionsTo(request, value);
  }

  /**
   * Brings back the last action that was requested of the board, through any device, and was carried out or perhaps was.
   * @returns undefined when there is nothing to bring back
   * @throws BmsError see `ActionRunner.execute`
   */
  restore(action: string): Promise<ActionResult | undefined> {
    if (this.isRunning) return this.actionRunner.restore(action);
    return Promise.reject(nothingSent(this.closedError()));
  }

  /**
   * Goes to a safe state, ahead of everything else.
   * @returns undefined when it is not wanted any more
   * @throws BmsError see `ActionRunner.execute`
   */
  async applySafeState(state: SafeState): Promise<ActionResult | undefined> {
    // A message may come again; a safe state is as late as this waiting, not as its next attempt.
    if (this.guard.isLookingUp) await this.guard.whenLookedUp;
    if (this.isRunning) return this.actionRunner.applySafeState(state);
    return Promise.reject(nothingSent(this.closedError()));
  }

  /**
   * Reads all settings of the board; it may take several seconds. Requests at the same time share one read.
   * @throws BmsError see `SettingsRunner.read`
   */
  async readSettings(options?: SettingsReadOptions): Promise<ReadSettings> {
    return this.settings.read(options);
  }

  /**
   * Reads the board's own event log, oldest first.
   * @param isKnown whether an entry was read earlier: those before it may be left out; all are read, when missing
   * @throws BmsError see `SettingsRunner.readLog`
   */
  async readLog(isKnown: (entry: LogEntry) => boolean = () => false): Promise<readonly LogEntry[]> {
    return this.settings.readLog(isKnown);
  }

  /**
   * Reads the settings of the board, and plans how others are written to it. Nothing is written.
   * @throws BmsError see `SettingsRunner.plan`
   */
  async planSettings(request: SettingsRequest): Promise<PlannedSettings> {
    return this.settings.plan(request);
  }

  /**
   * Writes settings in a safe order, if the user allows it, and proves each by reading it back. When anything goes wrong
   * everything that was written is put back.
   * @throws BmsError see `SettingsRunner.apply`
   */
  async applySettings(request: SettingsRequest): Promise<AppliedSettings> {
    return this.settings.apply(request);
  }

  /** The place of an action that is requested now among all on the line: later ones have a higher one. */
  nextRequestNumber(): number {
    return this.options.bus.boards.nextRequestNumber();
  }

  /**
   * Leaves the line to something else for a while, such as a phone; after actions that are in progress on it.
   * @param forMs 0 takes it back at once
   * @throws BmsError `closed`
   */
  async pause(forMs: number): Promise<void> {
    this.checkRuns();
    await this.options.bus.pause(forMs);
  }

  /** What reads and writes settings, in this run. @throws BmsError `closed` */
  private get settings(): SettingsRunner {
    this.checkRuns();
    this.settingsRunner ??= this.newSettingsRunner();
    return this.settingsRunner;
  }

  private newSettingsRunner(): SettingsRunner {
    const { SettingsRunner } = settingsRunners();
    return new SettingsRunner({ ...this.settingsContext, signal: this.lifetime.signal });
  }

  private checkRuns(): void {
    if (!this.isRunning) throw this.closedError();
  }

  private noteOutage(condition: Condition): void {
    if (condition.phase === 'fresh' && this.isStable) this.presentOutage = undefined;
    if (condition.phase === 'lost') this.beginOutage(condition.error);
  }

  private beginOutage(error: BmsError): void {
    const isNew = this.presentOutage === undefined;
    this.presentOutage = error;
    if (isNew) this.outages.emit(error);
  }

  private closedError(): BmsError {
    return new BmsError('closed', say`${printable(this.name)} was closed.`);
  }
}
