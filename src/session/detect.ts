import { BmsError, toBmsError } from '../battery/errors';
import type { Protocol, Query, Target } from '../codec/protocol';
import type { Bus } from './bus';
import { exchangeFor } from './exchange';
import type { Priority } from './queue';

/** How often a board is asked: the first request may only wake it. */
const TRIES = 2;

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
}

/**
 * Finds out which protocol answers on a line, with requests that only read, at the rate of each protocol in turn
 * where the line leaves the rate open.
 * @throws BmsError `not_found` with what was tried; at once what keeps the line from being used
 */
export async function detect(options: SearchOptions): Promise<Found> {
  const tried: string[] = [];
  for (const candidate of candidatesOf(options)) {
    const { protocol, address } = candidate;
    const rate = options.bus.tune(options.owner, protocol.profile.baudRate);
    tried.push(`${protocol.id}${protocol.address === undefined ? '' : ` ${address}`} (${rate} baud)`);
    if (await answers(candidate, options)) return candidate;
  }
  throw new BmsError(
    'not_found',
    `No board answers on ${options.bus.name}; tried ${tried.join(', ')}. ` +
      'Check that it is awake and the wiring, or choose its protocol and address.',
  );
}

/** How a search asks: see `SearchOptions`. */
export interface Asking extends Pick<SearchOptions, 'bus' | 'priority' | 'isStopped'> {
  /** see `Exchange.tentative` */
  tentative?: boolean;
}

function candidatesOf({ protocols, address, remembered }: SearchOptions): Found[] {
  const candidates = protocols
    .filter((protocol) => address === undefined || canHave(protocol, address))
    .map((protocol) => ({
      protocol,
      address: protocol.address === undefined ? 0 : (address ?? protocol.address.initial),
    }));
  return remembered === undefined ? candidates : [remembered, ...candidates];
}

/** An address narrows the search to the protocols that have it; without addresses there is nothing to contradict. */
function canHave({ address: range }: Protocol, address: number): boolean {
  if (range === undefined) return true;
  return (address >= range.min && address <= range.max) || (range.others ?? []).includes(address);
}

async function answers({ protocol, address }: Found, options: Asking): Promise<boolean> {
  const probe = probeOf(protocol);
  for (const query of probe) {
    let answered = false;
    for (let attempt = 1; attempt <= TRIES && !answered; attempt++) {
      answered = await answersOnce(protocol, query, { address, facts: {} }, attempt, options);
    }
    if (!answered) return false;
  }
  return probe.length > 0;
}

/** What must be answered for a board to count as one of a protocol. */
export function probeOf(protocol: Protocol): readonly Query[] {
  return protocol.probe ?? protocol.queries.slice(0, 1);
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
  { bus, priority, isStopped, tentative = false }: Asking,
): Promise<boolean> {
  if (isStopped()) throw new BmsError('closed', 'The search was ended.');
  try {
    const parts = await bus.submit({ ...exchangeFor(protocol, query, target, attempt), tentative }, priority);
    query.decode(parts, target);
    return true;
  } catch (thrown) {
    const error = toBmsError(thrown, 'malformed');
    // A board that refuses in its own protocol is there, and is one of it.
    if (['unsupported', 'rejected', 'denied'].includes(error.code)) return true;
    if (!['timeout', 'checksum', 'malformed'].includes(error.code)) throw error;
    return false;
  }
}
