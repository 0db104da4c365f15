import { BmsError, NotSentError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { sleep, type Clock } from '../clock';
import { isRefusal } from '../codec/kit/refusal';
import type { Decoded, ScriptInput, Target } from '../codec/protocol';
import type { ActionResult } from './action-request';
import type { BoardGuard } from './board-guard';
import type { BoardPassword } from './board-password';
import type { Bus } from './bus';
import { closedMidway, notConfirmed, nothingSent, notSaved, overtaken, refused } from './control-errors';
import { checkInterlocks } from './interlocks';
import { LineReopenedError } from './line-errors';
import type { PackReader } from './pack-reader';
import { isAlreadyDone, isChange, priorityOf, requestNumberOf, valueNow, type RunningAction } from './pending-action';
import { isWeak, outcome, readBack } from './read-back';
import { ScriptRunner } from './script-runner';

/** What a device has for its actions. */
export interface ActionContext {
  /** of the device, for messages */
  readonly name: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly guard: Pick<BoardGuard, 'isUnproven' | 'objection' | 'acceptances'>;
  readonly reader: Pick<PackReader, 'read' | 'refresh' | 'lastReadAt'>;
  readonly password: BoardPassword;
  /** ends an action in progress after the exchange on the line */
  readonly signal: AbortSignal;
}

/** How a board stands before an action. */
interface Before {
  state: Decoded;
  /** whether there is nothing to do */
  isDone: boolean;
}

/**
 * One action whose turn has come: reads the state, sends the request once, and reads back until the new state shows.
 * Nothing is sent twice: after a lost acknowledgement the state that is read back decides.
 */
export class ActionTurn {
  /** of the guard, when the turn began */
  private readonly acceptances: number;

  constructor(
    private readonly context: ActionContext,
    private readonly turn: RunningAction,
  ) {
    this.acceptances = context.guard.acceptances;
  }

  /**
   * @returns undefined when it is not wanted any more
   * @throws BmsError see `ActionRunner.execute`
   */
  async perform(): Promise<ActionResult | undefined> {
    const { action, value, shared } = this.turn;
    const { state: before, isDone } = await this.prepareOnOneConnection().catch((thrown: unknown) => {
      throw nothingSent(toBmsError(thrown));
    });
    // Meanwhile a dead-man switch may have tripped, or a later message come.
    if (valueNow(this.turn, shared) !== value) return undefined;
    if (isDone) {
      shared.setDesired(action.name, { value, requestNumber: requestNumberOf(this.turn) });
      return outcome(action, value, before, before);
    }
    const lost = await this.send(before);
    return this.confirm(before, lost);
  }

  /** On a connection that was opened meanwhile another board may be: then what was read of the former one does not count. */
  private async prepareOnOneConnection(): Promise<Before> {
    const { bus } = this.context;
    for (;;) {
      const { connections } = bus;
      const before = await this.prepare();
      if (bus.connections === connections) return before;
    }
  }

  /** Reads how the board stands. @throws BmsError why nothing may be sent */
  private async prepare(): Promise<Before> {
    const { kind, action, board } = this.turn;
    const { clock, name, reader } = this.context;
    this.checkMaySend();
    const times = { now: clock.monotonic(), lastReadAt: reader.lastReadAt };
    if (kind === 'message') checkInterlocks({ ...this.turn, device: name, ...times });
    if (this.mustReadFirst()) {
      await reader.read(priorityOf(this.turn));
      this.checkObjection();
    }
    const { target } = board.reader;
    if (action.applies?.(target) === false) {
      throw new NotSentError(
        'unsupported',
        say`The board of ${name} does not have "${action.name}". Nothing was sent.`,
      );
    }
    let state = await this.look(target);
    let isDone = isAlreadyDone(this.turn, state);
    if (isDone && isWeak(board.protocol.checksum)) {
      await this.wait(action.confirm.everyMs);
      this.checkOpen();
      state = await this.look(target);
      isDone = isAlreadyDone(this.turn, state);
    }
    this.checkMaySend();
    return { state, isDone };
  }

  /** Whether the board must be read before: its variant may not be known, or which board it is. A reading also logs in. */
  private mustReadFirst(): boolean {
    const { bus, guard } = this.context;
    const { protocol, reader } = this.turn.board;
    const needsReading = protocol.actionsNeedReading === true || (bus.isRadio && protocol.ble?.login !== undefined);
    return guard.isUnproven || (needsReading && !reader.hasBeenRead);
  }

  /** Sends it, once. @returns why the acknowledgement is missing. @throws BmsError when the board has not taken it */
  private async send(before: Decoded): Promise<BmsError | undefined> {
    const { reader, password } = this.context;
    const runner = this.scriptRunner({ onOneConnection: true });
    try {
      await runner.run(this.turn.action.script(this.scriptInput(before)));
      this.noteSent(before, runner);
      return undefined;
    } catch (thrown) {
      this.noteSent(before, runner);
      const error = toBmsError(thrown);
      // Of several requests the first may have been carried out before a later one was refused.
      if (runner.acted && isRefusal(error)) void reader.refresh();
      if (error.code === 'denied' && password.isSet) throw refused(password.denied(error), runner.acted);
      if (isRefusal(error)) throw runner.attempted ? refused(error, runner.acted) : nothingSent(error);
      if (!runner.acted) throw nothingSent(error);
      return error;
    }
  }

  private scriptInput(before: Decoded): ScriptInput {
    const { password, clock } = this.context;
    const { value, board } = this.turn;
    return { value, target: board.reader.target, before, password: password.usable, now: new Date(clock.now()) };
  }

  /** Keeps what was carried out, or perhaps was. */
  private noteSent(before: Decoded, { acted }: ScriptRunner): void {
    const { action, value, shared } = this.turn;
    if (!acted) return;
    const last = shared.desired(action.name);
    if (isChange(this.turn, last?.value, before)) shared.noteChange(action.name, this.context.clock.monotonic());
    shared.setDesired(action.name, { value, requestNumber: requestNumberOf(this.turn) });
  }

  private async confirm(before: Decoded, lost: BmsError | undefined): Promise<ActionResult> {
    const { action, value, board } = this.turn;
    const { clock, reader } = this.context;
    const { target } = board.reader;
    const seen = await readBack({
      ...{ action, value, before, lost, clock, checksum: board.protocol.checksum },
      look: () => this.lookBack(target),
      pause: (ms) => this.pauseBetweenLooks(ms),
      isSilence: (error) => this.isSilence(error),
    });
    if ('outcome' in seen) {
      if (action.confirm.proof !== 'silence') void reader.refresh();
      if (lost !== undefined) await this.save(before);
      return seen.outcome;
    }
    const present = await reader.refresh();
    throw notConfirmed(action, value, { present, unseen: seen.unseen, lost });
  }

  /** Makes permanent what shows although its script broke off. @throws BmsError when the board has not confirmed that */
  private async save(before: Decoded): Promise<void> {
    const { action, value } = this.turn;
    if (action.save === undefined) return;
    this.checkOpenMidway();
    try {
      await this.scriptRunner({ onOneConnection: true }).run(action.save(this.scriptInput(before)));
    } catch (thrown) {
      throw notSaved(action, value, toBmsError(thrown));
    }
  }

  /** Between two looks nothing is half done: safe states may go first. */
  private async pauseBetweenLooks(ms: number): Promise<void> {
    const { action, value, shared } = this.turn;
    await this.wait(ms);
    this.checkOpenMidway();
    const done = await shared.queue.giveWay();
    if (done.includes(action.name)) throw overtaken(action, value);
    this.checkOpenMidway();
  }

  /** Looks at what has come of an action: on the board that it was sent to, which another may have replaced meanwhile. */
  private async lookBack(target: Target): Promise<Decoded> {
    const { guard, reader, name } = this.context;
    // Where silence is the proof, only this one question may be asked.
    const isProof = this.turn.action.confirm.proof !== undefined;
    if (!isProof && guard.isUnproven) await reader.read(priorityOf(this.turn));
    const isAnother = guard.objection() !== undefined || guard.acceptances !== this.acceptances;
    if (isAnother) throw new BmsError('denied', say`Another board answers as ${name} by now.`);
    return this.look(target, isProof);
  }

  private look(target: Target, isOnce = false): Promise<Decoded> {
    return this.scriptRunner({ isOnce }).run(this.turn.action.confirm.read(target));
  }

  /** @param how `isOnce`: whether reads are not repeated, which would hide a silence */
  private scriptRunner(how: { isOnce?: boolean; onOneConnection?: boolean }): ScriptRunner {
    const { protocol, address, reader } = this.turn.board;
    const { isOnce = false, onOneConnection = false } = how;
    const profile = isOnce ? { ...reader.profile, retries: 0 } : reader.profile;
    const { bus } = this.context;
    return new ScriptRunner({ bus, protocol, address, profile, priority: priorityOf(this.turn), onOneConnection });
  }

  /** Whether it is the board that is silent. A wire that is gone proves nothing of it; a radio goes with its board. */
  private isSilence(error: BmsError): boolean {
    const { code } = error;
    if (error instanceof LineReopenedError) return false;
    return code === 'timeout' || (this.context.bus.isRadio && (code === 'disconnected' || code === 'not_found'));
  }

  private wait(ms: number): Promise<void> {
    const { clock, signal } = this.context;
    return sleep(clock, ms, signal);
  }

  private checkMaySend(): void {
    this.checkOpen();
    this.checkObjection();
  }

  private checkObjection(): void {
    const objection = this.context.guard.objection();
    if (objection !== undefined) throw objection;
  }

  private checkOpen(): void {
    if (this.context.signal.aborted) throw closedError(this.context.name);
  }

  private checkOpenMidway(): void {
    const { signal, name } = this.context;
    const { action, value } = this.turn;
    if (signal.aborted) throw closedMidway(closedError(name), action, value);
  }
}

export function closedError(device: string): BmsError {
  return new BmsError('closed', say`${device} was closed.`);
}
