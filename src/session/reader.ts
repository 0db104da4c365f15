import { BmsError, toBmsError } from '../battery/errors';
import { dropImpossible } from '../battery/plausible';
import type { Reading } from '../battery/reading';
import type { Clock } from '../clock';
import type { Facts, Group, Profile, Protocol, Query, Target } from '../codec/protocol';
import type { Bus } from './bus';
import { exchangeFor } from './exchange';
import type { Login } from './login';
import type { Priority } from './queue';

/** How old the answer of a query may be before a poll asks again, ms. */
const MAX_AGE_MS: Record<Group, number> = { fast: 0, cells: 0, counters: 60_000, identity: Infinity };

/**
 * A query that the board keeps leaving unanswered while it answers others is left alone for a while, ms. One that it
 * has never answered is left alone for longer each time: it may not know it.
 */
const LEAVE_ALONE_MS = 30_000;
const LONGEST_ALONE_MS = 600_000;
const MISSES_BEFORE_GIVING_UP = 5;

/** `due`: what a poll asks; `all`: every group afresh; `probe`: just enough to see whether somebody is there again. */
export type Scope = 'due' | 'all' | 'probe';

export interface ReaderOptions {
  bus: Bus;
  protocol: Protocol;
  address: number;
  /** the protocol's, with the user's own time-out and retries */
  profile: Profile;
  clock: Clock;
  /** polls per reading of the cells, 1 when undefined; in between their last values are repeated */
  cellsEvery?: number | undefined;
  /** tried when the board does not answer */
  login?: Login;
  /** told when, in one read, nothing has answered and the second try has failed too */
  onRetrying(): void;
}

/** What a board has said that cannot be true; only ever rises. */
export interface Impossible {
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
  readonly impossible: Impossible = { answers: 0, values: 0 };

  private facts: Facts = {};
  /** queries whose answers the facts are of */
  private readonly told = new Set<Query>();
  private readonly kept = new Map<Query, { reading: Reading; at: number }>();
  private readonly missed = new Map<Query, { times: number; until: number }>();
  /** queries that the board has answered, also on earlier connections: mostly the same one comes back */
  private readonly understood = new Set<Query>();
  private probes = 0;
  /** probes since something answered last */
  private inVain = 0;
  private polls = 0;
  private stopped = true;
  private known = false;
  private readonly cellsEvery: number;

  constructor(private readonly options: ReaderOptions) {
    this.cellsEvery = options.cellsEvery ?? 1;
  }

  /** Whether the board has been read on this connection, so that its facts are known. */
  get acquainted(): boolean {
    return this.known;
  }

  /** the board as far as it is known */
  get target(): Target {
    return { address: this.options.address, facts: this.facts };
  }

  /** the protocol's, with the user's own time-out and retries */
  get profile(): Profile {
    return this.options.profile;
  }

  /** Begins on a new connection: forgets what belongs to the old one, as another board may be on this one. */
  start(): void {
    this.missed.clear();
    this.resume();
    this.options.login?.reset();
  }

  /** Begins on a new connection to the same board: what it does not know is not asked again so soon. */
  resume(): void {
    this.stopped = false;
    this.forget();
    this.polls = 0;
    this.inVain = 0;
    this.options.login?.resume();
  }

  /** Forgets what the board has said. */
  private forget(): void {
    this.known = false;
    this.facts = {};
    this.told.clear();
    this.kept.clear();
  }

  /** Lets no kept answer pass for one of the board that is there now. */
  doubt(): void {
    this.kept.clear();
  }

  /** Ends a read in progress after the exchange on the line. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Reads the pack once.
   * @returns the values of every query that was answered, now or as kept
   * @throws BmsError the first failure, when nothing was answered; `disconnected`, `closed`, `queue_full` at once
   */
  async read(scope: Scope, priority: Priority): Promise<Reading> {
    const fresh: Reading = {};
    const unanswered: { query: Query; error: BmsError }[] = [];
    this.options.login?.check();
    this.facts = this.lastingFacts();
    if (scope === 'due') this.polls++;
    let answered = false;
    let failure: BmsError | undefined;
    for (const query of this.queriesOf(scope)) {
      if (!this.isDue(query, scope) || !this.canAsk(query)) continue;
      // Until something answers, only the first query is repeated, so that a dead device is found out soon.
      if (!answered && failure !== undefined && isSlow(query)) break;
      const tries = this.triesOf(query, scope, answered || failure === undefined);
      try {
        const reading = await this.askOrLogIn(query, priority, tries, answered);
        answered = true;
        if (this.isKept(query)) this.kept.set(query, { reading, at: this.now() });
        else Object.assign(fresh, reading);
      } catch (thrown) {
        const error = toBmsError(thrown);
        if (endsTheRead(error) || this.options.login?.isRefusal(error) === true) throw error;
        failure ??= error;
        unanswered.push({ query, error });
        // Old values must not pass for new ones; who a board is does not change.
        if (query.group !== 'identity') this.kept.delete(query);
      }
    }
    if (!answered) {
      // Who answers next may be another board, or this one in another state; and what has misled us is gone.
      this.forget();
      if (scope === 'probe') this.inVain++;
      throw failure ?? new BmsError('unsupported', 'The device knows none of the requests of its protocol.');
    }
    this.inVain = 0;
    for (const { query, error } of unanswered) this.miss(query, error);
    if (scope !== 'probe') this.known = true;
    // What is measured wins where a slow answer carries the same key.
    return Object.assign(this.slowValues(), fresh);
  }

