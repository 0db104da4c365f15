import { BmsError, toBmsError } from '../../battery/errors';
import { isTelling } from '../../battery/identity';
import { say } from '../../battery/sentence';
import { sleep } from '../../clock';
import { isRefusal } from '../../codec/kit/refusal';
import type { SettingsImage } from '../../codec/parameter';
import { closedError } from '../action-turn';
import { isWeak } from '../read-back';
import type { Sequence } from '../sequences';
import { BoardSessions } from './board-sessions';
import { readImage } from './image-reader';
import { goalIn, isReached, type RegisterGoal } from './register-goal';
import { isLostAnswer, type FailedSession, type RegisterWriter } from './register-writer';
import { reportOf } from './report';
import type { TransactionOptions } from './transaction';

/** How often it is begun again, after a line that was lost or a write that was not taken. */
const ATTEMPTS = 3;

/** How long the board is waited for, and how often it is asked, ms. */
const WAIT_MS = 60_000;
const ASK_EVERY_MS = 1000;

/** What has come of putting back. */
export interface RolledBack {
  /** the board as it was read afterwards; undefined where it could not be read */
  readonly image: SettingsImage | undefined;
  /** why not all could be put back; undefined where it could */
  readonly left: BmsError | undefined;
}

const NEVER = new AbortController().signal;

/**
 * Puts back what was written to a board, or possibly was: in reverse order, saved where it was saved before, and read back. After
 * a lost line only on the same board; while the device is being closed only on the connection that it has.
 */
export class Rollback {
  private readonly before: SettingsImage;
  private readonly deadline: number;
  /** whether another board answers in the place of the one that was written to */
  private isOther = false;
  private restored = 0;

  constructor(
    private readonly options: TransactionOptions,
    private readonly writer: RegisterWriter,
    private readonly sequence: Sequence,
  ) {
    this.before = options.planned.present.image;
    this.deadline = options.context.clock.monotonic() + WAIT_MS;
  }

  /** It never rejects. */
  async perform(): Promise<RolledBack> {
    let left: BmsError | undefined;
    let image: SettingsImage | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      image = undefined;
      try {
        const isFresh = await this.reachBoard();
        await this.writeBack(isFresh);
        await this.readBack();
        image = this.writer.image;
        if (this.goals().every((goal) => isReached(goal, this.writer.image))) return { image, left: undefined };
      } catch (thrown) {
        left = toBmsError(thrown);
        if (this.isOther || left.code === 'closed') break;
      }
    }
    return { image, left };
  }

  private isClosing(): boolean {
    return this.options.context.signal.aborted;
  }

  /** What was touched, as it was before; the last first. */
  private goals(): RegisterGoal[] {
    return [...this.writer.touched.values()].reverse().map((goal) => goalIn(goal, this.before));
  }

  /**
   * Makes sure that the board that was written to answers.
   * @returns whether it was read
   * @throws BmsError why it cannot be written to
   */
  private async reachBoard(): Promise<boolean> {
    if (!this.isClosing()) {
      try {
        await this.findBoard();
        return true;
      } catch (thrown) {
        if (!this.isClosing()) throw thrown;
      }
    }
    if (!this.writer.isConnected) throw closedError(this.options.context.name);
    this.writer.moveTo(this.newSessions());
    return false;
  }

  private async findBoard(): Promise<void> {
    const { context, subject } = this.options;
    await this.waitForBoard();
    if (context.guard.objection() !== undefined) throw this.anotherBoard();
    const sessions = this.newSessions();
    const { access, board } = subject;
    const image = await readImage(sessions, {
      ...{ access, blocks: access.blocks(board.reader.target), twice: isWeak(board.protocol.checksum) },
      kind: { priority: 'control', sequence: this.sequence },
    });
    if (this.looksDifferent(image)) throw this.anotherBoard();
    this.writer.moveTo(sessions);
    this.writer.image = image;
  }

  /** Waits until the board can be read. A reading also shows whether it is the known one. */
  private async waitForBoard(): Promise<void> {
    const { clock, reader, signal } = this.options.context;
    const { queue } = this.options.subject.shared;
    for (;;) {
      try {
        await reader.read('control');
        return;
      } catch (thrown) {
        if (signal.aborted || clock.monotonic() >= this.deadline) throw thrown;
      }
      await sleep(clock, ASK_EVERY_MS, signal);
      await queue.giveWay();
    }
  }

  /**
   * Whether settings that nobody has written are others than before: then another board may be there. What has a number of its
   * own was recognised by that.
   */
  private looksDifferent(image: SettingsImage): boolean {
    const { context, planned } = this.options;
    if (isTelling(context.guard.knownBoard?.serialNumber)) return false;
    const registers = new Set(this.writer.touched.keys());
    const parameters = new Map(
      planned.present.access.parameters(planned.present.target, this.before).map((each) => [each.key, each.register]),
    );
    return reportOf(planned.present, [], image, registers).some(
      ({ key, restored }) => !restored && !registers.has(parameters.get(key) ?? ''),
    );
  }

  private newSessions(): BoardSessions {
    const { context, subject } = this.options;
    return new BoardSessions(context, { ...subject, whyEnded: () => undefined });
  }

  /** @param isFresh whether the board was read just now: then what it holds already is not written */
  private async writeBack(isFresh: boolean): Promise<void> {
    const { subject, request } = this.options;
    const { access } = subject;
    const pending = this.goals().filter((goal) => !isFresh || !isReached(goal, this.writer.image));
    const of = this.writer.touched.size;
    let isSaved = false;
    while (pending.length > 0) {
      await this.writer.giveWay();
      const before = pending.length;
      const failed = await this.writer.write(pending, (goal) => {
        const [key] = goal.keys;
        if (key !== undefined) request.progress?.({ phase: 'restoring', done: ++this.restored, of, key, name: key });
      });
      isSaved = failed === undefined && access.provedAfter === 'save';
      if (failed !== undefined) skipFailed(failed, pending, before);
    }
    const savesAsItLeaves = access.save === undefined && access.provedAfter === 'save';
    if (this.writer.isSaveSent || (savesAsItLeaves && !isSaved)) await this.writer.save();
  }

  private async readBack(): Promise<void> {
    const { context, subject } = this.options;
    await sleep(context.clock, subject.access.settlesMs, NEVER);
    await this.writer.readBack(this.isClosing() ? this.goals() : undefined);
  }

  private anotherBoard(): BmsError {
    const { name } = this.options.context;
    this.isOther = true;
    return new BmsError('denied', say`Another board seems to answer as ${name} by now, so nothing was put back.`);
  }
}

/** Goes on with the next register where only this one was refused, or not acknowledged. @throws BmsError where none can be written */
function skipFailed({ error, isBegun, inDoubt }: FailedSession, pending: RegisterGoal[], before: number): void {
  const isOfOne = isRefusal(error) || (inDoubt !== undefined && isLostAnswer(error));
  if (isBegun && isOfOne) pending.shift();
  else if (!isLostAnswer(error) || pending.length === before) throw error;
}
