import type { BmsError } from '../battery/errors';
import type { Clock } from '../clock';
import type { Query } from '../codec/protocol';

/**
 * A query that the board keeps leaving unanswered while it answers others is left alone for a while, ms. One that it
 * has never answered is left alone for longer each time: it may not know it.
 */
const LEAVE_ALONE_MS = 30_000;
const LONGEST_ALONE_MS = 600_000;
const MISSES_BEFORE_GIVING_UP = 5;

/** Which queries a board answers, and which are not worth asking for a while because it does not. */
export class QueryPatience {
  private readonly missed = new Map<Query, { times: number; until: number }>();
  /** queries that the board has answered, also on earlier connections: mostly the same one comes back */
  private readonly understood = new Set<Query>();

  constructor(private readonly clock: Clock) {}

  /** To be called on a new connection, where another board may be: everything is worth asking again. */
  reset(): void {
    this.missed.clear();
  }

  answered(query: Query): void {
    this.missed.delete(query);
    this.understood.add(query);
  }

  /** Whether the board has ever answered it. */
  isUnderstood(query: Query): boolean {
    return this.understood.has(query);
  }

  /** Whether the board may be one of the many that do not know this query. */
  isMaybeUnknown(query: Query): boolean {
    return query.optional === true && !this.understood.has(query);
  }

  isLeftAlone(query: Query): boolean {
    const missed = this.missed.get(query);
    return missed !== undefined && this.clock.monotonic() < missed.until;
  }

  /** To be called when the board has answered others and not this one. */
  missedOnce(query: Query, { code }: BmsError): void {
    const times = (this.missed.get(query)?.times ?? 0) + 1;
    // A damaged answer is one all the same; who says that it does not have something says so again.
    const isNo = code === 'unsupported' || (this.isMaybeUnknown(query) && code !== 'checksum');
    const patience = isNo ? 1 : MISSES_BEFORE_GIVING_UP;
    const pauseMs = times < patience ? 0 : this.pauseMs(query, code, times - patience);
    this.missed.set(query, { times, until: this.clock.monotonic() + pauseMs });
  }

  /** How long a query is left alone. @param before how often it has been left alone before */
  private pauseMs(query: Query, code: BmsError['code'], before: number): number {
    if (this.understood.has(query)) return LEAVE_ALONE_MS;
    return code === 'unsupported' ? LONGEST_ALONE_MS : Math.min(LONGEST_ALONE_MS, LEAVE_ALONE_MS * 2 ** before);
  }
}
