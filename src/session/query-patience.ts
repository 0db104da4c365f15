import type { BmsError } from '../battery/errors';
import type { Clock } from '../clock';
import type { Protocol, Query } from '../codec/protocol';
import { isSlow } from './kept-answers';

/** `due`: what a poll asks; `all`: every group afresh; `probe`: just enough to see whether the board is there again. */
export type Scope = 'due' | 'all' | 'probe';

/**
 * A query that the board keeps leaving unanswered while it answers others is left alone for a while, ms. One that it
 * has never answered is left alone for longer each time: it may not know it.
 */
const LEAVE_ALONE_MS = 30_000;
const LONGEST_ALONE_MS = 600_000;
const MISSES_BEFORE_GIVING_UP = 5;

/** Which queries of a protocol a board is asked, how often, and which are left alone because it does not answer them. */
export class QueryPatience {
  private readonly missed = new Map<Query, { times: number; until: number }>();
  /** queries that the board has answered, also on earlier connections: mostly the same one comes back */
  private readonly understood = new Set<Query>();
  private probes = 0;

  constructor(
    private readonly clock: Clock,
    private readonly protocol: Pick<Protocol, 'queries'>,
  ) {}

  /** To be called on a new connection, where another board may be: everything is worth asking again. */
  reset(): void {
    this.missed.clear();
  }

  /** The queries of a read, in turn. @param canAsk whether a query makes sense now */
  queriesOf(scope: Scope, canAsk: (query: Query) => boolean): readonly Query[] {
    const { queries } = this.protocol;
    const [first] = queries;
    if (scope !== 'probe' || first === undefined) return queries;
    // A board that never answers the first query must be found again too: the second probe goes round.
    const others = queries.filter((query) => query !== first && !isSlow(query) && canAsk(query));
    const other = others[this.probes++ % Math.max(1, others.length)];
    return other === undefined ? [first] : [first, other];
  }

  /** How often a query is sent until it counts as unanswered. @param retries where it is worth repeating */
  triesOf(query: Query, scope: Scope, retries: number): number {
    return this.isMaybeUnknown(query) || scope === 'probe' ? 1 : 1 + retries;
  }

  answered(query: Query): void {
    this.missed.delete(query);
    this.understood.add(query);
  }

  /** Whether the board has ever answered it. */
  isUnderstood(query: Query): boolean {
    return this.understood.has(query);
  }

  isLeftAlone(query: Query): boolean {
    const missed = this.missed.get(query);
    return missed !== undefined && this.clock.monotonic() < missed.until;
  }

  /** Whether a reading is worth giving out without its answer, which has failed to come so many times. */
  isDispensable(query: Query, times: number): boolean {
    if (isSlow(query) || this.isMaybeUnknown(query)) return true;
    return times > 1 && !this.isUnderstood(query);
  }

  /** To be called when the board has answered others and not this one. */
  missedOnce(query: Query, { code }: BmsError): void {
    const times = (this.missed.get(query)?.times ?? 0) + 1;
    // A damaged answer is an answer; a board that says it does not have something says so again.
    const isNo = code === 'unsupported' || (this.isMaybeUnknown(query) && code !== 'checksum');
    const patience = isNo ? 1 : MISSES_BEFORE_GIVING_UP;
    const pauseMs = times < patience ? 0 : this.pauseMs(query, code, times - patience);
    this.missed.set(query, { times, until: this.clock.monotonic() + pauseMs });
  }

  /** Whether the board may be one of the many that do not know this query. */
  private isMaybeUnknown(query: Query): boolean {
    return query.optional === true && !this.understood.has(query);
  }

  /** How long a query is left alone. @param before how often it has been left alone before */
  private pauseMs(query: Query, code: BmsError['code'], before: number): number {
    if (this.understood.has(query)) return LEAVE_ALONE_MS;
    return code === 'unsupported' ? LONGEST_ALONE_MS : Math.min(LONGEST_ALONE_MS, LEAVE_ALONE_MS * 2 ** before);
  }
}
