import { actionValue, type ActionValue } from '../battery/action';
import { BmsError, toBmsError } from '../battery/errors';
import { quoted } from '../battery/quoted';
import type { Reading } from '../battery/reading';
import { say } from '../battery/sentence';
import type { Clock, Timer } from '../clock';
import type { Action, Decoded, ScriptInput as ScriptOrder, Target } from '../codec/protocol';
import { isRefusal } from '../codec/kit/refusal';
import type { Job } from './action-queue';
import type { Board, BoardFinder } from './board-finder';
import type { Bus } from './bus';
import { closedMidway, notConfirmed, nothingSent, notSaved, overtaken, refused, replaced } from './control-errors';
import { checkInterlocks } from './interlocks';
import { LineReopenedError } from './line';
import {
  isChange,
  isAlreadyDone,
  requestNumberOf,
  priorityOf,
  UNLIMITED,
  valueNow,
  type PendingAction,
  type RunningAction,
} from './pending-action';
import type { Priority } from './queue';
import { isWeak, outcome, readBack } from './read-back';
import { ScriptRunner } from './script-runner';
import type { SharedBoard } from './shared-board';
import type { ActionResult, SafeState, ActionRequest } from './action-request';

export type { ActionResult as Outcome, SafeState, ActionRequest as Wish } from './action-request';

export interface ActionRunnerOptions {
  /** of the device, for messages */
  name: string;
  bus: Bus;
  finder: BoardFinder;
  clock: Clock;
  /** whether the user allows this pack to be switched */
  allowed: boolean;
  /** What speaks against switching the board now, beside what the user allows; asked again when an action has its turn. */
  mayControl?(): BmsError | undefined;
  password: string;
  /** Reads the board once, where it has not been read on this connection: its variant must be known. */
  readFirst(priority: Priority): Promise<unknown>;
  /** Whether it must be read in any case: it may be another board by now. */
  mustReadFirst?(): boolean;
  /** when the device was read last, on the monotonic clock; undefined when never */
  lastReadAt(): number | undefined;
  /** Reads the board again, as it may have changed its state. */
  refresh(): Promise<Reading | undefined>;
}

const ALWAYS = (): boolean => true;

/**
 * Carries out what is wished of a board through one device, one action at a time on each board, whatever device it comes
 * through: reads the state, sends the request once, and reads back until the new state shows. Nothing is sent that is not
 * allowed, and nothing is sent again: after a lost acknowledgement the state that is read back decides.
 */
export class ActionRunner {
  private stopped = true;
  /** Whether the board has denied something although it could have the password: it is not sent again until a deploy. */
  private denied = false;
  private readonly pauses = new Set<{ timer: Timer; end(): void }>();

  constructor(private readonly options: ActionRunnerOptions) {}

  start(): void {
    this.stopped = false;
    this.denied = false;
  }

  /** Ends what is in progress after the exchange on the line; what waits is not begun. */
  stop(): void {
    this.stopped = true;
    this.options.bus.boards.withdraw(this, nothingSent(this.closedError()));
    for (const pause of [...this.pauses]) pause.end();
  }

  /**
   * Carries out what a message wishes when its turn comes. A wish takes the place of an earlier one for the same action that
   * has not begun; an equal one shares its outcome.
   * @param wished wishes count in the order of these calls, however long it takes to know them
   * @throws BmsError `denied`, `unsupported`, `bad_value` before anything is sent; `queue_full` when a later wish has taken its
   *   place; `rejected` when the board refuses; `not_confirmed` when the state did not change; `timeout`, `disconnected` when
   *   it could not be read back
   */
  async execute(wished: ActionRequest | Promise<ActionRequest>): Promise<ActionResult> {
    const { bus } = this.options;
    const requestNumber = bus.boards.nextRequestNumber();
    const wish = await bus.arrivals.inOrder(wished);
    const { onlyIfDifferent = false, minIntervalMs = 0, maxAgeMs = Infinity } = wish;
    const limits = { onlyIfDifferent, minIntervalMs, maxAgeMs };
    const { board, action } = await this.find(wish.action, 'control');
    const value = actionValue(action.name, action.input, wish.value);
    if (action.dangerous === true && wish.confirm !== action.name) {
      throw new BmsError(
        'denied',
        say`"${action.name}" is dangerous; the message must carry confirm: "${action.name}". Nothing was sent.`,
      );
    }
    const done = await this.enqueue(board, {
      kind: 'message',
      action,
      value,
      requestNumber,
      isWanted: ALWAYS,
      ...limits,
    });
    if (done === undefined) throw replaced(action, value, this.options.name);
    return done;
  }

