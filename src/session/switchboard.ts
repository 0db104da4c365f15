import { actionValue, type ActionName, type ActionValue } from '../battery/action';
import type { Alarm } from '../battery/alarm';
import { BmsError, toBmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import type { Clock, Timer } from '../clock';
import type { Action, Decoded } from '../codec/protocol';
import { isRefusal } from '../codec/script';
import type { Board, BoardFinder } from './board';
import type { Bus } from './bus';
import { ScriptRunner } from './script-runner';
import type { Outcome, Wish } from './wish';

export type { Outcome, Wish } from './wish';

export interface SwitchboardOptions {
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
  acquaint(): Promise<unknown>;
  /** Whether it must be read in any case: it may be another board by now. */
  mustAcquaint?(): boolean;
  /** when the device was read last, on the monotonic clock; undefined when never */
  lastReadAt(): number | undefined;
  /** Reads the board again, as it may have changed its state. */
  refresh(): Promise<Reading | undefined>;
}

/** A wish that has been found to be possible. */
interface Order {
  action: Action;
  value: ActionValue;
  onlyIfDifferent: boolean;
  minIntervalMs: number;
  maxAgeMs: number;
}

interface Waiting {
  key: string;
  done: Promise<Outcome>;
}

/** Actions of one device that may wait for their turn. */
const MOST_WAITING = 16;

/** Looks in vain, one after the other, until a board counts as silent. */
const SILENT_LOOKS = 3;

/**
 * Carries out actions on a board, one at a time: reads the state, sends the request once, and reads back until the
 * new state shows. Nothing is sent that is not allowed, and nothing is sent again: after a lost acknowledgement
 * the state that is read back decides.
 */
export class Switchboard {
  private last: Waiting | undefined;
  private waiting = 0;
  private stopped = true;
  /** what was last sent of each action, and when */
  private readonly sent = new Map<ActionName, { value: ActionValue; at: number }>();
  /** Whether the board has denied something although it could have the password: it is not sent again until a deploy. */
  private denied = false;
  private pause: { timer: Timer; end(): void } | undefined;

  constructor(private readonly options: SwitchboardOptions) {}

  start(): void {
    this.stopped = false;
    this.denied = false;
  }

  /** Ends what is in progress after the exchange on the line; what waits is not begun. */
  stop(): void {
    this.stopped = true;
    this.pause?.timer.cancel();
    this.pause?.end();
  }

  /**
   * Carries out an action when its turn comes. The same wish as the last one that has not ended shares its outcome.
   * @throws BmsError `denied`, `unsupported`, `bad_value` before anything is sent; `rejected` when the board refuses;
   *   `not_confirmed` when the state did not change; `timeout`, `disconnected` when it could not be read back
   */
  async carryOut(wish: Wish): Promise<Outcome> {
    const { name, allowed, finder } = this.options;
    if (!allowed) {
      const remedy = 'tick "Allow this pack to be switched" in the device';
      throw new BmsError('denied', `${name} is not allowed to be switched; ${remedy}. Nothing was sent.`);
    }
    this.checkMayControl();
    const board = await finder.find('control');
    const action = actionOf(board, wish.action, name);
    const value = actionValue(action.name, action.input, wish.value);
    if (action.dangerous === true && wish.confirm !== action.name) {
      const remedy = `the message must carry confirm: "${action.name}"`;
      throw new BmsError('denied', `"${action.name}" is dangerous; ${remedy}. Nothing was sent.`);
    }
    const { onlyIfDifferent = false, minIntervalMs = 0, maxAgeMs = Infinity } = wish;
    const order: Order = { action, value, onlyIfDifferent, minIntervalMs, maxAgeMs };
    return this.enqueue(JSON.stringify([action.name, value, onlyIfDifferent]), () => this.perform(board, order));
  }

  private enqueue(key: string, perform: () => Promise<Outcome>): Promise<Outcome> {
    // Only the last one is shared: after on and off, a further on is a wish of its own.
    if (this.last?.key === key) return this.last.done;
    if (this.waiting >= MOST_WAITING) {
      const message = `Too many actions wait for ${this.options.name}; switch it less often. Nothing was sent.`;
      return Promise.reject(new BmsError('queue_full', message));
    }
    const turn = this.last?.done.catch(() => undefined) ?? Promise.resolve();
    this.waiting++;
    const entry: Waiting = { key, done: turn.then(perform) };
    this.last = entry;
    this.options.bus.hold(entry.done);
    const leave = (): void => {
      this.waiting--;
      if (this.last === entry) this.last = undefined;
    };
    entry.done.then(leave, leave);
    return entry.done;
  }

  private async perform(board: Board, order: Order): Promise<Outcome> {
    this.checkOpen();
    this.checkMayControl();
    this.checkInterlocks(order);
    const { bus, password, clock, acquaint } = this.options;
    const { action, value } = order;
    const { reader, protocol } = board;
    // A reading also logs in, where the module of a board wants that first.
    const isUnknown = protocol.actionsNeedFacts === true || (bus.isRadio && protocol.ble?.login !== undefined);
    if (this.options.mustAcquaint?.() === true || (isUnknown && !reader.acquainted)) {
      await acquaint();
      this.checkMayControl();
    }
    const { target, profile } = reader;
    // A look that is repeated would not notice a silence.
    const lookProfile = action.confirm.proof === undefined ? profile : { ...profile, retries: 0 };
    if (action.applies?.(target) === false) throw unsupported(action.name, this.options.name);
    const runner = new ScriptRunner({ bus, protocol, profile });
    const looker = new ScriptRunner({ bus, protocol, profile: lookProfile });
    const look = (): Promise<Decoded> => looker.run(action.confirm.read(target));
    const before = await runner.run(action.confirm.read(target));
    if (order.onlyIfDifferent && shows(action, before, value, before)) return outcome(action, value, before, before);
    this.checkOpen();
    let lost: BmsError | undefined;
    try {
      const usable = this.denied ? '' : password;
      await runner.run(action.script({ value, target, before, password: usable, now: new Date(clock.now()) }));
    } catch (thrown) {
      const error = toBmsError(thrown);
      // Of several requests the first may have been carried out before a later one was refused.
      if (runner.acted && isRefusal(error)) void this.options.refresh();
      if (error.code === 'denied' && password !== '') throw this.denial(error);
      if (!runner.acted || isRefusal(error)) throw error;
      lost = error;
    }
    this.sent.set(action.name, { value, at: clock.monotonic() });
    return this.confirm(order, before, lost, look);
  }

  /** Looks until the wanted state shows, or its time is over. */
  private async confirm(
    { action, value }: Order,
    before: Decoded,
    lost: BmsError | undefined,
    look: () => Promise<Decoded>,
  ): Promise<Outcome> {
    const { clock, refresh } = this.options;
    const { everyMs, withinMs, proof } = action.confirm;
    const deadline = clock.monotonic() + withinMs;
    let unseen: BmsError | undefined;
    let silences = 0;
    do {
      await this.wait(everyMs);
      this.checkOpen();
      try {
        const seen = await look();
        unseen = undefined;
        const proved = proof === undefined ? shows(action, seen, value, before) : proof === 'restart' && silences > 0;
        if (proof === 'silence') silences = 0;
        if (!proved) continue;
        void refresh();
        return proof === undefined ? outcome(action, value, before, seen) : answering(action, value, true);
      } catch (thrown) {
        unseen = toBmsError(thrown);
        if (this.isSilence(unseen)) silences++;
        if (proof === 'silence' && silences >= SILENT_LOOKS) return answering(action, value, false);
      }
    } while (clock.monotonic() < deadline);
    const present = await refresh();
    throw notConfirmed(action, value, { alarms: present?.alarms ?? [], unseen, lost });
  }

  /** Whether it is the board that says nothing. A wire that is gone proves nothing of it; a radio goes with its board. */
  private isSilence({ code }: BmsError): boolean {
    return code === 'timeout' || (this.options.bus.isRadio && (code === 'disconnected' || code === 'not_found'));
  }

  /** @throws BmsError `denied` when one of the user's own rules forbids it now */
  private checkInterlocks({ action, value, minIntervalMs, maxAgeMs }: Order): void {
    const { name, clock, lastReadAt } = this.options;
    const now = clock.monotonic();
    const age = now - (lastReadAt() ?? -Infinity);
    if (age > maxAgeMs) {
      const limit = `${maxAgeMs / 1000} s`;
      throw new BmsError('denied', `The last reading of ${name} is older than ${limit}. Nothing was sent.`);
    }
    const last = this.sent.get(action.name);
    if (last !== undefined && last.value !== value && now - last.at < minIntervalMs) {
      const rest = Math.ceil((minIntervalMs - (now - last.at)) / 1000);
      throw new BmsError(
        'denied',
        `"${action.name}" of ${name} may not be switched for ${rest} s more. Nothing was sent.`,
      );
    }
  }

  /** A wrong password is tried once: some boards lock themselves after a few. */
  private denial(error: BmsError): BmsError {
    if (this.denied) {
      const message = `${this.options.name} has denied its password before; correct it in the device and deploy.`;
      return new BmsError('denied', message, error);
    }
    this.denied = true;
    return error;
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.pause = undefined;
        resolve();
      };
      this.pause = { timer: this.options.clock.after(ms, end), end };
    });
  }

  private checkMayControl(): void {
    const objection = this.options.mayControl?.();
    if (objection !== undefined) throw objection;
  }

  private checkOpen(): void {
    if (this.stopped) throw new BmsError('closed', `${this.options.name} was closed.`);
  }
}

