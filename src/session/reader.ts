import { invertCurrent } from '../battery/current-sign';
import { BmsError, toBmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import { say, sequenceOf } from '../battery/sentence';
import type { Query, Target } from '../codec/protocol';
import { endsTheRead, type Answer } from './answer';
import { CrossCheck } from './cross-check';
import { isSlow, isStrong, KeptAnswers, merged } from './kept-answers';
import { ENDED } from './lifetime';
import type { Pace } from './line-needs';
import { QueryAsker, type QueryAskerOptions } from './query-asker';
import { QueryPatience, type Scope } from './query-patience';
import type { Priority } from './queue';

export type { Implausible } from './query-asker';
export type { Scope } from './query-patience';

export interface ReaderOptions extends QueryAskerOptions {
  /** polls per reading of the cells, 1 when undefined; in between their last values are repeated */
  cellsEvery?: number | undefined;
  /** whether the board, or its wiring, has the sign of the current the other way round; not, when missing */
  invertCurrent?: boolean;
}

/** What came of the queries of a read. */
interface Round {
  answered: boolean;
  /** the first failure */
  failure: BmsError | undefined;
  readonly unanswered: { query: Query; error: BmsError }[];
}

/**
 * Reads one board: asks the queries of its protocol one after the other and puts the answers together. Answers of slow
 * groups are kept until they are due again.
 */
export class Reader {
  private scope: Scope = 'due';
  private readonly kept: KeptAnswers;
  private readonly check: CrossCheck;
  private readonly patience: QueryPatience;
  private readonly asker: QueryAsker;
  private isRead = false;

  constructor(private readonly options: ReaderOptions) {
    const { cellsEvery = 1, clock, protocol } = options;
    const { checksum } = protocol;
    this.patience = new QueryPatience(clock, protocol);
    this.asker = new QueryAsker(options, this.patience);
    this.kept = new KeptAnswers({ checksum, cellsEvery, now: () => clock.monotonic() });
    this.check = new CrossCheck({
      confirmsSlowValues: !isStrong(checksum),
      steady: (memory) => protocol.steady?.(memory) ?? [],
      isLineBad: () => this.asker.isLineBad,
      again: (query) => this.again(query),
      plausible: ({ memory }) => this.asker.learn(memory),
      accepted: (query, answer) => this.accept(query, answer),
      dropped: (query) => this.kept.drop(query),
      refused: () => this.asker.refuse(),
    });
  }

  /** Whether the board has been read on this connection, so that its decoder state is known. */
  get hasBeenRead(): boolean {
    return this.isRead;
  }

  /** the board as far as it is known */
  get target(): Target {
    return this.asker.target;
  }

  /** the protocol's, with the user's own timeout and retries */
  get profile(): Pace {
    return this.options.profile;
  }

  /**
   * Begins on a new connection: forgets what belongs to the old one, as another board may be on this one.
   * @param signal ends reads in progress after the exchange on the line
   */
  start(signal: AbortSignal = new AbortController().signal): void {
    this.asker.signal = signal;
    this.patience.reset();
    this.resume();
    this.options.login?.reset();
  }

  /** Begins after standby, to the same board: keeps the list of queries that it does not answer. */
  resume(): void {
    this.forget();
    this.kept.reset();
    this.asker.failedProbes = 0;
    this.options.login?.resume();
  }

  /** Ends a read in progress after the exchange on the line: another board has taken the place of this one. */
  stop(): void {
    this.asker.signal = ENDED;
  }

  /** Lets no kept answer pass for one of the board that is there now. */
  doubt(): void {
    this.kept.forget();
  }

  /** To be called when the board was changed: reads afresh what is otherwise kept for a while. */
  outdate(): void {
    this.kept.outdate();
  }

  /**
   * Reads the board once.
   * @param early called, once, with what has come so far, when the board has not been read before on this connection and
   *   keeps the rest waiting: its core values, see `isWhole`
   * @returns the values of every query that was answered, now or as kept
   * @throws BmsError the first failure, when nothing was answered; `timeout` when nothing that is measured was;
   *   `disconnected`, `closed`, `queue_full` at once
   */
  async read(scope: Scope, priority: Priority, early?: (reading: Reading) => void): Promise<Reading> {
    const { login } = this.options;
    login?.check();
    if (login?.isWanted === true) await login.attempt();
    this.begin(scope, priority);
    const { answered, failure, unanswered } = await this.askAll(this.once(early));
    if (!answered) {
      // Who answers next may be another board, or this one in another state; and what has misled us is gone.
      this.forget();
      if (scope === 'probe') this.asker.failedProbes++;
      throw failure ?? new BmsError('unsupported', say`The device supports none of the requests of its protocol.`);
    }
    this.asker.failedProbes = 0;
    if (scope === 'probe') return {};
    if (![...this.check.accepted.values()].some(({ reading }) => hasCore(reading))) throw identityOnly(failure);
    for (const { query, error } of unanswered) this.patience.missedOnce(query, error);
    this.isRead = true;
    return this.merge();
  }

  private begin(scope: Scope, priority: Priority): void {
    this.scope = scope;
    this.asker.priority = priority;
    this.asker.beginRead();
    if (scope === 'due') this.kept.beginPoll();
    this.check.begin(this.kept.slowValues());
  }

  private async askAll(waiting: () => void): Promise<Round> {
    const { scope, options, patience } = this;
    const round: Round = { answered: false, failure: undefined, unanswered: [] };
    for (const query of patience.queriesOf(scope, (each) => this.asker.canAsk(each))) {
      if (scope !== 'all' && !this.kept.isDue(query)) continue;
      if (patience.isLeftAlone(query)) this.noteUnanswered(query);
      if (!this.asker.canAsk(query)) continue;
      // Until something answers, only the first query is repeated, so that a dead device is found out soon.
      const isFirst = round.answered || round.failure === undefined;
      if (!isFirst && isSlow(query)) break;
      try {
        const tries = isFirst ? this.triesOf(query) : 1;
        const answer = await this.asker.askOrLogIn(query, { tries, answered: round.answered, waiting });
        round.answered = true;
        if (scope === 'probe') this.accept(query, answer);
        else await this.check.take(query, answer);
      } catch (thrown) {
        const error = toBmsError(thrown);
        if (endsTheRead(error) || options.login?.isRefusal(error) === true) throw error;
        round.failure ??= error;
        round.unanswered.push({ query, error });
        this.noteUnanswered(query);
        this.kept.missed(query);
      }
    }
    return round;
  }

  private triesOf(query: Query): number {
    return this.patience.triesOf(query, this.scope, this.options.profile.retries);
  }

  /** Later queries may depend on whether the board knows this one. */
  private noteUnanswered(query: Query): void {
    this.asker.learn(query.unanswered?.(this.patience.isUnderstood(query)));
  }

  private accept(query: Query, answer: Answer): void {
    this.asker.implausible.values += answer.dropped;
    this.asker.learn(answer.memory);
    if (this.scope !== 'probe') this.kept.keep(query, answer);
  }

  /** Asks a query once more that was asked in this read, with those before it that make up one answer with it. */
  private async again(query: Query): Promise<Answer> {
    const { queries } = this.options.protocol;
    const parts = queries.slice(0, queries.indexOf(query)).filter((part) => isPartOfOne(part, query));
    for (const part of parts) if (this.asker.canAsk(part)) this.asker.learn((await this.repeat(part)).memory);
    return this.repeat(query);
  }

  private repeat(query: Query): Promise<Answer> {
    return this.asker.ask(query, { tries: this.triesOf(query), answered: true });
  }

  /** What was measured in this read, which wins where a slow answer carries the same key, and what is kept. */
  private merge(): Reading {
    const reading = merged([...this.kept.all, ...[...this.check.accepted].filter(([query]) => !isSlow(query))]);
    return this.options.invertCurrent === true ? invertCurrent(reading) : reading;
  }

  /** What to call when the board keeps the read waiting: gives out what has come so far, once, when that is worth it. */
  private once(early: ((reading: Reading) => void) | undefined): () => void {
    let isDone = this.isRead;
    return () => {
      if (isDone || !isWhole(merged(this.check.accepted))) return;
      isDone = true;
      early?.(this.merge());
    };
  }

  private forget(): void {
    this.isRead = false;
    this.asker.forget();
    this.kept.forget();
  }
}

/** The board sends its identity, but nothing that is measured. */
function identityOnly(failure: BmsError | undefined): BmsError {
  const half = say`The device answers with its identity, but not with voltage, cells and state of charge.`;
  return new BmsError('timeout', failure === undefined ? half : sequenceOf([half, failure.sentence]));
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
