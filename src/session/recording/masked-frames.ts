import { protocolById, protocols } from '../../codec';
import type { Privacy, PrivateKind, PrivateRange } from '../../codec/kit/privacy';
import type { Protocol } from '../../codec/protocol';
import type { LoggedExchange, Piece } from './exchange-folder';
import { blanked, maskedName } from './masked-text';

/** An answer may come so long after its request, ms; see `LateAnswers`. */
const ANSWER_MS = 10_000;

const FILLER = 'x';

/** Text amid other bytes; fewer characters in a row tell nothing. */
const TEXT = /[!-~]{3,}/g;

/** Bytes of a request that are masked, or a checksum over such: from, and how many. */
export type MaskedPlaces = readonly (readonly [number, number])[];

/** A request whose answer may still come, and is private, or which was so itself. */
interface Pending {
  readonly until: number;
  readonly protocol: Protocol;
  readonly request: Buffer;
  readonly kind: PrivateKind;
}

/**
 * Masks what is private in the bytes of a connection, exchange by exchange in their order, and puts checksums right, so
 * that what is left decodes as before.
 */
export class FrameMasker {
  private pending: Pending[] = [];
  /** those that were spoken so far */
  private readonly spoken = new Set<Protocol>();

  /** what must not be there wherever it stands */
  private secrets: readonly Buffer[] = [];

  /**
   * @param secrets what must not be there wherever it stands, as bytes
   * @returns the exchange with masked copies of its bytes, and what of its request is masked
   */
  mask(exchange: LoggedExchange, secrets: readonly Buffer[]): { exchange: LoggedExchange; places: MaskedPlaces } {
    this.secrets = secrets;
    const protocol = protocolById(exchange.label?.protocol ?? '');
    if (protocol !== undefined) this.spoken.add(protocol);
    this.pending = this.pending.filter(({ until }) => until >= exchange.at);
    const { sent } = exchange;
    if (protocol !== undefined && sent.length > 0) this.expect(protocol, exchange.at, sent);
    const request = protocol === undefined ? undefined : maskedRequest(protocol.privacy, sent);
    const received = this.maskReceived(protocol, exchange);
    const bytes = request?.bytes ?? Buffer.from(sent);
    if (this.sweep(bytes)) protocol?.privacy.seal(bytes);
    return { exchange: { ...exchange, sent: bytes, received }, places: request?.places ?? [] };
  }

  private expect(protocol: Protocol, at: number, request: Buffer): void {
    const { privacy } = protocol;
    // A password may come back as an echo.
    const kind = privacy.sent(request).length > 0 ? 'bytes' : privacy.asksFor(request);
    if (kind !== undefined) this.pending.push({ until: at + ANSWER_MS, protocol, request, kind });
  }

  private maskReceived(protocol: Protocol | undefined, exchange: LoggedExchange): Piece[] {
    const stream = Buffer.concat(exchange.received.map(({ bytes }) => bytes));
    const frames = this.mayBeIn(protocol).flatMap((each) => framesIn(each, stream));
    // The frame that completes an answer is the last of its protocol; any other may answer an earlier request.
    const isAnswered = exchange.ending?.result === 'matched';
    const answer = isAnswered ? frames.findLast((frame) => frame.protocol === protocol) : undefined;
    for (const frame of frames) this.maskFrame(frame, frame === answer, exchange.sent, stream);
    const kind = this.kindOfPieces;
    if (kind !== undefined) for (const gap of gapsBetween(frames, stream.length)) blankPiece(stream, { ...gap, kind });
    this.sweep(stream);
    let at = 0;
    return exchange.received.map((piece) => ({ at: piece.at, bytes: stream.subarray(at, (at += piece.bytes.length)) }));
  }

  private maskFrame({ protocol, from, to }: FoundFrame, isAnswer: boolean, sent: Buffer, stream: Buffer): void {
    const { privacy } = protocol;
    const frame = stream.subarray(from, to);
    const earlier = isAnswer ? [] : this.pending.filter((each) => each.protocol === protocol);
    const requests = [sent, ...earlier.map(({ request }) => request)];
    // What was sent may come back as an echo.
    const ranges = [...privacy.sent(frame), ...requests.flatMap((request) => privacy.received(frame, request))];
    for (const range of ranges) blank(frame, range);
    if (this.sweep(frame) || ranges.length > 0) privacy.seal(frame);
  }

