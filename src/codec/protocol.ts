import type { BmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import type { FrameFormat } from './framing';

/**
 * The pace of a query: `fast` and `cells` go with every poll, `counters` now and then, `identity` once per
 * connection. A reading that somebody asks for has them all.
 */
export type Group = 'fast' | 'cells' | 'counters' | 'identity';

/** What a device has told of itself that later queries need but users do not see, such as its sensor count. */
export type Facts = Readonly<Record<string, number>>;

/** The device that a query is for. */
export interface Target {
  /** bus address or board number; 0 where the protocol has none */
  readonly address: number;
  readonly facts: Facts;
}

/**
 * What a received frame is to the query in flight: somebody else's, one part of the answer, its last part, or
 * the device's refusal.
 */
export type Verdict = 'foreign' | 'part' | 'complete' | BmsError;

export interface Decoded {
  reading: Reading;
  facts?: Facts;
}

/** One request that reads, and how its answer is recognised and decoded. */
export interface Query {
  /** in the words of the protocol's documentation, for messages: "basic information (03)" */
  readonly name: string;
  readonly group: Group;
  /** the fact without which this query cannot be asked or understood */
  readonly needs?: string;
  /** many boards do not know this request: silence is taken for a no at once */
  readonly optional?: boolean;
  /** Whether this query makes sense for that device; always, when missing. */
  applies?(target: Target): boolean;
  /**
   * @param attempt counts the tries of this read, from 1
   * @returns an empty buffer to send nothing and only listen, for boards that send by themselves
   */
  request(target: Target, attempt?: number): Buffer;
  /** the frames of the answer, where they depend on the request; else those of the protocol */
  frames?(target: Target): FrameFormat;
  /** @param parts the frames of the answer accepted so far */
  judge(frame: Buffer, parts: readonly Buffer[], target: Target): Verdict;
  /**
   * @param parts the frames of the whole answer, in the order of arrival
   * @throws BmsError `malformed` when the content cannot be true
   */
  decode(parts: readonly Buffer[], target: Target): Decoded;
}

/** A request that the simulator understood: for which address, and what the board answers from a pack's state. */
export interface Served {
  address: number;
  answer(pack: Reading): Buffer;
  /** what the board sends by itself from then on */
  stream?: {
    everyMs: number;
    next(pack: Reading): Buffer;
  };
}

export interface Profile {
  /** default rate of a serial port */
  baudRate: number;
  /** silence that the board needs between an answer and the next request, ms */
  gapMs: number;
  /** the same after a request that went unanswered, ms */
  retryGapMs: number;
  /** how long to wait for an answer, and for each further part of it, ms */
  timeoutMs: number;
  /** silence after which a frame that is not whole will not become so, ms */
  quietMs: number;
  /** how often a read is repeated */
  retries: number;
}

export interface AddressRange {
  /** the address of a board as delivered */
  initial: number;
  min: number;
  max: number;
  /** further addresses with a meaning of their own */
  others?: readonly number[];
}

/** Everything the session, the simulator, the dialogs and the benchmarks know of a protocol. */
export interface Protocol {
  readonly id: string;
  /** for lists: vendor and variant */
  readonly label: string;
  readonly profile: Profile;
  /** undefined: one device per line, no address */
  readonly address?: AddressRange;
  readonly frames: FrameFormat;
  /** in the order in which they are asked */
  readonly queries: readonly Query[];
  /**
   * What must all be answered for a board to count as one of this protocol, when it is searched for; the first of
   * `queries` when missing. Like every query it only reads.
   */
  readonly probe?: readonly Query[];
  /**
   * The board's side, for the simulator.
   * @param request bytes as they came over the line
   * @returns undefined when they are not a request of this protocol
   */
  serve(request: Buffer): Served | undefined;
}
