import { actionValue, type ActionName, type ActionValue } from '../../battery/action';
import { groupError, hasSucceeded, lastFeedError, reportsOf, type PackOutcome } from '../../battery/bank/switching';
import type { BmsError } from '../../battery/errors';
import { NotSentError } from '../../battery/errors';
import { quoted } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import type { Clock } from '../../clock';
import type { ActionRequest, ActionResult, SafeState } from '../action-request';
import { closedError } from '../action-turn';
import { Arrivals } from '../arrivals';
import { nothingSent, replaced } from '../control-errors';
import type { Device } from '../device';
import { askPack, isLost, notAnswering, type GroupTurn } from './pack-turn';
import { SwitchIn, type SwitchInContext } from './switch-in';

/** What can be asked of all packs of a bank; all else means one board only. */
const GROUP_ACTIONS = ['charge', 'discharge', 'balancing', 'heating'] as const;
type GroupAction = (typeof GROUP_ACTIONS)[number];

/** Trips of dead-man switches whose places among the requests are remembered. */
const MOST_NUMBERS = 64;

export interface GroupContext extends SwitchInContext {
  readonly name: string;
  readonly clock: Clock;
  /** Devices of the packs that are not taken out. */
  devices(): readonly Device[];
  /** Of the present run of the bank: when it ends, no pack is asked any more. */
  signal(): AbortSignal;
}

/** A group action in progress. */
interface Run {
  readonly key: string;
  isReplaced: boolean;
  done?: Promise<ActionResult>;
}

/** The place of a group action among the requests of each device. */
type Places = ReadonlyMap<Device, number>;

