import { BmsError, toBmsError } from '../battery/errors';
import { dropImplausible } from '../battery/plausible';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import type { Protocol, Query, Target } from '../codec/protocol';
import { isWorthRepeating, type Answer } from './answer';
import type { Bus } from './bus';
import { exchangeFor, type Exchange } from './exchange';
import { ENDED } from './lifetime';
import type { Pace } from './line-needs';
import type { Login } from './login';
import type { QueryPatience } from './query-patience';
import type { Priority } from './queue';

/** How long a line counts as bad after an answer that was damaged, ms. */
const BAD_LINE_MS = 600_000;

/** What most answers tell other queries. */
const NO_MEMORY: object = {};

/** What a board has said that is implausible; only ever rises. */
export interface Implausible {
  /** whole answers that were refused */
  answers: number;
  /** values that were left out */
  values: number;
}

export interface QueryAskerOptions {
  bus: Pick<Bus, 'submit' | 'name'>;
  protocol: Protocol;
  address: number;
  /** the protocol's, with the user's own timeout and retries */
  profile: Pace;
  /** what is known of the board before it has said anything to this host */
  memory?: object | undefined;
  clock: Clock;
  /** tried when the board does not answer */
  login?: Login;
  /** where to count what is implausible; of the reader alone, when missing */
  implausible?: Implausible;
  /** called when, in one read, nothing has answered and the second try has failed too */
  onRetrying(): void;
}

/** How a query is asked. */
interface Asking {
  tries: number;
  /** whether something has answered in this read */
  answered: boolean;
  /** called when the board leaves it unanswered */
  waiting?: () => void;
}

/** Asks one board its queries, with retries and, where its module needs that, a login; keeps the decoder state. */
export class QueryAsker {
  /** probes since something answered last */
  failedProbes = 0;
  priority: Priority = 'poll';
  /** of the run of the device */
  signal = ENDED;
  readonly implausible: Implausible;
  /** decoder state of the protocol: what the answers on this connection have said */
  private memory: object;
  /** when an answer last came damaged */
  private damagedAt = -Infinity;

  constructor(
    private readonly options: QueryAskerOptions,
    private readonly patience: QueryPatience,
  ) {
    this.implausible = options.implausible ?? { answers: 0, values: 0 };
    this.memory = this.newMemory();
  }

  /** the board as far as it is known */
  get target(): Target {
    return { address: this.options.address, memory: this.memory };
  }

  /** Whether answers came damaged lately. */
  get isLineBad(): boolean {
    return this.options.clock.monotonic() - this.damagedAt < BAD_LINE_MS;
  }

  canAsk(query: Query): boolean {
    return query.applies?.(this.target) !== false && !this.patience.isLeftAlone(query);
  }

  /** To be called when a read begins: forgets what counts for one read only. */
  beginRead(): void {
    this.memory = this.options.protocol.lasting?.(this.memory) ?? this.memory;
  }

  /** Forgets what the board has said. */
  forget(): void {
    this.memory = this.newMemory();
  }

  learn(memory: object | undefined): void {
    if (memory !== undefined && memory !== NO_MEMORY) this.memory = { ...this.memory, ...memory };
  }

  /** Counts an answer that is implausible. */
  refuse(): void {
    this.implausible.answers++;
    this.damagedAt = this.options.clock.monotonic();
  }

  /**
   * Asks a query, and again when nothing has answered because the module wants a login first.
   * @throws BmsError of the last try; the refusal of the login; `closed` when the device was stopped
   */
  askOrLogIn(query: Query, how: Asking): Promise<Answer> {
    const { login } = this.options;
    return how.answered || login?.isUntried !== true ? this.ask(query, how) : this.askThenLogIn(query, how, login);
  }

  private async askThenLogIn(query: Query, how: Asking, login: Login): Promise<Answer> {
    const { triesBefore } = login;
    try {
      return await this.ask(query, { ...how, tries: Math.min(how.tries, triesBefore) });
    } catch (thrown) {
      if (!isWorthRepeating(toBmsError(thrown))) throw thrown;
      const tries = (await login.attempt()) ? how.tries : how.tries - triesBefore;
      if (tries <= 0) throw thrown;
      return this.ask(query, { ...how, tries });
    }
  }

  /** Asks a query. @throws BmsError of the last try; `closed` when the device was stopped */
  async ask(query: Query, { tries, answered, waiting }: Asking): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        const parts = await this.options.bus.submit(this.exchangeOf(query, attempt), this.priority);
        return this.answerOf(query, parts);
      } catch (thrown) {
        const error = toBmsError(thrown);
        if (error.code === 'malformed') this.refuse();
        if (error.code === 'checksum') this.damagedAt = this.options.clock.monotonic();
        if (error.code === 'timeout' && this.patience.isDispensable(query, attempt)) waiting?.();
        if (attempt >= tries || !isWorthRepeating(error) || !this.canAsk(query)) throw error;
        if (attempt === 2 && !answered) this.options.onRetrying();
      }
    }
  }

  private exchangeOf(query: Query, attempt: number): Exchange {
    if (this.signal.aborted) throw new BmsError('closed', say`The device was closed.`);
    const { protocol, profile } = this.options;
    // A probe tries once; the next one is the next try, for queries that ask in another way then.
    return exchangeFor(protocol, query, this.target, this.failedProbes + attempt, profile);
  }

  private answerOf(query: Query, parts: readonly Buffer[]): Answer {
    const { bus, clock } = this.options;
    // Reconnected during the read: the decoder state that this answer needs is gone.
    if (!this.canAsk(query)) throw new BmsError('timeout', say`${bus.name} was reopened during the read.`);
    const { reading, memory = NO_MEMORY } = query.decode(parts, this.target);
    const dropped = dropImplausible(reading);
    this.patience.answered(query);
    return { reading, memory, dropped, at: clock.monotonic() };
  }

  private newMemory(): object {
    const { memory, protocol } = this.options;
    return { ...protocol.memory?.(), ...memory };
  }
}
