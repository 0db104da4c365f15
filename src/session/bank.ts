import { bankOf, type BankResult } from '../battery/bank/bank';
import type { Member, PackLimits } from '../battery/bank/member';
import type { BankLimits } from '../battery/bank/pack-limits';
import type { BankReading } from '../battery/bank/reading';
import { BANK_DEFAULTS, type BankSettings } from '../battery/bank/settings';
import { resumeBank } from '../battery/bank/resume';
import { newState } from '../battery/bank/state';
import { switchCandidates, type SwitchCandidate } from '../battery/bank/switch-candidates';
import { BmsError, toBmsError } from '../battery/errors';
import { freshFor } from '../battery/fresh-for';
import type { Identity } from '../battery/identity';
import { printable, quoted } from '../battery/quoted';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import type { ActionRequest, ActionResult, SafeState } from './action-request';
import { BankCondition } from './bank/bank-condition';
import { BankGuard } from './bank/bank-guard';
import { GroupControl } from './bank/group-control';
import { linkSum } from './bank/link-sum';
import { OneWayJoins, type JoinStep } from './bank/one-way-joins';
import { checkNames, isAway, isExpected, memberOf, timesOf, type BankMember } from './bank/pack-device';
import { PackLimitsTable } from './bank/pack-limits-table';
import { Rounds } from './bank/rounds';
import { storedBankIn, type StoredBank } from './bank/stored-bank';
import type { Battery, Exclusion, ReadOptions } from './battery';
import type { Device } from './device';
import type { Condition } from './device-condition';
import { Lifetime } from './lifetime';
import { Signal } from './signal';
import type { LinkFigures, Snapshot } from './snapshot';

export type { BankMember } from './bank/pack-device';
export type { StoredBank } from './bank/stored-bank';

/** A reading is stale after so many rounds; without polls after so long, ms. */
const STALE_ROUNDS = 3;
const STALE_UNPOLLED_MS = 10 * 60_000;
const LEAST_INTERVAL_MS = 1000;

/** Settings of a bank, without what its members and its messages say. */
export type BankChoices = Omit<BankSettings, 'name' | 'packs' | 'excluded'>;

export interface BankOptions {
  readonly name: string;
  /** in the order in which their cells are numbered; each device once */
  readonly members: readonly BankMember[];
  /** `BANK_DEFAULTS`, where missing */
  readonly choices?: Partial<BankChoices>;
  /** the longest time from the first reading of a round to the message, ms; the longest poll interval, when missing */
  readonly intervalMs?: number | undefined;
  readonly clock: Clock;
}

/** A read in progress, and those who get it as their answer. */
interface Active {
  readonly askers: Set<object>;
  readonly done: Promise<Snapshot>;
}

/**
 * Several packs as one battery (bank.md): one reading a round, one condition, one answer to an action. Its devices run by
 * themselves; the bank only follows them.
 */
export class Bank implements Battery {
  readonly protocolId = 'bank';
  readonly address = '';
  /** every reading, of a round or requested */
  readonly readings = new Signal<Snapshot>();
  /** what every step has led to, also while there is no reading */
  readonly steps = new Signal<BankResult>();
  /** every change of what outlives a deploy; `isUrgent`: it was not measured, but asked for */
  readonly kept = new Signal<{ readonly stored: StoredBank; readonly isUrgent: boolean }>();
  readonly changed: Signal<Condition>;
  readonly outages: Signal<BmsError>;
  readonly guard: BankGuard;
  /** a pack that was away answers again, or was put back, while the bank was there: its board may have forgotten its state */
  readonly packBack = new Signal<string>();
  /** what the bank has done by itself with packs that join by one direction */
  readonly joined: Signal<JoinStep>;
  last: Snapshot | undefined;

