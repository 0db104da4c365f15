import { invertCurrent } from '../battery/current-sign';
import { BmsError, toBmsError } from '../battery/errors';
import { dropImplausible } from '../battery/plausible';
import type { Reading } from '../battery/reading';
import { say, sequenceOf } from '../battery/sentence';
import type { Clock } from '../clock';
import type { Protocol, Query, Target } from '../codec/protocol';
import type { Answer } from './answer';
import type { Bus } from './bus';
import { CrossCheck } from './cross-check';
import { exchangeFor } from './exchange';
import { endsTheRead, isWorthRepeating } from './failures';
import { isSlow, isStrong, KeptAnswers, merged } from './kept-answers';
import type { Pace } from './line-needs';
import type { Login } from './login';
import { QueryPatience } from './query-patience';
import type { Priority } from './queue';

/** How long a line counts as bad after an answer that was damaged, ms. */
const BAD_LINE_MS = 600_000;

/** `due`: what a poll asks; `all`: every group afresh; `probe`: just enough to see whether somebody is there again. */
export type Scope = 'due' | 'all' | 'probe';

export interface ReaderOptions {
  bus: Pick<Bus, 'submit' | 'name'>;
  protocol: Protocol;
  address: number;
  /** the protocol's, with the user's own time-out and retries */
  profile: Pace;
  /** what is known of the board before it has said anything to this host */
  memory?: object | undefined;
  clock: Clock;
  /** polls per reading of the cells, 1 when undefined; in between their last values are repeated */
  cellsEvery?: number | undefined;
  /** whether the board, or its wiring, has the sign of the current the other way round; not, when missing */
  invertCurrent?: boolean;
  /** tried when the board does not answer */
  login?: Login;
  /** where to count what cannot be true; of the reader alone, when missing */
  implausible?: Implausible;
  /** told when, in one read, nothing has answered and the second try has failed too */
  onRetrying(): void;
}

/** How a query is asked. */
interface Asking {
  tries: number;
  /** whether something has answered in this read */
  answered: boolean;
  /** told when the board leaves it unanswered */
  waiting?: () => void;
}

/** What a board has said that cannot be true; only ever rises. */
export interface Implausible {
  /** whole answers that were refused */
  answers: number;
  /** values that were left out */
  values: number;
}

/**
 * Reads one pack: asks the queries of its protocol one after the other and puts the answers together. Answers of
 * slow groups are kept until they are due again.
 */
export class Reader {
  /** what the answers on this connection have told */
  private memory: object;
  private priority: Priority = 'poll';
  private scope: Scope = 'due';
  private readonly kept: KeptAnswers;
  private readonly check: CrossCheck;
  private readonly patience: QueryPatience;
  private readonly implausible: Implausible;
  /** when an answer last came damaged */
  private damagedAt = -Infinity;
  private probes = 0;
  /** probes since something answered last */
  private failedProbes = 0;
  private stopped = true;
  private known = false;

  constructor(private readonly options: ReaderOptions) {
    const { cellsEvery = 1, clock, implausible: impossible = { answers: 0, values: 0 } } = options;
    this.memory = this.newMemory();
    const { checksum } = options.protocol;
    this.implausible = impossible;
    this.patience = new QueryPatience(clock);
    this.kept = new KeptAnswers({ checksum, cellsEvery, now: () => clock.monotonic() });
    this.check = new CrossCheck({
      confirmsSlowValues: !isStrong(checksum),
      steady: (memory) => options.protocol.steady?.(memory) ?? [],
      isLineBad: () => this.options.clock.monotonic() - this.damagedAt < BAD_LINE_MS,
      again: (query) => this.again(query),
      plausible: (answer) => this.learn(answer),
      accepted: (query, answer) => this.accept(query, answer),
      dropped: (query) => this.kept.drop(query),
      refused: () => this.refuse(),
    });
  }

  /** Whether the board has been read on this connection, so that its memory are known. */
  get hasBeenRead(): boolean {
    return this.known;
  }

  /** the board as far as it is known */
  get target(): Target {
    return { address: this.options.address, memory: this.memory };
  }

  /** the protocol's, with the user's own time-out and retries */
  get profile(): Pace {
    return this.options.profile;
  }

  /** Begins on a new connection: forgets what belongs to the old one, as another board may be on this one. */
  start(): void {
    this.patience.reset();
    this.resume();
    this.options.login?.reset();
  }