  /** The facts that count beyond the read in which they were told. */
  private lastingFacts(): Facts {
    const { fleeting } = this.options.protocol;
    if (fleeting === undefined) return this.facts;
    return Object.fromEntries(Object.entries(this.facts).filter(([name]) => !fleeting.includes(name)));
  }

  private queriesOf(scope: Scope): readonly Query[] {
    const { queries } = this.options.protocol;
    const [first] = queries;
    if (scope !== 'probe' || first === undefined) return queries;
    // A board that never answers the first query must be found again too: the second probe goes round.
    const others = queries.filter((query) => query !== first && !isSlow(query) && query.needs === undefined);
    const other = others[this.probes++ % Math.max(1, others.length)];
    return other === undefined ? [first] : [first, other];
  }

  private isDue(query: Query, scope: Scope): boolean {
    if (scope === 'all') return true;
    if (query.group === 'cells' && this.kept.has(query)) return (this.polls - 1) % this.cellsEvery === 0;
    const kept = this.kept.get(query);
    return kept === undefined || this.now() - kept.at >= MAX_AGE_MS[query.group];
  }

  private canAsk(query: Query): boolean {
    if (query.needs !== undefined && this.facts[query.needs] === undefined) return false;
    if (query.applies?.(this.target) === false) return false;
    if (this.mustWait(query)) return false;
    const missed = this.missed.get(query);
    return missed === undefined || this.now() >= missed.until;
  }

  /** Whether what this query needs for a whole answer is still to come. */
  private mustWait({ after }: Query): boolean {
    if (after === undefined) return false;
    const first = this.options.protocol.queries.find(({ name }) => name === after);
    return first !== undefined && this.understood.has(first) && !this.told.has(first);
  }

  private triesOf(query: Query, scope: Scope, repeat: boolean): number {
    if (this.maybeUnknown(query) || scope === 'probe' || !repeat) return 1;
    return 1 + this.options.profile.retries;
  }

  /** Whether the board may be one of the many that do not know this query. */
  private maybeUnknown(query: Query): boolean {
    return query.optional === true && !this.understood.has(query);
  }

  /** Asks; and again when nothing has answered because somebody has to log in first. */
  private async askOrLogIn(query: Query, priority: Priority, tries: number, answered: boolean): Promise<Reading> {
    try {
      return await this.ask(query, priority, tries, answered);
    } catch (thrown) {
      const isSilent = toBmsError(thrown).code === 'timeout' && !answered;
      if (!isSilent || (await this.options.login?.attempt()) !== true) throw thrown;
      return this.ask(query, priority, tries, answered);
    }
  }

  private async ask(query: Query, priority: Priority, tries: number, answered: boolean): Promise<Reading> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.stopped) throw new BmsError('closed', 'The device was closed.');
        const { target } = this;
        const { bus, protocol, profile } = this.options;
        // A probe tries once; the next one is the next try, for queries that ask in another way then.
        const exchange = exchangeFor(protocol, query, target, this.inVain + attempt, profile);
        const parts = await bus.submit(exchange, priority);
        if (!this.canAsk(query)) throw this.forgotten();
        const { reading, facts } = query.decode(parts, this.target);
        this.impossible.values += dropImpossible(reading);
        if (facts !== undefined) this.facts = Object.assign({}, this.facts, facts);
        this.missed.delete(query);
        this.understood.add(query);
        this.told.add(query);
        return reading;
      } catch (thrown) {
        const error = toBmsError(thrown);
        if (error.code === 'malformed') this.impossible.answers++;
        if (attempt >= tries || !isWorthRepeating(error) || !this.canAsk(query)) throw error;
        if (attempt === 2 && !answered) this.options.onRetrying();
      }
    }
  }

  /** The line was opened anew meanwhile, so that what this answer needs to be understood is not known any more. */
  private forgotten(): BmsError {
    return new BmsError('timeout', `${this.options.bus.name} was opened afresh during the read.`);
  }

  private miss(query: Query, { code }: BmsError): void {
    const times = (this.missed.get(query)?.times ?? 0) + 1;
    // A damaged answer is one all the same.
    const isNo = this.maybeUnknown(query) && code !== 'checksum';
    const patience = isNo ? 1 : MISSES_BEFORE_GIVING_UP;
    const pauseMs = times < patience ? 0 : this.pauseMs(query, code, times - patience);
    this.missed.set(query, { times, until: this.now() + pauseMs });
  }

  /** How long a query is left alone. @param before how often it has been left alone before */
  private pauseMs(query: Query, code: BmsError['code'], before: number): number {
    if (this.understood.has(query)) return LEAVE_ALONE_MS;
    return code === 'unsupported' ? LONGEST_ALONE_MS : Math.min(LONGEST_ALONE_MS, LEAVE_ALONE_MS * 2 ** before);
  }

  private isKept(query: Query): boolean {
    return isSlow(query) || (query.group === 'cells' && this.cellsEvery > 1);
  }

  private slowValues(): Reading {
    return Object.assign({}, ...Array.from(this.kept.values(), ({ reading }) => reading)) as Reading;
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}

function isSlow(query: Query): boolean {
  return MAX_AGE_MS[query.group] > 0;
}

function isWorthRepeating(error: BmsError): boolean {
  return error.code === 'timeout' || error.code === 'checksum' || error.code === 'malformed';
}

/** Failures of the line, not of one query: asking on would only fail again. */
function endsTheRead(error: BmsError): boolean {
  return !isWorthRepeating(error) && !['rejected', 'unsupported', 'denied', 'internal'].includes(error.code);
}