/** Switches all packs of a bank, each through its own device (bank.md 5). A later request for the same action ends an earlier one. */
export class GroupControl {
  private readonly arrivals: Arrivals;
  private readonly runs = new Map<ActionName, Run>();
  private readonly places = new Map<number, Places>();
  private lastNumber = 0;
  /** packs are switched in for one action at a time, so that each is compared with those that are there */
  private switchingIn: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: GroupContext) {
    this.arrivals = new Arrivals(context.clock);
  }

  /** @throws BmsError see `Battery.control`; what became of each pack is in its `cause` */
  async control(requested: ActionRequest | Promise<ActionRequest>): Promise<ActionResult> {
    const request = await this.arrivals.inOrder(requested);
    this.checkRuns();
    const action = this.actionOf(request.action);
    const value = actionValue(action, { kind: 'switch' }, request.value) === true;
    const { confirm, onlyIfDifferent, minIntervalMs, maxAgeMs } = request;
    const key = JSON.stringify([value, confirm, onlyIfDifferent, minIntervalMs, maxAgeMs]);
    const known = this.runs.get(action);
    if (known?.done !== undefined && known.key === key) return known.done;
    this.checkRequest(request, action, value);
    this.replaceRun(action);
    const run: Run = { key, isReplaced: false };
    this.runs.set(action, run);
    run.done = this.carryOut(run, action, value, request).finally(() => this.end(action, run));
    return run.done;
  }

  /** @throws BmsError see `control` */
  async restore(wanted: string): Promise<ActionResult | undefined> {
    this.checkRuns();
    const action = this.actionOf(wanted);
    if (this.runs.has(action)) return undefined;
    const desired = (device: Device): ActionValue | undefined => device.requestsOf(action).desired?.value;
    const devices = this.context.devices().filter((device) => !isLost(device));
    const turn = (value: boolean): GroupTurn =>
      this.turn({ action, value, perform: (device) => device.restore(action) }, () => this.runs.has(action));
    const off = await inTurn(
      turn(false),
      devices.filter((device) => desired(device) === false),
    );
    const on = await this.switchIn(
      turn(true),
      devices.filter((device) => desired(device) === true),
      false,
    );
    return this.answer(action, off.length === 0, [...off, ...on]);
  }

  /** @throws BmsError see `control` */
  async applySafeState({
    action: wanted,
    value,
    requestNumber,
    isWanted,
  }: SafeState): Promise<ActionResult | undefined> {
    this.checkRuns();
    const action = this.actionOf(wanted);
    this.replaceRun(action);
    if (isPath(action)) this.context.joins.forget(action);
    const places = this.places.get(requestNumber) ?? this.newPlaces();
    const perform = (device: Device): Promise<ActionResult | undefined> => {
      const place = places.get(device) ?? device.nextRequestNumber();
      return device.applySafeState({ action, value, requestNumber: place, isWanted });
    };
    const turn = this.turn({ action, value, asksLost: true, perform });
    const devices = this.context.devices();
    const outcomes = value
      ? await this.switchIn(turn, devices, false)
      : (await Promise.all(devices.map((device) => askPack(turn, device)))).filter((each) => each !== undefined);
    return this.answer(action, value, outcomes);
  }

  /** The place of an action that is requested now: later ones have a higher one. */
  nextRequestNumber(): number {
    this.places.set(++this.lastNumber, this.newPlaces());
    const [oldest] = this.places.keys();
    if (this.places.size > MOST_NUMBERS && oldest !== undefined) this.places.delete(oldest);
    return this.lastNumber;
  }

  private async carryOut(run: Run, action: GroupAction, value: boolean, request: ActionRequest): Promise<ActionResult> {
    const places = this.newPlaces();
    const perform = (device: Device): Promise<ActionResult> => device.control({ ...request, action, value });
    const isReplaced = (device: Device): boolean => {
      const { requested } = device.requestsOf(action);
      const isLater = (requested?.requestNumber ?? 0) > (places.get(device) ?? Infinity);
      return run.isReplaced || (isLater && requested?.value !== value);
    };
    const turn = this.turn({ action, value, perform }, isReplaced);
    const devices = this.context.devices();
    if (!value && isPath(action)) this.context.joins.forget(action);
    const outcomes = value
      ? await this.switchIn(turn, devices, request.confirm === 'connect')
      : await inTurn(turn, devices);
    const answer = this.answer(action, value, outcomes);
    if (answer === undefined) throw this.noPacks();
    return answer;
  }

  /** @throws BmsError why nothing may be sent to any pack */
  private checkRequest(request: ActionRequest, action: GroupAction, value: boolean): void {
    const { topology } = this.context.settings();
    const devices = this.context.devices();
    if (devices.length === 0) throw this.noPacks();
    const asked = devices.filter((device) => !isLost(device));
    const lost = devices.find(isLost);
    if (value && topology === 'series' && isPath(action) && lost !== undefined) throw notAnswering(lost.name);
    for (const device of asked) {
      const { rule, board } = device.objectionsTo({ ...request, action }, value);
      const objection = rule ?? (value ? board : undefined);
      if (objection !== undefined) throw objection;
    }
    if (value || action !== 'discharge' || request.confirm === 'discharge') return;
    const feeding = asked.filter(({ last }) => last?.reading.dischargeEnabled !== false).map(({ name }) => name);
    const error = lastFeedError(feeding, feeding);
    if (error !== undefined) throw error;
  }

  /** @param isReplaced whether a later request of a pack, or of all, counts now */
  private turn(
    how: Omit<GroupTurn, 'isCounted' | 'objectionTo'>,
    isReplaced: (device: Device) => boolean = () => false,
  ): GroupTurn {
    const signal = this.context.signal();
    const { action, value } = how;
    return {
      ...how,
      isCounted: (device) => this.context.devices().includes(device),
      objectionTo: (device) => {
        if (signal.aborted) return nothingSent(closedError(this.context.name));
        return isReplaced(device) ? replaced({ name: action }, value, device.name) : undefined;
      },
    };
  }

  private switchIn(turn: GroupTurn, devices: readonly Device[], isConfirmed: boolean): Promise<PackOutcome[]> {
    const done = this.switchingIn.then(() => new SwitchIn(this.context, turn, devices, isConfirmed).run());
    this.switchingIn = done.catch(() => undefined);
    return done;
  }

  /** @returns undefined where nothing was wanted of any pack. @throws BmsError where it was not carried out */
  private answer(action: GroupAction, value: boolean, outcomes: readonly PackOutcome[]): ActionResult | undefined {
    if (outcomes.length === 0) return undefined;
    const isOff = !value && isPath(action);
    if (!hasSucceeded(this.context.settings(), outcomes, isOff)) throw groupError(outcomes);
    const [before, after] = [common(outcomes.map((each) => each.before)), common(outcomes.map((each) => each.after))];
    const known = { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
    return { action, value, ...known, packs: reportsOf(outcomes) };
  }

  private newPlaces(): Places {
    return new Map(this.context.devices().map((device) => [device, device.nextRequestNumber()]));
  }

  private replaceRun(action: ActionName): void {
    const run = this.runs.get(action);
    if (run !== undefined) run.isReplaced = true;
    this.runs.delete(action);
  }

  private end(action: ActionName, run: Run): void {
    if (this.runs.get(action) === run) this.runs.delete(action);
  }

  private actionOf(wanted: string): GroupAction {
    const action = GROUP_ACTIONS.find((name) => name === wanted);
    if (action !== undefined) return action;
    const known = GROUP_ACTIONS.join(', ');
    throw new NotSentError(
      'unsupported',
      say`${this.context.name} has no action ${quoted(wanted)}. A bank offers ${known}; for all else choose the device of a pack. Nothing was sent.`,
    );
  }

  private noPacks(): BmsError {
    return new NotSentError('not_found', say`All packs of ${this.context.name} are taken out. Nothing was sent.`);
  }

  private checkRuns(): void {
    if (this.context.signal().aborted) throw nothingSent(closedError(this.context.name));
  }
}

async function inTurn(turn: GroupTurn, devices: readonly Device[]): Promise<PackOutcome[]> {
  const outcomes: PackOutcome[] = [];
  for (const device of devices) {
    const outcome = await askPack(turn, device);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  return outcomes;
}

const isPath = (action: ActionName): action is 'charge' | 'discharge' => action === 'charge' || action === 'discharge';

/** The value that all have. */
function common(values: readonly (ActionValue | undefined)[]): ActionValue | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
