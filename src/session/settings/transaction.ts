import { BmsError, NotSentError, toBmsError } from '../../battery/errors';
import { say, sequenceOf } from '../../battery/sentence';
import { sleep } from '../../clock';
import { closedError } from '../action-turn';
import { isWeak } from '../read-back';
import type { Sequence } from '../sequences';
import type { SettingsContext } from './board-jobs';
import type { BoardSessions, SettingsSubject } from './board-sessions';
import { type Consent } from './checks';
import { JOURNAL_FORMAT, type JournalEntry, type SettingsJournal } from './journal';
import { goalIn, goalOf, isReached, type RegisterGoal } from './register-goal';
import { isLostAnswer, RegisterWriter, type FailedSession } from './register-writer';
import { nothingWritten, notWritten, reportOf } from './report';
import type { AppliedSettings, PlannedSettings, SettingsProgress, SettingsRequest } from './requests';
import { Rollback } from './rollback';

/** What a transaction needs. */
export interface TransactionOptions {
  readonly context: SettingsContext;
  readonly subject: SettingsSubject;
  readonly request: SettingsRequest;
  readonly consent: Consent;
  readonly planned: PlannedSettings;
  /** on whose connection the board was read */
  readonly sessions: BoardSessions;
  readonly journal: SettingsJournal | undefined;
}

/**
 * Writes settings to a board: all of them, each proved by reading it back, and saved; or none, as far as that can be reached.
 * A write is not repeated blindly: where its acknowledgement is lost, reading back decides.
 */
export class SettingsTransaction {
  private readonly writer: RegisterWriter;
  private readonly sequence: Sequence;
  private readonly goals: readonly RegisterGoal[];
  /** registers that were written again, after reading back has shown that they were not */
  private readonly repeated = new Set<RegisterGoal>();
  private written = 0;

  constructor(private readonly options: TransactionOptions) {
    const { subject, planned, sessions } = options;
    const { access, board } = subject;
    this.sequence = { name: `settings ${board.protocol.id}` };
    const end = planned.writes.at(-1)?.image ?? planned.present.image;
    this.goals = planned.writes.map((write) => goalOf(write, planned.present, end));
    const twice = isWeak(board.protocol.checksum);
    this.writer = new RegisterWriter({ access, sequence: this.sequence, twice }, sessions, planned.present.image);
  }

  /** @throws BmsError what went wrong, with a `SettingsFailure` as its cause */
  async perform(): Promise<AppliedSettings> {
    const { planned, context } = this.options;
    const snapshot = planned.present.document;
    if (this.goals.length === 0) return { written: [], snapshot };
    await this.begin();
    try {
      await this.writeAll();
      await this.saveAndProve();
    } catch (thrown) {
      throw await this.undo(toBmsError(thrown));
    } finally {
      context.bus.endSequence(this.sequence);
      void context.reader.refresh();
    }
    await this.options.journal?.end();
    return { written: planned.plan.map(({ key, from, to }) => ({ key, before: from, after: to })), snapshot };
  }

  private async begin(): Promise<void> {
    const { journal, planned, context } = this.options;
    const { plan, present } = planned;
    const entry: JournalEntry = {
      ...{ format: JOURNAL_FORMAT, begunAt: context.clock.now(), snapshot: present.document },
      wanted: Object.fromEntries(plan.map(({ key, to }) => [key, to])),
      before: Object.fromEntries(plan.map(({ key, from }) => [key, from])),
    };
    try {
      await journal?.begin(entry);
    } catch (thrown) {
      throw notKept(toBmsError(thrown, 'permission'));
    }
  }

  private async writeAll(): Promise<void> {
    const { access } = this.options.subject;
    const pending = [...this.goals];
    let interruptions = this.writer.interruptions;
    while (pending.length > 0) {
      await this.writer.giveWay();
      this.checkGoesOn();
      if (this.writer.interruptions !== interruptions) {
        await this.writer.readBack(pending);
        interruptions = this.writer.interruptions;
        continue;
      }
      const next = pending[0];
      const failed = await this.writer.write(pending, (goal) => this.progress('writing', goal));
      if (failed !== undefined) await this.settle(failed, pending);
      else if (next !== undefined && access.provedAfter === 'each') await this.prove([next]);
    }
  }