  /**
   * Brings back what is wanted of the board, seen when its turn comes: the last wish that was carried out, or perhaps was.
   * @returns undefined when nothing is wanted, or a later wish is on its way
   * @throws BmsError see `carryOut`
   */
  async restore(wanted: string): Promise<ActionResult | undefined> {
    const { board, action } = await this.find(wanted, 'control');
    const shared = this.sharedOf(board);
    if (shared.desired(action.name) === undefined || shared.queue.hasWaiting(action.name)) return undefined;
    const requestNumber = 0;
    return this.enqueue(board, {
      ...UNLIMITED,
      kind: 'restore',
      action,
      value: undefined,
      requestNumber,
      isWanted: ALWAYS,
    });
  }

  /**
   * Goes to a safe state, ahead of everything else; earlier wishes for another state that wait are not carried out any more.
   * @returns undefined when a later wish was carried out, or the safe state is not wanted any more
   * @throws BmsError see `carryOut`
   */
  async applySafeState({
    action: wanted,
    value,
    requestNumber,
    isWanted,
  }: SafeState): Promise<ActionResult | undefined> {
    const { board, action } = await this.find(wanted, 'safety');
    // From now on it is what counts, also when the line breaks before it is reached.
    this.sharedOf(board).setDesired(action.name, { value, requestNumber });
    return this.enqueue(board, { ...UNLIMITED, kind: 'safe state', action, value, requestNumber, isWanted });
  }

  /** The board and its action. @throws BmsError `denied`, `unsupported`, or why there is no board; nothing was sent */
  private async find(wanted: string, priority: Priority): Promise<{ board: Board; action: Action }> {
    const { name, allowed, finder } = this.options;
    if (!allowed) {
      throw new BmsError(
        'denied',
        say`${name} is not allowed to be switched; tick "Allow this pack to be switched" in the device. Nothing was sent.`,
      );
    }
    try {
      this.checkMayControl();
      const board = await finder.find(priority);
      return { board, action: actionOf(board, wanted, name) };
    } catch (thrown) {
      throw nothingSent(toBmsError(thrown));
    }
  }

  private enqueue(board: Board, order: PendingAction): Promise<ActionResult | undefined> {
    const { kind, action, value, requestNumber, onlyIfDifferent, minIntervalMs, maxAgeMs } = order;
    const { bus, name } = this.options;
    if (this.stopped) return Promise.reject(nothingSent(this.closedError()));
    const shared = this.sharedOf(board);
    // What is brought back anew after another outage is not what is being brought back since the last.
    const own = { 'safe state': requestNumber, restore: bus.connections, message: 0 }[kind];
    const job: Job = {
      lane: kind === 'safe state' ? 'safety' : 'control',
      owner: this,
      action: action.name,
      value,
      key: JSON.stringify([kind, action.name, value, onlyIfDifferent, minIntervalMs, maxAgeMs, own]),
      perform: () => this.perform(board, order),
      replaced: () => (value === undefined || kind !== 'message' ? undefined : replaced(action, value, name)),
    };
    const done = shared.queue.add(job);
    bus.hold(done);
    return done;
  }

  private async perform(board: Board, order: PendingAction): Promise<ActionResult | undefined> {
    const shared = this.sharedOf(board);
    const value = valueNow(order, shared);
    if (value === undefined) return undefined;
    const turn: RunningAction = { ...order, value, board, shared };
    const { before, isDone } = await this.prepareOnOneConnection(turn).catch((thrown: unknown) => {
      throw nothingSent(toBmsError(thrown));
    });
    // Meanwhile a dead-man switch may have tripped, or somebody spoken again.
    if (valueNow(order, shared) !== value) return undefined;
    if (isDone) {
      shared.setDesired(order.action.name, { value, requestNumber: requestNumberOf(turn) });
      return outcome(order.action, value, before, before);
    }
    const lost = await this.send(turn, before);
    return this.confirm(turn, before, lost);
  }

