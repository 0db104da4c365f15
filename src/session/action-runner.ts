import { actionValue, type ActionName, type ActionValue } from '../battery/action';
import { NotSentError, toBmsError, type BmsError } from '../battery/errors';
import { quoted } from '../battery/quoted';
import { say } from '../battery/sentence';
import type { Action } from '../codec/protocol';
import type { ActionRequest, ActionResult, SafeState } from './action-request';
import { ActionTurn, closedError, type ActionContext } from './action-turn';
import type { Board, BoardFinder } from './board-finder';
import type { Job } from './board-queue';
import { nothingSent, replaced } from './control-errors';
import { interlockOf } from './interlocks';
import { ENDED } from './lifetime';
import { UNLIMITED, valueNow, type PendingAction } from './pending-action';
import type { Priority } from './queue';
import type { Desired, SharedBoard } from './shared-board';

export interface ActionRunnerOptions extends Omit<ActionContext, 'signal'> {
  readonly finder: BoardFinder;
  /** whether the user allows this pack to be switched */
  readonly allowed: boolean;
}

/** Requests of an action. */
export interface ActionRequests {
  /** the last one that was carried out, or perhaps was */
  readonly desired?: Desired | undefined;
  /** the last one at all */
  readonly requested?: Desired | undefined;
}

/** What speaks against a request. */
export interface Objections {
  /** a rule of the user */
  readonly rule?: BmsError | undefined;
  /** the board, which is another one, or does not offer the action */
  readonly board?: BmsError | undefined;
}

const ALWAYS = (): boolean => true;

/**
 * Carries out the actions that are requested of a board through one device, one at a time on each board, whatever device
 * they come through. Nothing is sent that is not allowed.
 */
export class ActionRunner {
  private signal = ENDED;

  constructor(private readonly options: ActionRunnerOptions) {}

  /** @param signal ends what is in progress after the exchange on the line; what waits is not begun */
  start(signal: AbortSignal): void {
    const { bus, name } = this.options;
    this.signal = signal;
    signal.addEventListener('abort', () => bus.boards.withdraw(this, nothingSent(closedError(name))));
  }

  /**
   * Carries out what a message requests when its turn comes. It takes the place of an earlier request for the same action
   * that has not begun; an equal one shares its result.
   * @param requested requests count in the order of these calls, however long it takes to know them
   * @throws BmsError `denied`, `unsupported`, `bad_value` before anything is sent; `queue_full` when a later request has
   *   taken its place; `rejected` when the board refuses; `not_confirmed` when the state did not change; `timeout`,
   *   `disconnected` when it could not be read back
   */
  async execute(requested: ActionRequest | Promise<ActionRequest>): Promise<ActionResult> {
    const { bus, name } = this.options;
    const requestNumber = bus.boards.nextRequestNumber();
    const request = await bus.arrivals.inOrder(requested);
    const { onlyIfDifferent = false, minIntervalMs = 0, maxAgeMs = Infinity } = request;
    const { board, action } = await this.find(request.action, 'control');
    const value = actionValue(action.name, action.input, request.value);
    if (action.dangerous === true && request.confirm !== action.name) {
      throw new NotSentError(
        'denied',
        say`"${action.name}" is dangerous; the message must carry confirm: "${action.name}". Nothing was sent.`,
      );
    }
    this.sharedOf(board).noteRequest(action.name, { value, requestNumber });
    const limits = { onlyIfDifferent, minIntervalMs, maxAgeMs };
    const pending = { kind: 'message', action, value, requestNumber, isWanted: ALWAYS, ...limits } as const;
    const done = await this.enqueue(board, pending);
    if (done === undefined) throw replaced(action, value, name);
    return done;
  }

  /**
   * Brings back what is wanted of the board, seen when its turn comes: the last request that was carried out, or perhaps
   * was.
   * @returns undefined when nothing is wanted, or a later request waits
   * @throws BmsError see `execute`
   */
  async restore(wanted: string): Promise<ActionResult | undefined> {
    const { board, action } = await this.find(wanted, 'control');
    const shared = this.sharedOf(board);
    if (shared.desired(action.name) === undefined || shared.queue.hasWaiting(action.name)) return undefined;
    const what = { kind: 'restore', action, value: undefined, requestNumber: 0, isWanted: ALWAYS } as const;
    return this.enqueue(board, { ...UNLIMITED, ...what });
  }

