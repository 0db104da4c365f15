import { BmsError, NotSentError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { Framer, type FrameFormat } from '../codec/kit/framing';
import type { Overheard, Protocol, Query, Target } from '../codec/protocol';
import type { Exchange } from './exchange';
import { isMeant, type Found } from './candidates';
import type { SearchOptions } from './detect';

/** How long a line is listened to before anything is sent on it, ms. */
const LISTEN_MS = 1000;

/** A master asks 15 addresses once or twice in a cycle of 3.5 to 4.5 s (jk-modbus.md 8): two of them, so often as long. */
const MASTER_CYCLES = 10;

/** Every piece as it comes. */
const PIECES: FrameFormat = { maxLength: 2048, measure: (_bytes, at, end) => end - at };

const NOTHING = Buffer.alloc(0);

type Listening = Pick<SearchOptions, 'bus' | 'owner' | 'protocols' | 'address' | 'priority' | 'isStopped'>;

/** What goes over a line by itself, in the ears of every protocol. */
class Ears {
  /** whether anything was heard, understood or not */
  heardBytes = false;
  /** the protocol whose master polls the line: it must not be disturbed */
  master: Protocol | undefined;
  private readonly found = new Map<string, Found>();
  private readonly framers: ReadonlyMap<Protocol, Framer>;

  /** @param protocols in the order in which to believe them, where a frame is one of several */
  constructor(private readonly protocols: readonly Protocol[]) {
    this.framers = new Map(protocols.map((protocol) => [protocol, new Framer(protocol.frames)]));
  }

  /** The boards that have answered something, by protocol and address. */
  get boards(): Found[] {
    const place = ({ protocol, address }: Found): number => this.protocols.indexOf(protocol) * 256 + address;
    return [...this.found.values()].sort((one, other) => place(one) - place(other));
  }

  /** Takes bytes from the line. @returns whether something was understood */
  hear(bytes: Buffer): boolean {
    this.heardBytes = true;
    return this.take((framer) => framer.push(bytes));
  }

  /** To be called when the line has gone quiet. @returns whether something was understood after all */
  settle(): boolean {
    return this.take((framer) => framer.resync());
  }

  private take(cut: (framer: Framer) => Buffer[]): boolean {
    let understood = false;
    for (const [protocol, framer] of this.framers) {
      for (const frame of cut(framer)) understood = this.understand(protocol, frame) || understood;
    }
    return understood;
  }

  private understand(protocol: Protocol, frame: Buffer): boolean {
    const heard = overheard(protocol, frame);
    if (heard === undefined) return false;
    if (heard.fromMaster) this.master = protocol;
    const { address, memory } = heard;
    if (address !== undefined)
      this.found.set(`${protocol.id} ${address}`, { protocol, address, ...(memory && { memory }) });
    return true;
  }
}

/** Shorter frames of others, and those of another protocol, look alike too often. */
const LEAST_LENGTH = 8;

function overheard(protocol: Protocol, frame: Buffer): Overheard | undefined {
  if (protocol.overhear !== undefined) return protocol.overhear(frame);
  const address = frame.length < LEAST_LENGTH ? undefined : answererOf(protocol, frame);
  return address === undefined ? undefined : { address, fromMaster: false };
}

/** The board whose answer to a query a frame is; undefined when it is none that is understood by itself. */
function answererOf({ address: range, queries, memory: newMemory }: Protocol, frame: Buffer): number | undefined {
  const memory = newMemory?.() ?? {};
  const { min, max } = range ?? { min: 0, max: 0 };
  for (let address = min; address <= max; address++) {
    const target = { address, memory };
    if (queries.some((query) => query.applies?.(target) !== false && isAnswer(query, frame, target))) return address;
  }
  return undefined;
}

function isAnswer(query: Query, frame: Buffer, target: Target): boolean {
  if (query.match(frame, [], target) !== 'complete') return false;
  try {
    query.decode([frame], target);
    return true;
  } catch (thrown) {
    if (toBmsError(thrown).code === 'malformed') return false;
    throw thrown;
  }
}

/**
 * Listens to a line before anything is sent on it. Where a master polls its boards nothing is sent at all, and the board
 * is known by what it answers the master.
 * @returns the board that is meant; undefined when the line is silent, or carries nothing of use
 * @throws BmsError `not_found` when a master polls the line, and the board does not answer it; `closed` when the search
 *   was ended; what keeps the line from being used
 */
export async function listenFirst(options: Listening): Promise<Found | undefined> {
  const { bus, owner, protocols, isStopped } = options;
  if (bus.isRadio) return undefined;
  const heardAt = new Set<number | undefined>();
  for (const { profile } of protocols) {
    if (isStopped()) throw new BmsError('closed', say`The search was ended.`);
    const rate = bus.setNeeds(owner, { baudRate: profile.baudRate });
    if (heardAt.has(rate)) continue;
    heardAt.add(rate);
    const ears = new Ears(protocols);
    await hear(ears, options, () => true);
    if (ears.master !== undefined) return listenToMaster(ears, options);
    const [board] = meant(ears.boards, options.address);
    if (board !== undefined) return board;
    // Bytes at another rate are heard as well, if not understood.
    if (!ears.heardBytes) return undefined;
  }
  return undefined;
}

async function listenToMaster(ears: Ears, options: Listening): Promise<Found> {
  const { bus, address, isStopped } = options;
  const boards = (): Found[] => meant(ears.boards, address).filter(({ protocol }) => protocol === ears.master);
  const isThere = (): boolean => boards().some((board) => isUsual(board, address));
  for (let times = 0; times < MASTER_CYCLES && !isThere(); times++) {
    if (isStopped()) throw new BmsError('closed', say`The search was ended.`);
    await hear(ears, options, isThere);
  }
  const board = boards().find((each) => isUsual(each, address)) ?? boards()[0];
  if (board !== undefined) return board;
  const whose = address === undefined ? say`no board` : say`no board ${address}`;
  throw new NotSentError(
    'not_found',
    say`A JK master polls ${bus.name}, but ${whose} answers it, and nothing was sent so as not to disturb it; check the DIP switches and the wiring of the boards, and the address here.`,
  );
}

function isUsual({ protocol, address: present }: Found, address: number | undefined): boolean {
  return address !== undefined || present === (protocol.address?.initial ?? 0);
}

function meant(boards: readonly Found[], address: number | undefined): Found[] {
  return boards.filter((board) => isMeant(board, address));
}

/** @param enough asked after every piece that was understood; true ends it */
async function hear(ears: Ears, { bus, priority }: Listening, enough: () => boolean): Promise<void> {
  const exchange: Exchange = {
    name: 'what others say',
    request: NOTHING,
    frames: PIECES,
    match: (piece) => (ears.hear(piece) && enough() ? 'complete' : 'foreign'),
    ...{ timeoutMs: LISTEN_MS, quietMs: LISTEN_MS, gapMs: 0, retryGapMs: 0, tentative: true, stretch: 'never' },
  };
  await bus.submit(exchange, priority).catch((thrown: unknown) => {
    if (toBmsError(thrown).code !== 'timeout') throw thrown;
    ears.settle();
  });
}
