import { BmsError, toBmsError } from '../battery/errors';
import { NO_FRAME, type FrameFormat } from '../codec/framing';
import type { Protocol, Query, Target } from '../codec/protocol';
import type { Bus } from './bus';
import { exchangeFor, type Exchange } from './exchange';
import { adviceFor } from './line-advice';
import { searchNeedsOf, searchPaceOf, usualAddresses } from './line-needs';
import type { Priority } from './queue';

/** How often a board is asked: the first request may only wake it. */
const TRIES = 2;

/** How long answers may take over a network that a search still notices, ms. */
const ON_THEIR_WAY_MS = 1500;
const NO_FRAMES: FrameFormat = { maxLength: 1, measure: () => NO_FRAME };

export interface Found {
  protocol: Protocol;
  address: number;
}

export interface SearchOptions {
  bus: Bus;
  /** in the order in which to ask */
  protocols: readonly Protocol[];
  /** undefined: the address that boards of each protocol are delivered with */
  address: number | undefined;
  /** what was found last time, which is asked first */
  remembered?: Found | undefined;
  /** in whose name the rate of the line is changed */
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
  const tried: string[] = [];
  const late = new Set<Found>();
  for (const candidate of candidatesOf(options)) {
    const { protocol, address } = candidate;
    const rate = bus.tune(owner, searchNeedsOf(protocol));
    const where = rate === undefined ? '' : ` (${rate} baud)`;
    tried.push(`${protocol.id}${protocol.address === undefined ? '' : ` ${address}`}${where}`);
    const cameLate = (): unknown => late.add(candidate);
    if (await answers(candidate, { ...options, cameLate })) return candidate;
    if ((await options.login?.(protocol)) === true && (await answers(candidate, options))) return candidate;
    const found = await askAgain(late, options);
    if (found !== undefined) return found;
  }
  if (bus.isNetwork) {
    await listen(options);
    const found = await askAgain(late, options);
    if (found !== undefined) return found;
  }
  throw new BmsError(
    'not_found',
    `No board answers on ${bus.name}; tried ${tried.join(', ')}. ` +
      `Check ${adviceFor(bus).nobody}, or choose its protocol and address.`,
  );
}

/** Waits for answers that are still on their way to the last one asked. */
async function listen({ bus, priority }: SearchOptions): Promise<void> {
  const silence: Exchange = {
    ...{ name: 'late answers', request: Buffer.alloc(0), frames: NO_FRAMES, judge: () => 'foreign' as const },
    ...{
      timeoutMs: ON_THEIR_WAY_MS,
      quietMs: ON_THEIR_WAY_MS,
      gapMs: 0,
      retryGapMs: 0,
      tentative: true,
      stretch: 'never',
    },
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
    bus.tune(owner, searchNeedsOf(candidate.protocol));
    if (await answers(candidate, options)) return candidate;
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
}

function candidatesOf({ protocols, address, remembered, bus }: SearchOptions): Found[] {
  const candidates = protocols
    .filter((protocol) => address === undefined || canHave(protocol, address))
    .flatMap((protocol) => {
      const given = protocol.address === undefined ? undefined : address;
      const addresses = given === undefined ? usualAddresses(protocol, bus.isRadio) : [given];
      return addresses.map((each) => ({ protocol, address: each }));
    });
  const first = remembered === undefined || !isMeant(remembered, address) ? [] : [remembered];
  return [...first, ...candidates].filter(({ protocol }) => !bus.isRadio || protocol.ble !== undefined);
}

/** Whether a board may be the one that the user means, who has given an address or not. */
function isMeant({ protocol, address: present }: Found, address: number | undefined): boolean {
  return address === undefined || protocol.address === undefined || present === address;
}

/** An address narrows the search to the protocols that have it; without addresses there is nothing to contradict. */
function canHave({ address: range }: Protocol, address: number): boolean {
  if (range === undefined) return true;
  return (address >= range.min && address <= range.max) || (range.others ?? []).includes(address);
}

async function answers({ protocol, address }: Found, options: Asking): Promise<boolean> {
  const probe = probeOf(protocol, options.bus.isRadio);
  for (const [index, query] of probe.entries()) {
    // Who has answered once is there: it is given the time that the line takes.
    const asking = index === 0 ? options : { ...options, stretch: 'learnt' as const };
    let answered = false;
    for (let attempt = 1; attempt <= TRIES && !answered; attempt++) {
      answered = await answersOnce(protocol, query, { address, facts: {} }, attempt, asking);
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
  { bus, priority, isStopped, tentative = false, stretch, cameLate }: Asking,
): Promise<boolean> {
  if (isStopped()) throw new BmsError('closed', 'The search was ended.');
  try {
    const pace = searchPaceOf(protocol, bus);
    const exchange = exchangeFor(protocol, query, target, attempt, stretch === undefined ? pace : { ...pace, stretch });
    const parts = await bus.submit({ ...exchange, tentative, ...(cameLate && { cameLate }) }, priority);
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