  private readonly lifetime = new Lifetime();
  private readonly presence = new BankCondition();
  private readonly rounds: Rounds;
  private readonly given: PackLimitsTable;
  private readonly group: GroupControl;
  private readonly joins = new OneWayJoins((pack) => this.counted.find(({ name }) => name === pack));
  /** names of packs that do not answer */
  private readonly away = new Set<string>();
  /** shared with the parts of the bank, see `follow` */
  private readonly devices: Device[];
  private readonly intervalMs: number;
  private settings: BankSettings;
  private result: BankResult | undefined;
  private state: StoredBank['state'];
  private active: Active | undefined;
  private lastReadAt: number | undefined;
  private sequence = 0;

  /** @throws BmsError `bad_value` where it has no packs, or a device or a name twice */
  constructor(private readonly options: BankOptions) {
    const { name, members, choices, clock } = options;
    this.devices = members.map(({ device }) => device);
    checkNames(name, this.devices);
    const packs = members.map(({ device, group = '', capacity }) => ({ name: device.name, group, capacity }));
    this.settings = { ...BANK_DEFAULTS, ...choices, name, packs, excluded: [] };
    const longest = Math.max(...this.devices.map(({ pollIntervalMs }) => pollIntervalMs));
    this.intervalMs = Math.max(LEAST_INTERVAL_MS, options.intervalMs ?? longest);
    this.guard = new BankGuard(this.devices);
    this.changed = this.presence.changed;
    this.outages = this.presence.outages;
    const { intervalMs } = this;
    const expected = (): string[] => this.expected();
    this.rounds = new Rounds({ clock, intervalMs, expected, onRound: (isNew) => this.endRound(isNew) });
    this.joined = this.joins.steps;
    this.group = new GroupControl({
      ...{ name: printable(name), clock, joins: this.joins },
      settings: () => this.settings,
      devices: () => this.counted,
      signal: () => this.lifetime.signal,
      candidates: (switchedOn) => this.presentCandidates(switchedOn),
    });
    this.given = new PackLimitsTable(clock, () => this.step());
  }

  get name(): string {
    return this.options.name;
  }

  get condition(): Condition {
    return this.presence.condition;
  }

  get outage(): BmsError | undefined {
    return this.presence.outage;
  }

  get link(): LinkFigures {
    return linkSum(this.devices);
  }

  get ageMs(): number | undefined {
    return this.lastReadAt === undefined ? undefined : this.options.clock.monotonic() - this.lastReadAt;
  }

  get staleAfterMs(): number {
    const isPolled = this.devices.some(({ pollIntervalMs }) => pollIntervalMs > 0);
    return isPolled ? STALE_ROUNDS * this.intervalMs : STALE_UNPOLLED_MS;
  }

  /** What the packs allow together, each with limits of its own; undefined while one of them has none (bank.md 7, way b). */
  get limits(): BankLimits | undefined {
    return this.result?.limits;
  }

  /** Whether all its lines are left to something else, so that nothing is missed. */
  private get isReleased(): boolean {
    return this.counted.length > 0 && this.counted.every(({ condition }) => condition.phase === 'paused');
  }

  /** Names of its packs in the order of the settings. */
  get packs(): readonly string[] {
    return this.settings.packs.map(({ name }) => name);
  }

  get stored(): StoredBank {
    return {
      at: this.options.clock.now(),
      excluded: this.settings.excluded,
      state: this.state,
      joins: this.joins.stored,
    };
  }

  /** Takes up what an earlier run has kept, before `start` or soon after it. @param kept as it was stored; anything else is ignored */
  resume(kept: unknown): void {
    const { excluded, state, joins } = storedBankIn(kept, this.options.clock);
    const all = new Set([...this.settings.excluded, ...excluded]);
    this.settings = { ...this.settings, excluded: this.packs.filter((name) => all.has(name)) };
    if (state !== undefined) this.state = state;
    this.joins.resume(joins);
    if (this.isRunning) this.step();
  }