  /** After a session that has failed: reading back decides where an acknowledgement was lost. @throws BmsError when all is over */
  private async settle({ error, isBegun, inDoubt }: FailedSession, pending: RegisterGoal[]): Promise<void> {
    const { access } = this.options.subject;
    if (!isBegun || !isLostAnswer(error)) throw error;
    if (inDoubt === undefined) return; // The board has not acknowledged that it leaves its mode.
    await this.rest();
    await this.writer.readBack([inDoubt]);
    if (isReached(inDoubt, this.writer.image)) {
      pending.shift();
      return;
    }
    const former = goalIn(inDoubt, this.options.planned.present.image);
    const mayRepeat = access.repeatsUnacknowledged === true && !this.repeated.has(inDoubt);
    if (!mayRepeat || !isReached(former, this.writer.image)) throw unacknowledged(inDoubt, error);
    this.repeated.add(inDoubt);
  }

  private async saveAndProve(): Promise<void> {
    const { access } = this.options.subject;
    this.checkGoesOn();
    const leftOut = this.goals.filter(({ register }) => !this.writer.touched.has(register));
    if (leftOut.length > 0) throw changedMeanwhile(leftOut);
    if (this.writer.isUnsaved || access.save !== undefined) await this.writer.save();
    if (access.provedAfter === 'save' || access.save !== undefined) await this.prove(this.goals);
  }

  /** @throws BmsError `not_confirmed` when the board does not hold what was written; why that cannot be seen */
  private async prove(goals: readonly RegisterGoal[]): Promise<void> {
    await this.rest();
    await this.writer.readBack(goals, (step) => this.options.request.progress?.({ ...step, phase: 'proving' }));
    // What was there before and is gone is as bad as what was not taken: another board may be there.
    const missed = [...this.writer.touched.values()].filter((goal) => !isReached(goal, this.writer.image));
    if (missed.length > 0) throw this.notTaken(missed);
  }

  /** Waits until what was written can be read. */
  private rest(): Promise<void> {
    const { context, subject } = this.options;
    return sleep(context.clock, subject.access.settlesMs, context.signal);
  }

  /** @throws BmsError when everything is to be put back */
  private checkGoesOn(): void {
    const { context, consent } = this.options;
    if (context.signal.aborted) throw closedError(context.name);
    if (context.guard.objection() !== undefined) {
      throw new BmsError('denied', say`Another board answers as ${context.name} by now.`);
    }
    if (context.isDisturbed() && !consent.passed.has('master')) {
      throw new BmsError('denied', say`Another host uses ${context.bus.name} by now.`);
    }
  }

  /** @returns the error, with what the board holds now */
  private async undo(error: BmsError): Promise<BmsError> {
    const { planned, journal } = this.options;
    const { touched } = this.writer;
    if (touched.size === 0) {
      await journal?.end();
      return nothingWritten(error, reportOf(planned.present, planned.plan, undefined, touched));
    }
    const { image, left } = await new Rollback(this.options, this.writer, this.sequence).perform();
    const report = reportOf(planned.present, planned.plan, image, touched);
    if (report.every(({ restored }) => restored)) await journal?.end();
    return notWritten(error, report, left);
  }

  private notTaken(missed: readonly RegisterGoal[]): BmsError {
    const { whyNotTaken } = this.options.subject.access;
    const keys = missed.flatMap(({ keys }) => keys).join(', ');
    const sentence = say`The board acknowledged the write, but does not hold the new value: ${keys}.`;
    return new BmsError('not_confirmed', whyNotTaken === undefined ? sentence : sequenceOf([sentence, whyNotTaken]));
  }

  private progress(phase: SettingsProgress['phase'], goal: RegisterGoal): void {
    for (const key of goal.keys) {
      this.options.request.progress?.({ phase, done: ++this.written, of: this.total, key, name: key });
    }
  }

  private get total(): number {
    return this.goals.reduce((sum, { keys }) => sum + keys.length, 0);
  }
}

function notKept(error: BmsError): BmsError {
  return new NotSentError(
    error.code,
    say`What the board holds now could not be kept on disk, so nothing was written. ${error.sentence}`,
    error,
    error.word,
  );
}

function changedMeanwhile(goals: readonly RegisterGoal[]): BmsError {
  const keys = goals.flatMap((goal) => goal.keys).join(', ');
  return new BmsError(
    'not_confirmed',
    say`${keys} was not written: other settings of the board have changed meanwhile, and it would have to stay above or below one of them.`,
  );
}

function unacknowledged(goal: RegisterGoal, error: BmsError): BmsError {
  const keys = goal.keys.join(', ');
  return new BmsError(
    error.code,
    say`${keys} was written once, but not acknowledged, and the board does not hold the new value. ${error.sentence}`,
    error,
    error.word,
  );
}
