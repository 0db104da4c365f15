import { BmsError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { isRefusal } from '../codec/kit/refusal';
import type { Protocol, Script, Step } from '../codec/protocol';
import type { Bus } from './bus';
import { exchangeOfStep, type Exchange } from './exchange';
import type { Pace } from './line-needs';
import type { Priority } from './queue';
import type { Sequence } from './sequences';

export interface ScriptLine {
  bus: Bus;
  protocol: Protocol;
  /** of the board; missing for scripts that bring nothing into a mode */
  address?: number;
  /** the protocol's, with the user's own time-out and retries */
  profile: Pace;
  /** its place in the queue of the line */
  priority: Priority;
  /**
   * Whether it goes on only on the connection on which it was begun: on a later one another board may be there. What ends a
   * mode goes out all the same.
   */
  onOneConnection?: boolean;
  /** whether the polls that wait already go before its first request */
  afterPolls?: boolean;
  /** what it is a part of, and what is ended by its owner; missing: it stands alone */
  sequence?: Sequence | undefined;
}

/**
 * Runs scripts on a line, ahead of everything else that waits there. What a script has begun it ends, also while the
 * line is being given up. Steps that only read are repeated when no answer comes; a step that may change something is
 * sent once, unless the board has refused it.
 */
export class ScriptRunner {
  /** steps that may change something, and have gone out and were not refused */
  writes = 0;
  /** Whether one has gone out, refused or not. */
  attempted = false;

  private readonly sent = new Set<string>();
  private readonly connection: number;
  private mustWait: boolean;

  constructor(private readonly line: ScriptLine) {
    this.connection = line.bus.connections;
    this.mustWait = line.afterPolls === true;
  }

  /** Whether a step that may change something has gone out and was not refused. */
  get acted(): boolean {
    return this.writes > 0;
  }

  /**
   * @returns what the script makes of the answers
   * @throws BmsError what it does not catch: the board's refusal, `timeout`, or what keeps the line from being used
   */
  async run<T>(script: Script<T>): Promise<T> {
    const { bus, protocol } = this.line;
    const sequence: Sequence = this.line.sequence ?? { name: protocol.id };
    try {
      let next = script.next();
      while (next.done !== true) {
        let parts: readonly Buffer[];
        try {
          parts = await this.send(next.value, sequence);
        } catch (thrown) {
          next = script.throw(toBmsError(thrown));
          continue;
        }
        next = script.next(parts);
      }
      return next.value;
    } finally {
      if (sequence !== this.line.sequence) bus.endSequence(sequence);
    }
  }

  private async send(step: Step, sequence: Sequence): Promise<readonly Buffer[]> {
    const tries = step.isWrite || step.optional === true ? 1 : 1 + this.line.profile.retries;
    for (let attempt = 1; ; attempt++) {
      try {
        return await (step.isWrite ? this.sendOnce(step, sequence) : this.exchange(step, sequence));
      } catch (thrown) {
        const error = toBmsError(thrown);
        if (attempt < tries && (error.code === 'timeout' || error.code === 'checksum')) continue;
        if (step.leavesMode === true && !isRefusal(error)) this.finishLater(step);
        throw error;
      }
    }
  }

  private async sendOnce(step: Step, sequence: Sequence): Promise<readonly Buffer[]> {
    const key = step.request.toString('hex');
    if (this.sent.has(key)) throw new BmsError('rejected', say`${step.name} was sent already and is not sent again.`);
    const before = this.writes;
    try {
      return await this.exchange(step, sequence, () => {
        this.sent.add(key);
        this.writes = before + 1;
        this.attempted = true;
      });
    } catch (thrown) {
      if (isRefusal(thrown)) {
        this.sent.delete(key);
        this.writes = before;
      }
      throw thrown;
    }
  }

  private finishLater(step: Step): void {
    const { bus, protocol, address } = this.line;
    bus.finishLater(this.exchangeOf(step), address === undefined ? undefined : { protocol, address });
  }

  /** Follows which mode the board is in. */
  private async exchange(step: Step, sequence: Sequence, sent?: () => void): Promise<readonly Buffer[]> {
    const { bus, protocol, address } = this.line;
    const { entersMode: begins } = step;
    if (address === undefined || (begins === undefined && step.leavesMode !== true))
      return this.submit(step, sequence, sent);
    const board = { protocol, address };
    const entered = { isNew: false };
    try {
      const parts = await this.submit(step, sequence, () => {
        if (begins !== undefined) entered.isNew = bus.modes.entered({ ...board, ending: begins });
        sent?.();
      });
      if (step.leavesMode === true) bus.modes.left(board);
      return parts;
    } catch (thrown) {
      if (entered.isNew && isRefusal(thrown)) bus.modes.left(board);
      throw thrown;
    }
  }

  private submit(step: Step, sequence: Sequence, sent?: () => void): Promise<readonly Buffer[]> {
    const { bus, priority, onOneConnection = false } = this.line;
    const isThere = bus.state.phase === 'ready' && bus.connections === this.connection;
    if (onOneConnection && !isThere && step.leavesMode !== true) {
      const message = say`The line of ${bus.name} was lost during the action; another board may be connected by now.`;
      return Promise.reject(new BmsError('disconnected', message));
    }
    const exchange = { ...this.exchangeOf(step), ...(sent !== undefined && { sent }) };
    return this.mustWait ? this.submitAfterPolls(exchange, sequence) : bus.submit(exchange, priority, sequence);
  }

  private async submitAfterPolls(exchange: Exchange, sequence: Sequence): Promise<readonly Buffer[]> {
    const { bus, priority } = this.line;
    this.mustWait = false;
    try {
      return await bus.submit(exchange, 'poll', sequence);
    } catch (thrown) {
      // Where too much waits a poll is dropped, but this is none.
      if (toBmsError(thrown).code !== 'queue_full') throw thrown;
      return bus.submit(exchange, priority, sequence);
    }
  }

  private exchangeOf(step: Step): Exchange {
    const { protocol, profile, address } = this.line;
    return exchangeOfStep(step, protocol, profile, address);
  }
}