  /** Begins to follow its devices. */
  start(): void {
    const signal = this.lifetime.start();
    if (signal === undefined) return;
    const unsubscribes = this.devices.flatMap((device) => [
      device.readings.subscribe(() => this.rounds.gave(device.name)),
      device.changed.subscribe(() => this.onDevice(device)),
    ]);
    unsubscribes.push(this.guard.watch());
    signal.addEventListener('abort', () => unsubscribes.forEach((unsubscribe) => unsubscribe()));
    this.watchAnew();
    this.joins.resume(this.joins.stored);
    this.rounds.start();
    this.step();
  }

  /**
   * Follows other devices in the place of those of the same names, which were deployed anew.
   * @param devices in the order of the settings
   * @throws BmsError `bad_value` where one has another name
   */
  follow(devices: readonly Device[]): void {
    const other = devices.find(({ name }, i) => name !== this.packs[i]);
    if (other !== undefined || devices.length !== this.devices.length) {
      throw new BmsError('bad_value', say`The packs of ${printable(this.name)} have changed; deploy the bank as well.`);
    }
    const { isRunning } = this;
    this.stop();
    this.devices.splice(0, devices.length, ...devices);
    // As after a deploy of the bank: packs that counted need not wait.
    this.resume(this.stored);
    if (isRunning) this.start();
  }

  /** Stops following. A reading in progress is not delivered any more. */
  stop(): void {
    this.lifetime.end();
    this.rounds.stop();
    this.given.stop();
    this.away.clear();
    this.presence.rest();
  }

  read({ priority, asker }: ReadOptions = {}): Promise<Snapshot> {
    if (!this.isRunning) return Promise.reject(this.closedError());
    this.active ??= this.readAll(priority);
    if (asker !== undefined) this.active.askers.add(asker);
    return this.active.done;
  }

  /**
   * Switches all packs, each through its own device: `charge`, `discharge`, `balancing`, `heating`. Off is asked of all; on only
   * of those whose voltage is near that of the bank, unless the message says `confirm: "connect"` (bank.md 5).
   * @throws BmsError see `Battery.control`; what became of each pack is in its `cause.packs`
   */
  control(request: ActionRequest | Promise<ActionRequest>): Promise<ActionResult> {
    return this.group.control(request);
  }

  restore(action: string): Promise<ActionResult | undefined> {
    return this.group.restore(action);
  }

  applySafeState(state: SafeState): Promise<ActionResult | undefined> {
    return this.group.applySafeState(state);
  }

  nextRequestNumber(): number {
    return this.group.nextRequestNumber();
  }

  async pause(forMs: number): Promise<void> {
    if (!this.isRunning) throw this.closedError();
    await Promise.all(this.devices.map((device) => device.pause(forMs)));
  }

  acceptBoard(): Identity | undefined {
    return this.guard.accept();
  }

  exclude(pack: string, value: boolean): Exclusion {
    this.checkPack(pack);
    const others = new Set(this.settings.excluded.filter((name) => name !== pack));
    const excluded = this.packs.filter((name) => others.has(name) || (value && name === pack));
    const isBack = !value && this.settings.excluded.includes(pack);
    this.settings = { ...this.settings, excluded };
    if (this.isRunning) this.step(true);
    this.rounds.look();
    if (isBack) this.packBack.emit(pack);
    return { action: 'exclude', pack, value, excluded };
  }

  /**
   * Takes what a limits node makes of one pack. It counts as long as the reading of the pack would.
   * @throws BmsError `bad_value` where the bank has no such pack
   */
  takeLimits(pack: string, limits: PackLimits): void {
    this.checkPack(pack);
    if (this.isRunning) this.given.take(pack, limits);
  }

  private get isRunning(): boolean {
    return !this.lifetime.signal.aborted;
  }

  /** Devices of the packs that are not taken out. */
  private get counted(): readonly Device[] {
    return this.devices.filter(({ name }) => !this.settings.excluded.includes(name));
  }

  private checkPack(pack: string): void {
    if (this.packs.includes(pack)) return;
    const known = this.packs.map((name) => printable(name)).join(', ');
    throw new BmsError('bad_value', say`${this.name} has no pack ${quoted(pack)}; its packs are ${known}.`);
  }