  /** Begins on a new connection to the same board: what it does not know is not asked again so soon. */
  resume(): void {
    this.stopped = false;
    this.forget();
    this.kept.reset();
    this.failedProbes = 0;
    this.options.login?.resume();
  }

  private newMemory(): object {
    const { memory, protocol } = this.options;
    return { ...protocol.memory?.(), ...memory };
  }

  /** Forgets what the board has said. */
  private forget(): void {
    this.known = false;
    this.memory = this.newMemory();
    this.kept.forget();
  }

  /** Lets no kept answer pass for one of the board that is there now. */
  doubt(): void {
    this.kept.forget();
  }

  /** To be called when the board was changed: reads afresh what is otherwise kept for a while. */
  outdate(): void {
    this.kept.outdate();
  }

  /** Ends a read in progress after the exchange on the line. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Reads the pack once.
   * @param early told, once, what has come so far, when the board has not been read before on this connection and keeps
   *   what is left waiting: its core values, see `isWhole`
   * @returns the values of every query that was answered, now or as kept
   * @throws BmsError the first failure, when nothing was answered; `timeout` when nothing that is measured was;
   *   `disconnected`, `closed`, `queue_full` at once
   */
  async read(scope: Scope, priority: Priority, early?: (reading: Reading) => void): Promise<Reading> {
    const unanswered: { query: Query; error: BmsError }[] = [];
    const { login } = this.options;
    login?.check();
    if (login?.isWanted === true) await login.attempt();
    const { protocol } = this.options;
    this.memory = protocol.lasting?.(this.memory) ?? this.memory;
    this.priority = priority;
    this.scope = scope;
    if (scope === 'due') this.kept.beginPoll();
    this.check.begin(this.kept.slowValues());
    const waiting = this.once(early);
    let answered = false;
    let failure: BmsError | undefined;
    for (const query of this.queriesOf(scope)) {
      if (!(scope === 'all' || this.kept.isDue(query))) continue;
      if (this.patience.isLeftAlone(query)) {
        this.noteUnanswered(query);
        continue;
      }
      if (!this.canAsk(query)) continue;
      // Until something answers, only the first query is repeated, so that a dead device is found out soon.
      if (!answered && failure !== undefined && isSlow(query)) break;
      const tries = this.triesOf(query, scope, answered || failure === undefined);
      try {
        const answer = await this.askOrLogIn(query, { tries, answered, waiting });
        answered = true;
        if (scope === 'probe') this.accept(query, answer);
        else await this.check.take(query, answer);
      } catch (thrown) {
        const error = toBmsError(thrown);
        if (endsTheRead(error) || login?.isRefusal(error) === true) throw error;
        failure ??= error;
        unanswered.push({ query, error });
        this.noteUnanswered(query);
        this.kept.missed(query);
      }
    }
    if (!answered) {
      // Who answers next may be another board, or this one in another state; and what has misled us is gone.
      this.forget();
      if (scope === 'probe') this.failedProbes++;
      throw failure ?? new BmsError('unsupported', say`The device supports none of the requests of its protocol.`);
    }
    this.failedProbes = 0;
    if (scope === 'probe') return {};
    if (![...this.check.accepted.values()].some(({ reading }) => hasCore(reading))) throw this.half(failure);
    for (const { query, error } of unanswered) this.patience.missedOnce(query, error);
    this.known = true;
    return this.complete();
  }

  /** What was measured in this read, which wins where a slow answer carries the same key, and what is kept. */
  private complete(): Reading {
    const reading = merged([...this.kept.all, ...[...this.check.accepted].filter(([query]) => !isSlow(query))]);
    return this.options.invertCurrent === true ? invertCurrent(reading) : reading;
  }

  /** What to call when the board lets us wait: it tells of what has come so far, once, when that is worth it. */
  private once(early: ((reading: Reading) => void) | undefined): () => void {
    let isTold = this.known;
    return () => {
      if (isTold || !isWhole(merged(this.check.accepted))) return;
      isTold = true;
      early?.(this.complete());
    };
  }

  private queriesOf(scope: Scope): readonly Query[] {
    const { queries } = this.options.protocol;
    const [first] = queries;
    if (scope !== 'probe' || first === undefined) return queries;
    // A board that never answers the first query must be found again too: the second probe goes round.
    const others = queries.filter((query) => query !== first && !isSlow(query) && this.canAsk(query));
    const other = others[this.probes++ % Math.max(1, others.length)];
    return other === undefined ? [first] : [first, other];
  }