function actionOf({ protocol }: Board, wanted: string, device: string): Action {
  const action = protocol.actions?.find(({ name }) => name === wanted);
  if (action !== undefined) return action;
  const known = (protocol.actions ?? []).map(({ name }) => name).join(', ');
  const offer = known === '' ? 'Its protocol offers no actions.' : `Its protocol offers ${known}.`;
  throw new BmsError('unsupported', `${device} has no action "${wanted}". ${offer} Nothing was sent.`);
}

function unsupported(action: string, device: string): BmsError {
  return new BmsError('unsupported', `The board of ${device} does not have "${action}". Nothing was sent.`);
}

/** As far as boards show a setting: they round. */
const TOLERANCE = 1;

function shows({ confirm }: Action, now: Decoded, value: ActionValue, before: Decoded): boolean {
  if (confirm.shows !== undefined) return confirm.shows(now, value, before);
  const state = confirm.state(now);
  if (typeof state === 'number' && typeof value === 'number') return Math.abs(state - value) <= TOLERANCE;
  return state === value;
}

function outcome(action: Action, value: ActionValue, before: Decoded, after: Decoded): Outcome {
  const old = action.confirm.state(before);
  const present = action.confirm.state(after);
  return {
    action: action.name,
    value,
    ...(old !== undefined && { before: old }),
    ...(present !== undefined && { after: present }),
  };
}