  /**
   * Goes to a safe state, ahead of everything else; earlier requests for another state that wait are not carried out.
   * @returns undefined when a later request was carried out, or the safe state is not wanted any more
   * @throws BmsError see `execute`
   */
  async applySafeState(state: SafeState): Promise<ActionResult | undefined> {
    const { value, requestNumber, isWanted } = state;
    const { board, action } = await this.find(state.action, 'safety');
    // From now on it is what counts, also when the line breaks before it is reached.
    this.sharedOf(board).setDesired(action.name, { value, requestNumber });
    this.sharedOf(board).noteRequest(action.name, { value, requestNumber });
    return this.enqueue(board, { ...UNLIMITED, kind: 'safe state', action, value, requestNumber, isWanted });
  }

  /** The last request of an action that was carried out, or perhaps was, and the last one at all; of a board that is known. */
  requestsOf(action: ActionName): ActionRequests {
    const board = this.options.finder.current;
    if (board === undefined) return {};
    const shared = this.sharedOf(board);
    return { desired: shared.desired(action), requested: shared.requested(action) };
  }

  /** What speaks against a request now, as far as it is known without asking the board. @param value of the action */
  objectionsTo(request: ActionRequest, value: ActionValue): Objections {
    const { name, allowed, finder, guard, clock, reader } = this.options;
    if (!allowed) return { rule: notAllowed(name) };
    const objection = guard.objection();
    const board = finder.current;
    if (objection !== undefined || board === undefined) return { board: objection };
    try {
      const action = actionOf(board, request.action, name);
      const { minIntervalMs = 0, maxAgeMs = Infinity } = request;
      const rules = { device: name, action, value, shared: this.sharedOf(board), minIntervalMs, maxAgeMs };
      return { rule: interlockOf({ ...rules, now: clock.monotonic(), lastReadAt: reader.lastReadAt }) };
    } catch (thrown) {
      return { board: toBmsError(thrown) };
    }
  }

  /** The board and its action. @throws BmsError `denied`, `unsupported`, or why there is no board; nothing was sent */
  private async find(wanted: string, priority: Priority): Promise<{ board: Board; action: Action }> {
    const { name, allowed, finder, guard } = this.options;
    if (!allowed) throw notAllowed(name);
    try {
      const objection = guard.objection();
      if (objection !== undefined) throw objection;
      const board = await finder.find(priority);
      return { board, action: actionOf(board, wanted, name) };
    } catch (thrown) {
      throw nothingSent(toBmsError(thrown));
    }
  }

  private enqueue(board: Board, pending: PendingAction): Promise<ActionResult | undefined> {
    const { kind, action, value, requestNumber, onlyIfDifferent, minIntervalMs, maxAgeMs } = pending;
    const { bus, name } = this.options;
    if (this.signal.aborted) return Promise.reject(nothingSent(closedError(name)));
    const shared = this.sharedOf(board);
    // A restore after another outage is not the one that is in progress since the last.
    const own = { 'safe state': requestNumber, restore: bus.connections, message: 0 }[kind];
    const job: Job<ActionResult | undefined> = {
      lane: kind === 'safe state' ? 'safety' : 'control',
      owner: this,
      action: { name: action.name, value },
      key: JSON.stringify([kind, action.name, value, onlyIfDifferent, minIntervalMs, maxAgeMs, own]),
      perform: () => this.perform(board, shared, pending),
      replaced: () => (value === undefined || kind !== 'message' ? undefined : replaced(action, value, name)),
    };
    const done = shared.queue.add(job);
    bus.hold(done);
    return done;
  }

  private async perform(board: Board, shared: SharedBoard, pending: PendingAction): Promise<ActionResult | undefined> {
    const { signal, options } = this;
    const value = valueNow(pending, shared);
    if (value === undefined) return undefined;
    return new ActionTurn({ ...options, signal }, { ...pending, value, board, shared }).perform();
  }

  private sharedOf({ protocol, address }: Board): SharedBoard {
    return this.options.bus.boards.of(protocol, address);
  }
}

function notAllowed(device: string): BmsError {
  return new NotSentError(
    'denied',
    say`${device} is not allowed to be switched; tick "Allow this pack to be switched" in the device. Nothing was sent.`,
  );
}

function actionOf({ protocol }: Board, wanted: string, device: string): Action {
  const action = protocol.actions?.find(({ name }) => name === wanted);
  if (action !== undefined) return action;
  const known = (protocol.actions ?? []).map(({ name }) => name).join(', ');
  const offer = known === '' ? say`Its protocol offers no actions.` : say`Its protocol offers ${known}.`;
  throw new NotSentError('unsupported', say`${device} has no action ${quoted(wanted)}. ${offer} Nothing was sent.`);
}