  private canAsk(query: Query): boolean {
    return query.applies?.(this.target) !== false && !this.patience.isLeftAlone(query);
  }

  /** Later queries may depend on whether the board knows this one. */
  private noteUnanswered(query: Query): void {
    this.memory = { ...this.memory, ...query.unanswered?.(this.patience.isUnderstood(query)) };
  }

  private triesOf(query: Query, scope: Scope, repeat: boolean): number {
    if (this.patience.isMaybeUnknown(query) || scope === 'probe' || !repeat) return 1;
    return 1 + this.options.profile.retries;
  }

  /** Asks; and again when nothing has answered because somebody has to log in first. */
  private async askOrLogIn(query: Query, how: Asking): Promise<Answer> {
    const { login } = this.options;
    if (how.answered || login?.isUntried !== true) return this.ask(query, how);
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

  private async ask(query: Query, { tries, answered, waiting }: Asking): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.stopped) throw new BmsError('closed', say`The device was closed.`);
        const { target } = this;
        const { bus, protocol, profile } = this.options;
        // A probe tries once; the next one is the next try, for queries that ask in another way then.
        const exchange = exchangeFor(protocol, query, target, this.failedProbes + attempt, profile);
        const parts = await bus.submit(exchange, this.priority);
        if (!this.canAsk(query)) throw this.forgotten();
        return this.answerOf(query, parts);
      } catch (thrown) {
        const error = toBmsError(thrown);
        if (error.code === 'malformed') this.refuse();
        if (error.code === 'checksum') this.damagedAt = this.options.clock.monotonic();
        if (error.code === 'timeout' && this.isDispensable(query, attempt)) waiting?.();
        if (attempt >= tries || !isWorthRepeating(error) || !this.canAsk(query)) throw error;
        if (attempt === 2 && !answered) this.options.onRetrying();
      }
    }
  }

  /** Counts an answer that cannot be true. */
  private refuse(): void {
    this.implausible.answers++;
    this.damagedAt = this.options.clock.monotonic();
  }

  private answerOf(query: Query, parts: readonly Buffer[]): Answer {
    const { reading, memory = {} } = query.decode(parts, this.target);
    const dropped = dropImplausible(reading);
    this.patience.answered(query);
    return { reading, memory, dropped, at: this.options.clock.monotonic() };
  }

  /** Whether a reading is worth giving out without its answer, which has failed to come so many times. */
  private isDispensable(query: Query, times: number): boolean {
    if (isSlow(query) || this.patience.isMaybeUnknown(query)) return true;
    return times > 1 && !this.patience.isUnderstood(query);
  }

  private accept(query: Query, answer: Answer): void {
    this.implausible.values += answer.dropped;
    this.learn(answer);
    if (this.scope !== 'probe') this.kept.keep(query, answer);
  }

  private learn({ memory }: Answer): void {
    this.memory = { ...this.memory, ...memory };
  }

  /** Asks a query once more that was asked in this read, with those before it that make up one answer with it. */
  private async again(query: Query): Promise<Answer> {
    const { queries } = this.options.protocol;
    const parts = queries.slice(0, queries.indexOf(query)).filter((part) => isPartOfOne(part, query));
    for (const part of parts) if (this.canAsk(part)) this.learn(await this.repeat(part));
    return this.repeat(query);
  }

  private repeat(query: Query): Promise<Answer> {
    return this.ask(query, { tries: this.triesOf(query, this.scope, true), answered: true });
  }

  /** The line was opened anew meanwhile, so that what this answer needs to be understood is not known any more. */
  private forgotten(): BmsError {
    return new BmsError('timeout', say`${this.options.bus.name} was reopened during the read.`);
  }

  /** The board tells of itself, but nothing that is measured. */
  private half(failure: BmsError | undefined): BmsError {
    const half = say`The device answers with its identity, but not with voltage, cells and state of charge.`;
    return new BmsError('timeout', failure === undefined ? half : sequenceOf([half, failure.sentence]));
  }
}

/** Whether something of what makes a reading is there. */
function hasCore({ voltage, cellVoltages, soc }: Reading): boolean {
  return voltage !== undefined || cellVoltages !== undefined || soc !== undefined;
}

/** Whether a reading says what most want to know. */
function isWhole({ voltage, current, soc, cellVoltages }: Reading): boolean {
  return cellVoltages !== undefined || (voltage !== undefined && current !== undefined && soc !== undefined);
}

function isPartOfOne(part: Query, query: Query): boolean {
  return part.partOf !== undefined && part.partOf === query.partOf;
}