  /** The protocols whose frames may come: without a request, all that were spoken on the line. */
  private mayBeIn(protocol: Protocol | undefined): Protocol[] {
    if (protocol === undefined) return this.spoken.size > 0 ? [...this.spoken] : [...protocols()];
    return [...new Set([protocol, ...this.pending.map((each) => each.protocol)])];
  }

  /** How to mask what is no whole frame, and may be a piece of one; undefined when nothing private can be in it. */
  private get kindOfPieces(): PrivateKind | undefined {
    const kinds = this.pending.map(({ kind }) => kind);
    return kinds.includes('bytes') ? 'bytes' : kinds[0];
  }

  /** Blanks known secrets wherever they stand, also where no table names the place. @returns whether there were any */
  private sweep(bytes: Buffer): boolean {
    let isFound = false;
    for (const secret of this.secrets) {
      for (let at = bytes.indexOf(secret); at >= 0; at = bytes.indexOf(secret)) {
        bytes.fill(FILLER, at, at + secret.length);
        isFound = true;
      }
    }
    return isFound;
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface FoundFrame extends Span {
  readonly protocol: Protocol;
}

/** The whole frames in a stream, of all kinds that a protocol has. */
function framesIn(protocol: Protocol, stream: Buffer): FoundFrame[] {
  const formats = [protocol.frames, ...(protocol.privacy.frames ?? [])];
  const found: FoundFrame[] = [];
  for (let at = 0; at < stream.length;) {
    const lengths = formats.map((format) => format.measure(stream, at, stream.length));
    const length = lengths.find((each) => each > 0) ?? 0;
    if (length > 0) found.push({ protocol, from: at, to: at + length });
    at += Math.max(1, length);
  }
  return found;
}

function gapsBetween(spans: readonly Span[], end: number): Span[] {
  const gaps: Span[] = [];
  let at = 0;
  for (const { from, to } of [...spans].sort((one, other) => one.from - other.from)) {
    if (from > at) gaps.push({ from: at, to: from });
    at = Math.max(at, to);
  }
  if (end > at) gaps.push({ from: at, to: end });
  return gaps;
}

/** Blanks bytes in place, by their kind. */
function blank(bytes: Buffer, { from, to, kind }: PrivateRange): void {
  const part = bytes.subarray(from, to);
  if (kind === 'bytes') part.fill(0);
  else part.write((kind === 'name' ? maskedName : blanked)(part.toString('latin1')), 'latin1');
}

/** The same for what may be a piece of a frame with something private in it. */
function blankPiece(bytes: Buffer, range: PrivateRange): void {
  if (range.kind === 'bytes') return blank(bytes, range);
  const part = bytes.subarray(range.from, range.to);
  part.write(part.toString('latin1').replace(TEXT, blanked), 'latin1');
}

/** What stands for a private byte while it is sought which bytes of a frame follow from it. */
const TRIALS = [0x00, 0x01, 0x55, 0xff];

/** A request without what is private in it, and which of its bytes follow from that: also checksums. */
function maskedRequest({ sent, seal }: Privacy, request: Buffer): { bytes: Buffer; places: MaskedPlaces } {
  const ranges = request.length === 0 ? [] : sent(request);
  const bytes = Buffer.from(request);
  if (ranges.length === 0) return { bytes, places: [] };
  for (const range of ranges) blank(bytes, range);
  seal(bytes);
  const trials = TRIALS.map((filler) => {
    const trial = Buffer.from(request);
    for (const { from, to } of ranges) trial.fill(filler, from, to);
    seal(trial);
    return trial;
  });
  const differs = (at: number): boolean => [request, ...trials].some((each) => each[at] !== bytes[at]);
  return { bytes, places: runsOf(bytes.length, differs) };
}

function runsOf(length: number, isIn: (at: number) => boolean): [number, number][] {
  const runs: [number, number][] = [];
  for (let at = 0; at < length; at++) {
    if (!isIn(at)) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === at) last[1]++;
    else runs.push([at, 1]);
  }
  return runs;
}
