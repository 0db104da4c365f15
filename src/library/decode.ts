import { completeReading } from '../battery/complete-reading';
import { BmsError, toBmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import { say } from '../battery/sentence';
import { requireProtocol } from '../codec';
import { Framer } from '../codec/kit/framing';
import type { Protocol, Query, Target } from '../codec/protocol';

/** Bytes as they were on the wire, or the same in hexadecimal, with or without blanks: "dd 03 00 1b ...". */
export type Bytes = Uint8Array | string;

/** A request with what came back. The request is needed where an answer alone does not say what it answers. */
export interface RecordedExchange {
  readonly request: Bytes;
  /** in pieces of any size */
  readonly response: Bytes | readonly Bytes[];
}

/** What `decode` need not find out by itself. */
export interface DecodeOptions {
  /** bus address of the board; when missing, every address that boards of the protocol may have is tried */
  readonly address?: number;
}

/**
 * Decodes what a board has sent: one frame, a stream in pieces of any size, or exchanges with their requests. Frames
 * that are not answers of the protocol are skipped; of several answers to the same request the last counts.
 *
 * @param protocol id of a protocol, see `listProtocols`
 * @param received what came over the line, in the order of arrival
 * @returns the values of all answers, in V, A, W, Wh, Ah, %, °C, ohm and s; current and power are positive while
 *   charging, and what the board does not report is absent
 * @throws BmsError `unsupported` for an unknown protocol; `bad_value` for text that is not hexadecimal; where nothing can
 *   be decoded: `checksum` for damaged frames, the board's refusal, else `malformed`
 *
 * @example
 * ```ts
 * const reading = decode('jbd', 'dd 03 00 1b 17 00 00 00 02 d0 03 e8 00 00 20 78 00 00 00 00 00 00 10 48 03 0f 02 0b 76 0b 82 fb ff 77');
 * console.log(reading.voltage, reading.soc); // 58.88 72
 * ```
 */
export function decode(
  protocol: string,
  received: Bytes | readonly (Bytes | RecordedExchange)[],
  options: DecodeOptions = {},
): Reading {
  const spoken = requireProtocol(protocol);
  const recorded = recordingOf(received);
  let failure: BmsError | undefined;
  for (const address of options.address === undefined ? addressesOf(spoken) : [options.address]) {
    const decoder = new Decoder(spoken, address);
    for (const each of recorded) decoder.take(each);
    if (decoder.hasDecoded) return decoder.reading();
    failure ??= decoder.failure;
  }
  throw failure ?? new BmsError('malformed', say`Nothing that was received is an answer of ${protocol}.`);
}

/** Bytes that came together, and the request before them, where it is known. */
interface Recorded {
  request: Buffer | undefined;
  chunks: readonly Buffer[];
}

/** Pieces without requests are one stream: an answer may be cut anywhere. */
function recordingOf(received: Bytes | readonly (Bytes | RecordedExchange)[]): Recorded[] {
  const recorded: Recorded[] = [];
  const stream: Buffer[] = [];
  for (const entry of isBytes(received) ? [received] : received) {
    if (isBytes(entry)) {
      stream.push(bufferOf(entry));
      continue;
    }
    const { request, response } = entry;
    const chunks = (isBytes(response) ? [response] : response).map(bufferOf);
    recorded.push({ request: bufferOf(request), chunks });
  }
  return stream.length === 0 ? recorded : [...recorded, { request: undefined, chunks: stream }];
}

function isBytes(value: unknown): value is Bytes {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function bufferOf(bytes: Bytes): Buffer {
  if (typeof bytes !== 'string') return Buffer.from(bytes);
  const digits = bytes.replace(/\s+/g, '');
  if (!/^(?:[\da-f]{2})*$/i.test(digits)) throw new BmsError('bad_value', say`Frames in text must be hexadecimal.`);
  return Buffer.from(digits, 'hex');
}

/** The addresses that a board may have, those of boards as delivered first; [0] where there are none. */
function addressesOf({ address }: Protocol): number[] {
  if (address === undefined) return [0];
  const { initial, also = [], others = [], min, max } = address;
  const range = Array.from({ length: max - min + 1 }, (_, index) => min + index);
  return [...new Set([initial, ...also, ...others, ...range])];
}

/** Puts together what one board has answered. */
class Decoder {
  hasDecoded = false;
  /** why the first answer could not be decoded */
  failure: BmsError | undefined;
  private memory: object;
  private readonly answers = new Map<Query, Reading>();

  constructor(
    private readonly protocol: Protocol,
    private readonly address: number,
  ) {
    this.memory = protocol.memory?.() ?? {};
  }

  /** The query that was asked decodes its answer; where it is not known, each finds its own. */
  take({ request, chunks }: Recorded): void {
    const { queries } = this.protocol;
    if (request !== undefined) {
      const asked = queries.find((query) => this.isRequestOf(query, request));
      if (asked !== undefined) this.search(asked, chunks);
    } else {
      for (const query of queries) if (this.canAsk(query)) this.search(query, chunks);
    }
  }

  reading(): Reading {
    return completeReading(Object.assign({}, ...this.answers.values()) as Reading);
  }

  private get target(): Target {
    return { address: this.address, memory: this.memory };
  }

  private canAsk(query: Query): boolean {
    return query.applies?.(this.target) !== false;
  }

  /** A query may ask in another way when it asks again. */
  private isRequestOf(query: Query, request: Buffer): boolean {
    const { target } = this;
    for (let attempt = 1; attempt <= 1 + this.protocol.profile.retries; attempt++)
      if (query.request(target, attempt).equals(request)) return true;
    return false;
  }

  private search(query: Query, chunks: readonly Buffer[]): void {
    const { target } = this;
    const framer = new Framer(query.frames?.(target) ?? this.protocol.frames);
    let parts: Buffer[] = [];
    for (const frame of [...chunks.flatMap((chunk) => framer.push(chunk)), ...framer.resync()]) {
      const result = query.match(frame, parts, target);
      if (result === 'foreign') continue;
      if (result instanceof BmsError) {
        this.failure ??= result;
        continue;
      }
      parts.push(frame);
      if (result !== 'complete') continue;
      this.learn(query, parts);
      parts = [];
    }
    if (framer.badChecksums > 0)
      this.failure ??= new BmsError('checksum', say`The answer is damaged: its checksum is wrong.`);
  }

  private learn(query: Query, parts: readonly Buffer[]): void {
    try {
      const { reading, memory } = query.decode(parts, this.target);
      this.memory = { ...this.memory, ...memory };
      this.answers.set(query, reading);
      this.hasDecoded = true;
    } catch (thrown) {
      this.failure ??= toBmsError(thrown);
    }
  }
}
