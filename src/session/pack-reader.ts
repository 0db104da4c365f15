import { completeReading, EarlierReadings } from '../battery/complete-reading';
import { deniesState } from '../battery/current-sign';
import { BmsError, toBmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import type { Reading } from '../battery/reading';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import type { Protocol } from '../codec/protocol';
import type { Board, BoardFinder } from './board-finder';
import type { BoardGuard } from './board-guard';
import type { Bus } from './bus';
import type { DeviceCondition } from './device-condition';
import { ENDED } from './lifetime';
import type { Priority } from './queue';
import type { Scope } from './reader';
import { Signal } from './signal';
import type { LinkFigures, Snapshot } from './snapshot';

/** The first reading on a line that was opened, and two polls on which it held. */
const READS_OF_A_GOOD_LINE = 3;

export interface PackReaderOptions {
  /** of the device */
  name: string;
  bus: Bus;
  clock: Clock;
  finder: BoardFinder;
  guard: BoardGuard;
  condition: DeviceCondition;
  /** for the snapshot: see `Device.address` */
  address(): number | string;
  /** for the snapshot: see `Device.link` */
  link(): LinkFigures;
}

/** A read in progress, and those who get it as their answer. */
interface Active {
  readonly scope: 'due' | 'all';
  readonly askers: Set<object>;
  readonly done: Promise<Snapshot>;
}

/**
 * Takes the readings of a device, one at a time: finds its board, reads it, checks that it is the known one, completes the
 * reading and gives it to all. Failures become the condition of the device. Equal requests at a time share one reading.
 */
export class PackReader {
  /** every reading, polled or requested */
  readonly readings = new Signal<Snapshot>();
  /** the first reading in which the state that the board reports contradicts the sign of its current */
  readonly stateDenied = new Signal<Snapshot>();
  last: Snapshot | undefined;
  /** when the last reading came, on the monotonic clock, ms; undefined before the first */
  lastReadAt: number | undefined;

  private signal = ENDED;
  private active: Active | undefined;
  /** the read that follows a poll in progress */
  private next: Active | undefined;
  private readonly earlier = new EarlierReadings();
  private hasDeniedState = false;
  private sequence = 0;
  private readsInRow = 0;

  constructor(private readonly options: PackReaderOptions) {}

  /** @param signal of the run of the device: afterwards nothing is read, and no reading delivered */
  start(signal: AbortSignal): void {
    this.signal = signal;
  }

  get isReading(): boolean {
    return this.active !== undefined;
  }

  /**
   * Reads every group afresh. Requests at the same time share one reading; during a poll it follows that poll.
   * @param askers those who get it as their answer
   * @throws BmsError why nothing could be read
   */
  read(priority: Priority, askers: Iterable<object> = []): Promise<Snapshot> {
    if (this.signal.aborted) return Promise.reject(this.closedError());
    const running = this.active?.scope === 'due' ? (this.next ??= this.afterPoll(this.active)) : this.active;
    const read = running ?? this.run('all', priority);
    for (const asker of askers) read.askers.add(asker);
    return read.done;
  }

  /** Reads what is due. Never rejects: a failure is the condition of the device. */
  async poll(): Promise<void> {
    await this.run('due', 'poll').done.catch(() => undefined);
  }

  /**
   * Reads what may have changed after the board was switched; also for those who follow its readings. Never rejects.
   * @returns undefined when it could not be read
   */
  async refresh(): Promise<Reading | undefined> {
    await this.active?.done.catch(() => undefined);
    if (this.signal.aborted) return undefined;
    this.options.finder.current?.reader.outdate();
    try {
      const { reading } = await (this.active ?? this.run('due', 'request')).done;
      return reading;
    } catch {
      return undefined; // it is the condition of the device
    }
  }

  /** The board did not answer, or its line is gone. @param isBoard whether it was asked */
  fail(error: BmsError, isBoard: boolean): void {
    if (this.signal.aborted) return;
    this.readsInRow = 0;
    this.options.guard.unprove();
    this.options.condition.failed(error, isBoard);
  }

  private run(scope: 'due' | 'all', priority: Priority): Active {
    const askers = new Set<object>();
    const done = this.take(scope, priority, askers).finally(() => (this.active = undefined));
    this.active = { scope, askers, done };
    return this.active;
  }

  private afterPoll({ done: poll }: Active): Active {
    const askers = new Set<object>();
    const ended = poll.then(
      () => undefined,
      () => undefined,
    );
    const done = ended.then(() => {
      this.next = undefined;
      return this.read('request', askers);
    });
    return { scope: 'all', askers, done };
  }

  private async take(scope: 'due' | 'all', priority: Priority, askers: ReadonlySet<object>): Promise<Snapshot> {
    const { clock, finder } = this.options;
    const startedAt = clock.monotonic();
    const deliver = (reading: Reading, protocol: Protocol): Snapshot =>
      this.deliver(reading, { protocol, startedAt, askers, requested: scope === 'all' });
    try {
      const board = await finder.find(priority);
      return await this.readBoard(board, scope, priority, deliver).catch(async (thrown: unknown) => {
        const other = toBmsError(thrown).code === 'timeout' ? await finder.elsewhere(priority) : undefined;
        if (other === undefined) throw thrown;
        return this.readBoard(other, scope, priority, deliver);
      });
    } catch (thrown) {
      const error = toBmsError(thrown);
      if (error.code !== 'closed' && error.code !== 'queue_full') {
        this.fail(error, true);
        finder.failed();
      }
      throw error;
    }
  }

  private async readBoard(
    board: Board,
    scope: Scope,
    priority: Priority,
    deliver: (reading: Reading, protocol: Protocol) => Snapshot,
  ): Promise<Snapshot> {
    const { protocol, reader } = board;
    if (this.options.condition.isAway) await reader.read('probe', priority);
    const reading = await this.identified(board, scope, priority, (early) => deliver(early, protocol));
    if (this.signal.aborted) throw this.closedError();
    if (++this.readsInRow >= READS_OF_A_GOOD_LINE) this.options.bus.stability.confirmGood();
    return deliver(reading, protocol);
  }

  /**
   * Reads a board, and checks whether it is the one that is known.
   * @param early see `Reader.read`. A request for everything waits for it; those who follow the polls see as soon as can
   *   be that the pack is there
   */
  private async identified(
    { protocol, reader }: Board,
    scope: Scope,
    priority: Priority,
    early: (reading: Reading) => void,
  ): Promise<Reading> {
    const { bus, guard } = this.options;
    const source = { protocol: protocol.id, peer: bus.peer, isWhole: scope === 'all' };
    const deliverEarly = (reading: Reading): void => {
      if (!this.signal.aborted && !guard.suspectsOtherBoard(source, reading)) early(reading);
    };
    const reading = await reader.read(scope, priority, scope === 'due' ? deliverEarly : undefined);
    return guard.check(source, reading, () => {
      reader.doubt();
      return reader.read('all', priority);
    });
  }

  /** Completes a reading and gives it to all who follow. */
  private deliver(
    decoded: Reading,
    how: { protocol: Protocol; startedAt: number; askers: ReadonlySet<object>; requested: boolean },
  ): Snapshot {
    const { name, bus, clock, finder, guard, condition, address, link } = this.options;
    const now = clock.monotonic();
    const snapshot: Snapshot = {
      reading: completeReading(decoded, this.earlier, now),
      device: name,
      protocol: how.protocol.id,
      address: address(),
      timestamp: clock.now(),
      duration: Math.round(now - how.startedAt),
      sequence: ++this.sequence,
      requested: how.requested,
      askers: how.askers,
      isOtherBoard: guard.otherBoard !== undefined,
      link: link(),
    };
    this.last = snapshot;
    this.lastReadAt = now;
    finder.answered();
    condition.answered(!bus.stability.isUnstable);
    this.readings.emit(snapshot);
    if (!this.hasDeniedState && deniesState(snapshot.reading)) {
      this.hasDeniedState = true;
      this.stateDenied.emit(snapshot);
    }
    return snapshot;
  }

  private closedError(): BmsError {
    return new BmsError('closed', say`${printable(this.options.name)} was closed.`);
  }
}