  /** Another board may be there once the line was opened anew: then what was found out of the former one counts no more. */
  private async prepareOnOneConnection(turn: RunningAction): Promise<{ before: Decoded; isDone: boolean }> {
    const { bus } = this.options;
    for (;;) {
      const { connections } = bus;
      const prepared = await this.prepare(turn);
      if (bus.connections === connections) return prepared;
    }
  }

  /** Finds out how the board stands, and whether there is anything to do. @throws BmsError why nothing may be sent */
  private async prepare(turn: RunningAction): Promise<{ before: Decoded; isDone: boolean }> {
    const { action, board } = turn;
    const { reader, protocol } = board;
    const { bus, name, clock, lastReadAt, readFirst: acquaint } = this.options;
    this.checkOpen();
    this.checkMayControl();
    const times = { now: clock.monotonic(), lastReadAt: lastReadAt() };
    if (turn.kind === 'message') checkInterlocks({ ...turn, device: name, ...times });
    // A reading also logs in, where the module of a board wants that first.
    const isUnknown = protocol.actionsNeedReading === true || (bus.isRadio && protocol.ble?.login !== undefined);
    if (this.options.mustReadFirst?.() === true || (isUnknown && !reader.hasBeenRead)) {
      await acquaint(priorityOf(turn));
      this.checkMayControl();
    }
    const { target } = reader;
    if (action.applies?.(target) === false) throw unsupported(action.name, name);
    let before = await this.look(turn, target);
    let isDone = isAlreadyDone(turn, before);
    if (isDone && isWeak(protocol.checksum)) {
      await this.wait(action.confirm.everyMs);
      this.checkOpen();
      before = await this.look(turn, target);
      isDone = isAlreadyDone(turn, before);
    }
    this.checkOpen();
    this.checkMayControl();
    return { before, isDone };
  }

  /** Sends it, once. @returns why the acknowledgement is missing. @throws BmsError when the board has not taken it */
  private async send(turn: RunningAction, before: Decoded): Promise<BmsError | undefined> {
    const { action } = turn;
    const { password } = this.options;
    const runner = this.runnerFor(turn, { onOneConnection: true });
    try {
      await runner.run(action.script(this.scriptOrder(turn, before)));
      this.noteSent(turn, before, runner);
      return undefined;
    } catch (thrown) {
      this.noteSent(turn, before, runner);
      const error = toBmsError(thrown);
      // Of several requests the first may have been carried out before a later one was refused.
      if (runner.acted && isRefusal(error)) void this.options.refresh();
      if (error.code === 'denied' && password !== '') throw refused(this.denial(error), runner.acted);
      if (isRefusal(error)) throw runner.attempted ? refused(error, runner.acted) : nothingSent(error);
      if (!runner.acted) throw nothingSent(error);
      return error;
    }
  }

  private scriptOrder({ value, board }: RunningAction, before: Decoded): ScriptOrder {
    const { password, clock } = this.options;
    const usable = this.denied ? '' : password;
    return { value, target: board.reader.target, before, password: usable, now: new Date(clock.now()) };
  }

  /** Makes last what shows although its script broke off. @throws BmsError when the board has not said that it does */
  private async save(turn: RunningAction, before: Decoded): Promise<void> {
    const { action, value } = turn;
    if (action.save === undefined) return;
    this.checkOpenMidway(action, value);
    try {
      await this.runnerFor(turn, { onOneConnection: true }).run(action.save(this.scriptOrder(turn, before)));
    } catch (thrown) {
      throw notSaved(action, value, toBmsError(thrown));
    }
  }

  /** Keeps what was carried out, or perhaps was. */
  private noteSent(turn: RunningAction, before: Decoded, { acted }: ScriptRunner): void {
    const { action, value, shared } = turn;
    if (!acted) return;
    const last = shared.desired(action.name);
    if (isChange(turn, last?.value, before)) shared.noteChange(action.name, this.options.clock.monotonic());
    shared.setDesired(action.name, { value, requestNumber: requestNumberOf(turn) });
  }

  private async confirm(turn: RunningAction, before: Decoded, lost: BmsError | undefined): Promise<ActionResult> {
    const { action, value, board } = turn;
    const { clock, refresh } = this.options;
    const { target } = board.reader;
    const seen = await readBack({
      ...{ action, value, before, lost, clock, checksum: board.protocol.checksum },
      look: () => this.lookBack(turn, target),
      pause: (ms) => this.pauseBetweenLooks(turn, ms),
      isSilence: (error) => this.isSilence(error),
    });
    if ('outcome' in seen) {
      if (action.confirm.proof !== 'silence') void refresh();
      if (lost !== undefined) await this.save(turn, before);
      return seen.outcome;
    }
    const present = await refresh();
    throw notConfirmed(action, value, { present, unseen: seen.unseen, lost });
  }

