import { BmsError, toBmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Clock } from '../../clock';
import type { SettingsAccess, SettingsOrder } from '../../codec/parameter';
import type { Script } from '../../codec/protocol';
import type { Board } from '../board-finder';
import type { BoardPassword } from '../board-password';
import type { Lane } from '../board-queue';
import type { Bus } from '../bus';
import type { Priority } from '../queue';
import { ScriptRunner } from '../script-runner';
import type { Sequence } from '../sequences';
import type { SharedBoard } from '../shared-board';

/** After so long a session with a board ends, so that polls go first and its mode does not last too long, ms. */
const SESSION_MS = 3000;

/** What the sessions with a board need of its device. */
export interface SessionContext {
  /** of the device, for messages */
  readonly name: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly password: BoardPassword;
}

/** The board that the sessions are held with, and the job that holds them. */
export interface SessionSubject {
  readonly board: Board;
  readonly shared: SharedBoard;
  /** the mode that it is brought into, if any */
  readonly access: Pick<SettingsAccess, 'during'>;
  /** what goes first between two sessions: safe states alone, or every action */
  readonly giveWayTo: Lane;
  /** Why the job is to be ended; undefined while it is not. */
  whyEnded(): BmsError | undefined;
}

/** A board whose settings are read, and perhaps written. */
export interface SettingsSubject extends SessionSubject {
  readonly access: SettingsAccess;
}

/** How a script of a session runs. */
export interface SessionKind {
  /** see `SettingsAccess.during` */
  readonly purpose: 'read' | 'save';
  readonly priority: Priority;
  /** see `ScriptLine.sequence` */
  readonly sequence?: Sequence | undefined;
}

/** A script of a session. @param sent what of it has gone out so far */
export type SessionScript<T> = (sent: Pick<ScriptRunner, 'writes'>) => Script<T>;

/**
 * The sessions of one job with a board, one after the other, all on one connection: in each the board is brought into the mode
 * that it needs, asked, and taken out of it. Between them polls and other actions go first.
 */
export class BoardSessions {
  /** actions that were carried out between sessions */
  interruptions = 0;
  private readonly connection: number;
  private hadOne = false;
  private hadSuccess = false;

  constructor(
    private readonly context: SessionContext,
    private readonly subject: SessionSubject,
  ) {
    this.connection = context.bus.connections;
  }

  /** What the scripts of the board take. */
  get order(): SettingsOrder {
    const { password } = this.context;
    return { target: this.subject.board.reader.target, password: password.usable };
  }

  /** Whether the line still is the one on which they began: on another connection another board may be. */
  get isConnected(): boolean {
    const { bus } = this.context;
    return bus.connections === this.connection && bus.state.phase === 'ready';
  }

  /** @throws BmsError when the job is to be ended */
  checkGoesOn(): void {
    const error = this.subject.whyEnded();
    if (error !== undefined) throw error;
  }

  /** Lets go first what waits for the board. */
  async giveWay(): Promise<void> {
    const { shared, giveWayTo } = this.subject;
    this.interruptions += (await shared.queue.giveWay(giveWayTo)).length;
  }

  /** Runs a script within one session. @returns what it returns @throws BmsError see `ScriptRunner.run` */
  async run<T>(inside: SessionScript<T>, { purpose, priority, sequence }: SessionKind): Promise<T> {
    const { bus } = this.context;
    const { access, board } = this.subject;
    const { protocol, address, reader } = board;
    if (bus.connections !== this.connection) throw this.lostError();
    const afterPolls = this.hadOne && purpose === 'read';
    this.hadOne = true;
    const line = { bus, protocol, address, profile: reader.profile, priority, sequence };
    const runner = new ScriptRunner({ ...line, onOneConnection: true, afterPolls });
    const script = inside(runner);
    try {
      const result = await runner.run(access.during?.(this.order, purpose, script) ?? script);
      this.hadSuccess = true;
      return result;
    } catch (thrown) {
      throw this.noteDenial(toBmsError(thrown));
    }
  }

  /**
   * Whether a session may go on: where the board needs a mode, until something waits, it has lasted long enough, or the job ends.
   * @param limitMs see `SESSION_MS`
   */
  untilInterrupted(limitMs = SESSION_MS): () => boolean {
    const { clock } = this.context;
    const { access, shared, giveWayTo } = this.subject;
    const until = clock.monotonic() + limitMs;
    if (access.during === undefined) return () => false;
    return () =>
      clock.monotonic() < until && !shared.queue.isWaitedFor(giveWayTo) && this.subject.whyEnded() === undefined;
  }

  /** A password that has opened the board before is not the reason of a denial. */
  private noteDenial(error: BmsError): BmsError {
    const { password } = this.context;
    return error.code === 'denied' && password.isSet && !this.hadSuccess ? password.denied(error) : error;
  }

  private lostError(): BmsError {
    const { name } = this.context.bus;
    return new BmsError('disconnected', say`The line of ${name} was lost; another board may be connected by now.`);
  }
}
