import { BmsError, NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { LogAccess, LogEntry } from '../../codec/log-entry';
import type { SettingsAccess } from '../../codec/parameter';
import type { Protocol } from '../../codec/protocol';
import { parseWanted } from '../../codec/settings/parse-document';
import { closedError } from '../action-turn';
import type { Board } from '../board-finder';
import type { Lane } from '../board-queue';
import type { SharedBoard } from '../shared-board';
import { BoardJobs, type SettingsContext } from './board-jobs';
import { BoardSessions, type SettingsSubject } from './board-sessions';
import { consentOf } from './checks';
import { readImage } from './image-reader';
import { readLog } from './log-reader';
import { checkPlan, prepare } from './preparation';
import { withDocument } from './read-settings';
import type {
  AppliedSettings,
  PlannedSettings,
  ReadSettings,
  SettingsProgress,
  SettingsReadOptions,
  SettingsRequest,
} from './requests';
import { SettingsTransaction } from './transaction';

/** Reads and writes the settings of a board, and reads its event log, in one run of a device. */
export class SettingsRunner {
  private readonly jobs: BoardJobs;
  /** those who wait for the settings: equal requests at a time share one read */
  private readonly askers = new Set<SettingsReadOptions>();

  constructor(private readonly context: SettingsContext) {
    this.jobs = new BoardJobs(context);
  }

  /**
   * Reads all settings of the board.
   * @throws BmsError `unsupported` where the protocol tells nothing of them; `denied` which password or level is missing; why
   *   the board could not be read; `closed` when the device, or the signal of the asker, has ended it
   */
  async read(options: SettingsReadOptions = {}): Promise<ReadSettings> {
    this.askers.add(options);
    try {
      const done = this.jobs.run({
        key: 'read settings',
        check: ({ protocol }) => void this.accessOf(protocol),
        perform: (board, shared) => this.readNow(board, shared),
      });
      return await unlessEnded(done, options.signal, this.context.name);
    } finally {
      this.askers.delete(options);
    }
  }

  /**
   * Reads the event log of the board, oldest first.
   * @param isKnown whether an entry was read earlier: those before it may be left out
   * @throws BmsError `unsupported` where the board has none; see `read`
   */
  readLog(isKnown: (entry: LogEntry) => boolean): Promise<readonly LogEntry[]> {
    return this.jobs.run({
      check: ({ protocol }) => void this.logOf(protocol),
      perform: async (board, shared) => {
        const log = this.logOf(board.protocol);
        if (log.applies?.(board.reader.target) === false) throw this.noLog();
        const whyEnded = (): BmsError | undefined => this.whyClosed();
        const subject = { board, shared, access: {}, giveWayTo: 'control', whyEnded } as const;
        const sessions = new BoardSessions(this.context, subject);
        return readLog(sessions, log, isKnown);
      },
    });
  }

  /**
   * Reads the board and plans how settings are written to it. Nothing is written.
   * @throws BmsError `bad_value` when the settings, or `confirm`, cannot be read; see `read`
   */
  async plan(request: SettingsRequest): Promise<PlannedSettings> {
    const wanted = parseWanted(request.settings);
    const consent = consentOf(request.action, request.confirm);
    return this.jobs.run({
      check: ({ protocol }) => void this.accessOf(protocol),
      perform: async (board, shared) => {
        const subject = this.subjectOf(board, shared, 'control');
        const { planned } = await prepare({ context: this.context, subject, wanted, consent, request, isDryRun: true });
        return planned;
      },
    });
  }

  /**
   * Writes settings, and proves them by reading them back: see `SettingsTransaction`.
   * @throws BmsError `denied` when the user does not allow it, the message does not confirm it, or a check fails; `bad_value`,
   *   `unsupported` what cannot be written; `rejected`, `not_confirmed`, `timeout`, `disconnected`, `closed` when it went wrong.
   *   Where its cause is a `SettingsFailure`, that says what became of each setting
   */
  async apply(request: SettingsRequest): Promise<AppliedSettings> {
    const { context } = this;
    const wanted = parseWanted(request.settings);
    const consent = consentOf(request.action, request.confirm);
    if (context.permission.level === 'none') throw notAllowed(context.name);
    if (!consent.isGiven) throw notConfirmed(request.action);
    return this.jobs.run({
      check: ({ protocol }) => void this.accessOf(protocol),
      perform: async (board, shared) => {
        const subject = this.subjectOf(board, shared, 'safety');
        const { planned, sessions } = await prepare({ context, subject, wanted, consent, request, isDryRun: false });
        checkPlan(planned, request.action);
        const { journal } = context;
        return new SettingsTransaction({ context, subject, request, consent, planned, sessions, journal }).perform();
      },
    });
  }

  private subjectOf(board: Board, shared: SharedBoard, giveWayTo: Lane): SettingsSubject {
    const whyEnded = (): BmsError | undefined => this.whyClosed();
    return { board, shared, access: this.accessOf(board.protocol), giveWayTo, whyEnded };
  }

  private async readNow(board: Board, shared: SharedBoard): Promise<ReadSettings> {
    const subject = { ...this.subjectOf(board, shared, 'control'), whyEnded: () => this.whyEnded() };
    const sessions = new BoardSessions(this.context, subject);
    const { access } = subject;
    const { target } = board.reader;
    const progress = (step: SettingsProgress): void => this.askers.forEach((asker) => asker.progress?.(step));
    const image = await readImage(sessions, { access, blocks: access.blocks(target), twice: false, progress });
    return withDocument({ access, target, image }, board.protocol, this.context);
  }

  private accessOf({ settings, id }: Protocol): SettingsAccess {
    if (settings !== undefined) return settings;
    throw new BmsError('unsupported', say`${this.context.name} has no settings that are known: its protocol is ${id}.`);
  }

  private logOf({ log }: Protocol): LogAccess {
    if (log === undefined) throw this.noLog();
    return log;
  }

  private noLog(): BmsError {
    return new BmsError('unsupported', say`The board of ${this.context.name} keeps no event log that is known.`);
  }

  /** Why a read is to be ended: by the device, or by each of its askers. */
  private whyEnded(): BmsError | undefined {
    const isWanted = [...this.askers].some(({ signal }) => signal?.aborted !== true);
    return this.whyClosed() ?? (isWanted ? undefined : endedError(this.context.name));
  }

  private whyClosed(): BmsError | undefined {
    const { signal, name } = this.context;
    return signal.aborted ? closedError(name) : undefined;
  }
}

function notAllowed(device: string): BmsError {
  const message = say`${device} does not allow settings to be written; choose in the device what may be. Nothing was written.`;
  return new NotSentError('denied', message);
}

function notConfirmed(action: string): BmsError {
  return new NotSentError('denied', say`To write, the message must carry confirm: "${action}". Nothing was written.`);
}

function endedError(device: string): BmsError {
  return new BmsError('closed', say`The settings of ${device} are not read any more.`);
}

/** Waits for a read, but no longer than its asker wants it. @throws BmsError `closed` once the signal is aborted */
function unlessEnded<T>(read: Promise<T>, signal: AbortSignal | undefined, device: string): Promise<T> {
  if (signal === undefined) return read;
  return new Promise((resolve, reject) => {
    const end = (): void => reject(endedError(device));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    read.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