  /** Between two looks nothing is half done: safe states may go first. */
  private async pauseBetweenLooks({ action, value, shared }: RunningAction, ms: number): Promise<void> {
    await this.wait(ms);
    this.checkOpenMidway(action, value);
    const done = await shared.queue.giveWay();
    if (done.includes(action.name)) throw overtaken(action, value);
    this.checkOpenMidway(action, value);
  }

  /** Looks at what has come of an action: on the board that it was sent to, which another may have replaced meanwhile. */
  private async lookBack(turn: RunningAction, target: Target): Promise<Decoded> {
    const { mustReadFirst: mustAcquaint, readFirst: acquaint, mayControl, name } = this.options;
    // Where silence is the proof, only this one question may be asked.
    const isProof = turn.action.confirm.proof !== undefined;
    if (!isProof && mustAcquaint?.() === true) await acquaint(priorityOf(turn));
    if (mayControl?.() !== undefined) throw new BmsError('denied', say`Another board answers as ${name} by now.`);
    return this.look(turn, target, isProof);
  }

  private look(turn: RunningAction, target: Target, isOnce = false): Promise<Decoded> {
    return this.runnerFor(turn, { isOnce }).run(turn.action.confirm.read(target));
  }

  /** @param how `isOnce`: whether reads are not repeated, which would not notice a silence */
  private runnerFor(turn: RunningAction, how: { isOnce?: boolean; onOneConnection?: boolean }): ScriptRunner {
    const { protocol, address, reader } = turn.board;
    const { isOnce = false, onOneConnection = false } = how;
    const profile = isOnce ? { ...reader.profile, retries: 0 } : reader.profile;
    const { bus } = this.options;
    return new ScriptRunner({ bus, protocol, address, profile, priority: priorityOf(turn), onOneConnection });
  }

  /** Whether it is the board that says nothing. A wire that is gone proves nothing of it; a radio goes with its board. */
  private isSilence(error: BmsError): boolean {
    const { code } = error;
    if (error instanceof LineReopenedError) return false;
    return code === 'timeout' || (this.options.bus.isRadio && (code === 'disconnected' || code === 'not_found'));
  }

  /** A wrong password is tried once: some boards lock themselves after a few. */
  private denial(error: BmsError): BmsError {
    if (this.denied) {
      const message = say`${this.options.name} rejected its password before; correct it in the device and deploy.`;
      return new BmsError('denied', message, error);
    }
    this.denied = true;
    return error;
  }

  private sharedOf({ protocol, address }: Board): SharedBoard {
    return this.options.bus.boards.of(protocol, address);
  }

  private wait(ms: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.pauses.delete(pause);
        pause.timer.cancel();
        resolve();
      };
      const pause = { timer: this.options.clock.after(ms, end), end };
      this.pauses.add(pause);
    });
  }

  private checkMayControl(): void {
    const objection = this.options.mayControl?.();
    if (objection !== undefined) throw objection;
  }

  private checkOpen(): void {
    if (this.stopped) throw this.closedError();
  }

  private checkOpenMidway(action: Action, value: ActionValue): void {
    if (this.stopped) throw closedMidway(this.closedError(), action, value);
  }

  private closedError(): BmsError {
    return new BmsError('closed', say`${this.options.name} was closed.`);
  }
}

function actionOf({ protocol }: Board, wanted: string, device: string): Action {
  const action = protocol.actions?.find(({ name }) => name === wanted);
  if (action !== undefined) return action;
  const known = (protocol.actions ?? []).map(({ name }) => name).join(', ');
  const offer = known === '' ? say`Its protocol offers no actions.` : say`Its protocol offers ${known}.`;
  throw new BmsError('unsupported', say`${device} has no action ${quoted(wanted)}. ${offer} Nothing was sent.`);
}

function unsupported(action: string, device: string): BmsError {
  return new BmsError('unsupported', say`The board of ${device} does not have "${action}". Nothing was sent.`);
}
