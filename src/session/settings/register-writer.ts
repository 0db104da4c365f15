import { toBmsError, type BmsError } from '../../battery/errors';
import type { SettingsAccess, SettingsImage } from '../../codec/parameter';
import type { Script } from '../../codec/protocol';
import type { ScriptRunner } from '../script-runner';
import type { Sequence } from '../sequences';
import type { BoardSessions, SessionKind } from './board-sessions';
import { readImage } from './image-reader';
import { blockIdsOf, breaksRule, writeOf, type RegisterGoal } from './register-goal';
import type { SettingsProgress } from './requests';

export interface WriterOptions {
  readonly access: SettingsAccess;
  /** what all its requests belong to: once the first has gone out, the others do so too while the line is being given up */
  readonly sequence: Sequence;
  /** whether an answer must come twice to count */
  readonly twice: boolean;
}

/** Why a session in which registers were written has failed. */
export interface FailedSession {
  readonly error: BmsError;
  /** whether the board was in its mode, so that something could be sent */
  readonly isBegun: boolean;
  /** the register that may have been written or not; undefined where all that was sent was acknowledged or refused */
  readonly inDoubt: RegisterGoal | undefined;
}

/** Writes registers of a board, one session at a time, and keeps what is known of the board. */
export class RegisterWriter {
  /** registers of which a request has gone out and was not refused, in their order */
  readonly touched = new Map<string, RegisterGoal>();
  /** Whether something may be lost when the board restarts, as the session in which it was written has failed. */
  isUnsaved = false;
  /** Whether a request to save has gone out, where that is a request of its own. */
  isSaveSent = false;
  private isBegun = false;
  private inDoubt: RegisterGoal | undefined;

  /**
   * @param sessions on whose connection the board was read
   * @param image the board as it was read
   */
  constructor(
    private readonly options: WriterOptions,
    private sessions: BoardSessions,
    public image: SettingsImage,
  ) {}

  /** Goes on in other sessions: the same board was found again. */
  moveTo(sessions: BoardSessions): void {
    this.sessions = sessions;
  }

  /** Whether the line is still the one on which the board was read. */
  get isConnected(): boolean {
    return this.sessions.isConnected;
  }

  /** How many actions have gone between the sessions: what was read of the board before may have changed. */
  get interruptions(): number {
    return this.sessions.interruptions;
  }

  /** see `BoardSessions.giveWay` */
  giveWay(): Promise<void> {
    return this.sessions.giveWay();
  }

  /**
   * Writes registers in one session, in turn: one where each is read back before the next; else all, unless something waits for
   * the board. What would break a rule between settings is left out.
   * @param pending those to write; each is taken out once it was acknowledged, or left out
   */
  async write(pending: RegisterGoal[], acknowledged: (goal: RegisterGoal) => void): Promise<FailedSession | undefined> {
    const { provedAfter } = this.options.access;
    this.isBegun = false;
    this.inDoubt = undefined;
    const mayGoOn = provedAfter === 'each' ? () => false : this.sessions.untilInterrupted(Infinity);
    try {
      await this.sessions.run((sent) => this.writeNext(pending, sent, { acknowledged, mayGoOn }), this.kind('save'));
      this.isUnsaved = false;
      return undefined;
    } catch (thrown) {
      if (provedAfter === 'save' && this.touched.size > 0) this.isUnsaved = true;
      const { isBegun, inDoubt } = this;
      return { error: toBmsError(thrown), isBegun, inDoubt };
    }
  }

  private *writeNext(
    pending: RegisterGoal[],
    sent: Pick<ScriptRunner, 'writes'>,
    how: { acknowledged(goal: RegisterGoal): void; mayGoOn(): boolean },
  ): Script<void> {
    this.isBegun = true;
    do {
      const [goal] = pending;
      if (goal === undefined) return;
      if (yield* this.writeOne(goal, sent)) how.acknowledged(goal);
      pending.shift();
    } while (how.mayGoOn());
  }

  /** @returns whether it was sent */
  private *writeOne(goal: RegisterGoal, sent: Pick<ScriptRunner, 'writes'>): Script<boolean> {
    const { access } = this.options;
    const { order } = this.sessions;
    const write = writeOf(goal, this.image);
    if (access.write === undefined || breaksRule(write, { ...order, access, image: this.image }, goal.end))
      return false;
    const before = sent.writes;
    try {
      yield* access.write(order, write);
    } catch (thrown) {
      if (sent.writes > before) {
        this.touched.set(goal.register, goal);
        this.inDoubt = goal;
      }
      throw thrown;
    }
    this.touched.set(goal.register, goal);
    this.image = write.image;
    return true;
  }

  /** Has the board save what it holds. @throws BmsError when that is not acknowledged */
  async save(): Promise<void> {
    const { access } = this.options;
    await this.sessions.run((sent) => this.saving(sent), this.kind('save'));
    if (access.provedAfter === 'save') this.isUnsaved = false;
  }

  /** Where the board saves as it leaves its mode, there is nothing to send. */
  private *saving(sent: Pick<ScriptRunner, 'writes'>): Script<void> {
    const { save } = this.options.access;
    if (save === undefined) return;
    try {
      yield* save(this.sessions.order);
    } finally {
      this.isSaveSent ||= sent.writes > 0;
    }
  }

  /**
   * Reads the blocks of some registers again.
   * @param goals all blocks, when missing
   * @throws BmsError why that is not possible
   */
  async readBack(goals?: readonly RegisterGoal[], progress?: (step: SettingsProgress) => void): Promise<void> {
    const { access, twice } = this.options;
    const ids = goals && blockIdsOf(goals);
    const all = access.blocks(this.sessions.order.target);
    const blocks = all.filter(({ id }) => ids === undefined || ids.has(id));
    const kind = this.kind('read');
    const read = await readImage(this.sessions, { access, blocks, twice, kind, ...(progress && { progress }) });
    this.image = new Map([...this.image, ...read]);
  }

  private kind(purpose: 'read' | 'save'): SessionKind {
    return { purpose, priority: 'control', sequence: this.options.sequence };
  }
}

/** Whether the answer to a request is missing, so that it may have been carried out. */
export function isLostAnswer({ code }: BmsError): boolean {
  return code === 'timeout' || code === 'checksum' || code === 'malformed';
}
