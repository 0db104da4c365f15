import { BmsError, NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { WritePermission } from '../../codec/settings/permission';
import { closedError } from '../action-turn';
import type { Board, BoardFinder } from '../board-finder';
import type { BoardGuard } from '../board-guard';
import { nothingSent } from '../control-errors';
import type { PackReader } from '../pack-reader';
import type { SharedBoard } from '../shared-board';
import type { SessionContext } from './board-sessions';
import type { SettingsJournal } from './journal';

/** What a device has for its settings, in one run of it. */
export interface SettingsContext extends SessionContext {
  /** of the run: what waits then is not begun, and what is in progress ends after the session with the board */
  readonly signal: AbortSignal;
  readonly finder: BoardFinder;
  /** Whether frames of others are heard in many polls of the board. */
  isDisturbed(): boolean;
  /** what the user allows to be written */
  readonly permission: WritePermission;
  /** where it is kept what is being written; nowhere, when missing */
  readonly journal: SettingsJournal | undefined;
  readonly reader: Pick<PackReader, 'read' | 'refresh' | 'last'>;
  readonly guard: Pick<BoardGuard, 'isUnproven' | 'objection' | 'knownBoard'>;
}

/** The jobs of one run of a device that are no actions: each waits for its turn among the actions of its board. */
export class BoardJobs {
  private serial = 0;

  constructor(private readonly context: SettingsContext) {
    const { bus, name, signal } = context;
    signal.addEventListener('abort', () => bus.boards.withdraw(this, nothingSent(closedError(name))));
  }

  /**
   * Finds the board, and carries out a job when its turn comes, on a board of which a reading has told its variant.
   * @param check throws what speaks against it already now
   * @param key jobs with an equal one share one outcome while no other has come since; missing: it is done for itself
   * @throws BmsError why there is no board; `closed`, `queue_full` when it was not begun
   */
  async run<T>(how: {
    key?: string;
    check(board: Board): void;
    perform(board: Board, shared: SharedBoard): Promise<T>;
  }): Promise<T> {
    const { bus, finder, name, signal } = this.context;
    await this.readIfUnknown(await finder.find('request'));
    const board = await finder.find('request');
    how.check(board);
    if (signal.aborted) throw nothingSent(closedError(name));
    const shared = bus.boards.of(board.protocol, board.address);
    const done = shared.queue.add({
      lane: 'control',
      owner: this,
      key: how.key ?? `job ${++this.serial}`,
      perform: async () => {
        await this.readIfUnknown(board);
        if (finder.current !== board) throw this.anotherBoard();
        return how.perform(board, shared);
      },
      replaced: () => this.tooMany(),
    });
    bus.hold(done);
    return done;
  }

  /** The variant of the board may not be known, or whether it is the known one. A reading also logs in. */
  private async readIfUnknown({ reader }: Board): Promise<void> {
    if (!reader.hasBeenRead || this.context.guard.isUnproven) await this.context.reader.read('request');
  }

  private anotherBoard(): BmsError {
    return new BmsError('not_found', say`Another board was found as ${this.context.name} meanwhile; ask again.`);
  }

  private tooMany(): BmsError {
    return new NotSentError('queue_full', say`Too many requests wait for ${this.context.name}. Nothing was sent.`);
  }
}