/** The outcome where no state tells, but whether the board answers does; before, it did. */
function answering({ name }: Action, value: ActionValue, after: boolean): Outcome {
  return { action: name, value, before: true, after };
}

interface Doubt {
  /** what the board reports now */
  alarms: readonly Alarm[];
  /** why the last look failed */
  unseen: BmsError | undefined;
  /** why the acknowledgement is missing */
  lost: BmsError | undefined;
}

/** The error for an action that was sent, but of which it is not known that it was carried out. */
function notConfirmed(action: Action, value: ActionValue, { alarms, unseen, lost }: Doubt): BmsError {
  const what = `"${action.name}" to ${value}`;
  if (unseen !== undefined) {
    const message = `${what} was sent once, but the device cannot be read back, so that its state is not known. `;
    return new BmsError(unseen.code, message + unseen.message, unseen);
  }
  const codes = alarms.map(({ code }) => code).join(', ');
  const reason = codes === '' ? '' : ` The device reports ${codes}.`;
  if (lost !== undefined) {
    const message = `${what} was sent once, but not acknowledged, and the state did not change.${reason}`;
    return new BmsError(lost.code, message, lost);
  }
  const message = `The device took ${what}, but its state did not change; a protection may forbid it.${reason}`;
  return new BmsError('not_confirmed', message);
}
