import { BmsError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { NO_FRAME, type FrameFormat } from '../codec/kit/framing';
import type { Protocol, Query, Target } from '../codec/protocol';
import { candidatesOf, type Found, type Sought } from './candidates';
import { exchangeFor, type Exchange } from './exchange';
import { adviceFor } from './line-advice';
import { searchNeedsOf, searchPaceOf } from './line-needs';
import { listenFirst } from './overhear';
import type { Priority } from './queue';

export type { Found } from './candidates';

/** How often a board is asked: the first request may only wake it. */
const TRIES = 2;

/** In which boards behind a radio module answer as a rule, ms. */
const QUICK_MS = 700;

/** How long answers may take over a network that a search still notices, ms. */
const ON_THEIR_WAY_MS = 1500;
const NO_FRAMES: FrameFormat = { maxLength: 1, measure: () => NO_FRAME };

export interface SearchOptions extends Sought {
  /** owner of the needs by which the rate of the line is changed */
  owner: object;
  priority: Priority;
  /** asked between requests; true ends the search */
  isStopped(): boolean;
  /** logs in at a module that lets nothing through to its board. Returns whether the board may answer now */
  login?(protocol: Protocol): Promise<boolean>;
}

/**
 * Finds out which protocol answers on a line, with requests that only read, at the rate of each protocol in turn
 * where the line leaves the rate open.
 * @throws BmsError `not_found` with what was tried; at once what keeps the line from being used, and the refusal of a
 *   login
 */
export async function detect(options: SearchOptions): Promise<Found> {
  const { bus, owner } = options;
  const heard = await listenFirst(options);
  if (heard !== undefined) return heard;
  const tried: string[] = [];
  const late = new Set<Found>();
  // What a module advertises, and which route it has, is known once it is connected.
  if (bus.isRadio) await pause(options, 0);
  const candidates = candidatesOf(options);
  if (bus.isRadio) {
    const quick = await askQuickly(candidates, options);
    if (quick !== undefined) return quick;
  }
  for (const candidate of candidates) {
    const { protocol, address } = candidate;
    const rate = bus.setNeeds(owner, searchNeedsOf(protocol));
    const where = rate === undefined ? '' : ` (${rate} baud)`;
    tried.push(`${protocol.id}${protocol.address === undefined ? '' : ` ${address}`}${where}`);
    const cameLate = (): unknown => late.add(candidate);
    if (await isAnswered(candidate, { ...options, cameLate })) return candidate;
    if ((await options.login?.(protocol)) === true && (await isAnswered(candidate, options))) return candidate;
    const found = await askAgain(late, options);
    if (found !== undefined) return found;
  }
  if (bus.isNetwork) {
    await pause(options, ON_THEIR_WAY_MS);
    const found = await askAgain(late, options);
    if (found !== undefined) return found;
  }
  throw new BmsError(
    'not_found',
    say`No board answers on ${bus.name}; tried ${tried.join(', ')}. Check ${adviceFor(bus).absence}, or choose its protocol and address.`,
  );
}

/**
 * Asks each of them once, and waits no longer than most boards take: with the right one among them it is found in a moment,
 * and a board that is slower, or asleep, is given its time afterwards.
 */
async function askQuickly(candidates: readonly Found[], options: SearchOptions): Promise<Found | undefined> {
  const quickly = { ...options, tries: 1, limitMs: QUICK_MS };
  for (const [index, candidate] of candidates.entries()) {
    const { protocol } = candidate;
    if (await isAnswered(candidate, quickly)) {
      // The answer of a slow board to the request before may pass for one at the next address.
      const isCertain = candidates[index - 1]?.protocol !== protocol || (await isAnswered(candidate, quickly));
      if (isCertain) return candidate;
    }
    if ((await options.login?.(protocol)) === true && (await isAnswered(candidate, quickly))) return candidate;
  }
  return undefined;
}

/** Waits, with the line to itself: for it to open, and for what is on its way. */
async function pause({ bus, priority }: SearchOptions, ms: number): Promise<void> {
  const silence: Exchange = {
    ...{ name: 'late answers', request: Buffer.alloc(0), frames: NO_FRAMES, match: () => 'foreign' as const },
    ...{ timeoutMs: ms, quietMs: ms, gapMs: 0, retryGapMs: 0, tentative: true, stretch: 'never' },
  };
  await bus.submit(silence, priority).catch((thrown: unknown) => {
    if (toBmsError(thrown).code !== 'timeout') throw thrown;
  });
}

/** Asks those once more whose answer came when another was asked already; now they are given the time that it took. */
async function askAgain(late: Set<Found>, options: SearchOptions): Promise<Found | undefined> {
  const { bus, owner } = options;
  for (const candidate of [...late]) {
    late.delete(candidate);
    bus.setNeeds(owner, searchNeedsOf(candidate.protocol));
    if (await isAnswered(candidate, options)) return candidate;
  }
  return undefined;
}

/** How a search asks: see `SearchOptions`. */
export interface Asking extends Pick<SearchOptions, 'bus' | 'priority' | 'isStopped'> {
  /** see `Exchange.tentative` */
  tentative?: boolean;
  /** see `Exchange` */
  stretch?: Exchange['stretch'];
  cameLate?(): void;
  /** how often each request is sent; twice, when missing */
  tries?: number;
  /** the longest wait for an answer, ms; that of the protocol, when missing */
  limitMs?: number;
}

/** Whether a board answers what it must be asked to be known by. @throws BmsError what keeps the line from being used */
export async function isAnswered({ protocol, address }: Found, options: Asking): Promise<boolean> {
  const probe = probeOf(protocol, options.bus.isRadio);
  for (const [index, query] of probe.entries()) {
    // A board that has answered once is there: it is given the time that the line takes.
    const asking = index === 0 ? options : { ...options, stretch: 'learnt' as const };
    let answered = false;
    for (let attempt = 1; attempt <= (options.tries ?? TRIES) && !answered; attempt++) {
      answered = await answersOnce(protocol, query, { address, memory: {} }, attempt, asking);
    }
    if (!answered) return false;
  }
  return probe.length > 0;
}

/** What must be answered for a board to count as one of a protocol, on a kind of line. */
export function probeOf({ probe, ble, queries }: Protocol, isRadio: boolean): readonly Query[] {
  return (isRadio ? ble?.probe : undefined) ?? probe ?? queries.slice(0, 1);
}

/**
 * Asks a query once.
 * @param attempt counts the tries, from 1
 * @returns whether a board of the protocol answers at that address
 * @throws BmsError what keeps the line from being used; `closed` when the search was ended
 */
export async function answersOnce(
  protocol: Protocol,
  query: Query,
  target: Target,
  attempt: number,
  { bus, priority, isStopped, tentative = false, stretch, cameLate, limitMs = Infinity }: Asking,
): Promise<boolean> {
  if (isStopped()) throw new BmsError('closed', say`The search was ended.`);
  try {
    const pace = searchPaceOf(protocol, bus);
    const exchange = exchangeFor(protocol, query, target, attempt, stretch === undefined ? pace : { ...pace, stretch });
    const timeoutMs = Math.min(exchange.timeoutMs, limitMs);
    const parts = await bus.submit({ ...exchange, timeoutMs, tentative, ...(cameLate && { cameLate }) }, priority);
    query.decode(parts, target);
    return true;
  } catch (thrown) {
    const error = toBmsError(thrown);
    // A board that refuses in its own protocol is there, and is one of it.
    if (['unsupported', 'rejected', 'denied'].includes(error.code)) return true;
    if (!['timeout', 'checksum', 'malformed', 'internal'].includes(error.code)) throw error;
    return false;
  }
}