  private expected(): string[] {
    const states = new Map(this.result?.packs.map(({ pack, state }) => [pack, state]));
    const isFresh = (device: Device): boolean =>
      states.get(device.name) !== 'stale' && isExpected(device, freshFor(device.pollIntervalMs / 1000) * 1000);
    return this.counted.filter(isFresh).map(({ name }) => name);
  }

  private onDevice(device: Device): void {
    this.rounds.look();
    if (isAway(device)) this.away.add(device.name);
    else if (device.condition.phase === 'fresh' && this.away.delete(device.name)) {
      if (this.condition.phase === 'fresh') this.packBack.emit(device.name);
    }
  }

  private endRound(isNew: boolean): void {
    const { reading } = this.step();
    if (isNew && reading !== undefined) this.deliver(reading, { requested: false, askers: new Set() });
  }

  /** Brings everything up to the present. */
  private step(isUrgent = false): BankResult {
    if (this.isReleased && this.result !== undefined) {
      this.presence.update(this.result, this.counted);
      if (isUrgent) this.kept.emit({ stored: this.stored, isUrgent });
      return this.result;
    }
    if (this.condition.phase === 'paused') this.watchAnew();
    const result = bankOf(this.settings, this.members(), this.state, this.options.clock.monotonic());
    this.result = result;
    this.state = result.state;
    this.presence.update(result, this.counted);
    this.steps.emit(result);
    if (this.kept.size > 0) this.kept.emit({ stored: this.stored, isUrgent });
    if (!this.joins.isEmpty) this.joins.look(this.candidates());
    return result;
  }

  /** After a time in which the packs were not followed. */
  private watchAnew(): void {
    const now = this.options.clock.monotonic();
    if (this.state !== undefined) this.state = resumeBank(this.state, now, now - this.state.now);
  }

  private members(): Member[] {
    return this.devices.map((device) => memberOf(device, this.given.of(device, this.settings)));
  }

  private candidates(switchedOn?: ReadonlySet<string>): SwitchCandidate[] {
    const state = this.state ?? newState(this.options.clock.monotonic());
    return switchCandidates(this.settings, this.members(), state, switchedOn);
  }

  /** With what was read by now. */
  private presentCandidates(switchedOn: ReadonlySet<string>): SwitchCandidate[] {
    if (this.isRunning) this.step();
    return this.candidates(switchedOn);
  }

  private readAll(priority: ReadOptions['priority']): Active {
    const askers = new Set<object>();
    const reads = (): Promise<PromiseSettledResult<Snapshot>[]> =>
      Promise.allSettled(this.counted.map((device) => device.read({ priority })));
    const done = this.rounds
      .during(reads)
      .then((outcomes) => this.answer(outcomes, askers))
      .finally(() => (this.active = undefined));
    return { askers, done };
  }

  private answer(outcomes: readonly PromiseSettledResult<Snapshot>[], askers: ReadonlySet<object>): Snapshot {
    if (!this.isRunning) throw this.closedError();
    const { reading, error } = this.step();
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (reading === undefined) throw error ?? toBmsError(failed?.reason);
    if (failed !== undefined && outcomes.every(({ status }) => status === 'rejected')) throw toBmsError(failed.reason);
    return this.deliver(reading, { requested: true, askers });
  }

  private deliver(reading: BankReading, how: Pick<Snapshot, 'requested' | 'askers'>): Snapshot {
    const { name, protocolId, address, link, guard } = this;
    const snapshot: Snapshot = {
      ...{
        reading,
        device: name,
        protocol: protocolId,
        address,
        link,
        ...how,
        ...timesOf(reading, this.devices, this.options.clock.now()),
      },
      sequence: ++this.sequence,
      isOtherBoard: guard.otherBoard !== undefined,
    };
    this.last = snapshot;
    this.lastReadAt = this.options.clock.monotonic();
    this.readings.emit(snapshot);
    return snapshot;
  }

  private closedError(): BmsError {
    return new BmsError('closed', say`${printable(this.name)} was closed.`);
  }
}
