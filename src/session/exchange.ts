import { BmsError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { Clock, Timer } from '../clock';
import { Framer, type FrameFormat } from '../codec/kit/framing';
import type { Protocol, Query, Step, Target, MatchResult } from '../codec/protocol';
import type { LateAnswers } from './late-answers';
import { adviceFor } from './line-advice';
import type { LineKind, Pace } from './line-needs';

/** Frames of one answer, and of others that are heard meanwhile; without a limit a board could go on for ever. */
const MOST_PARTS = 128;

/** Bytes in which an answer is sought: what comes on a busy line within seconds. Bounds CPU time per exchange. */
const MOST_BYTES = 32 * 1024;

/** One request and how to know its answer. */
export interface Exchange {
  /** what is asked, for messages */
  readonly name: string;
  /** id of the protocol and address of the board, for the record of the line */
  readonly protocol?: string;
  readonly address?: number | undefined;
  /** empty: nothing is sent, the board speaks by itself */
  readonly request: Buffer;
  readonly frames: FrameFormat;
  /** see `Query.match` */
  match(frame: Buffer, parts: readonly Buffer[]): MatchResult;
  /** for the answer, and again after each part of it, ms */
  readonly timeoutMs: number;
  /** silence after which a frame will not become whole any more, ms */
  readonly quietMs: number;
  /** silence owed to the board after the answer, ms */
  readonly gapMs: number;
  /** the same when no answer came, ms */
  readonly retryGapMs: number;
  /** called when the request goes out */
  sent?(): void;
  /** asked of a board that may not be there: silence says nothing about the line */
  readonly tentative?: boolean;
  /**
   * Whether the time for the answer grows with what the line has shown to need: as learnt, when missing; `late`: only
   * after an answer to such a request came too late; `never`: the user has set it
   */
  readonly stretch?: 'learnt' | 'late' | 'never' | undefined;
  /** called when an answer comes after all, once the request was given up */
  cameLate?(): void;
}

/** The exchange of a step of a script. @param profile the protocol's timing, perhaps with the user's own values */
export function exchangeOfStep(step: Step, protocol: Protocol, profile: Pace, address?: number): Exchange {
  return {
    name: step.name,
    protocol: protocol.id,
    address,
    request: step.request,
    frames: step.frames ?? protocol.frames,
    match: (frame, parts) => step.match(frame, parts),
    timeoutMs: step.timeoutMs ?? profile.timeoutMs,
    quietMs: profile.quietMs,
    gapMs: step.gapMs ?? profile.gapMs,
    retryGapMs: Math.max(step.gapMs ?? 0, profile.retryGapMs),
    // A board that does not know it needs no time to wake.
    ...(step.optional === true && { tentative: true, retryGapMs: step.gapMs ?? profile.gapMs }),
    stretch: profile.stretch,
  };
}

/**
 * The exchange that asks a query of a board.
 * @param attempt counts the tries, from 1
 * @param profile the protocol's timing, perhaps with the user's own values
 */
export function exchangeFor(
  protocol: Protocol,
  query: Query,
  target: Target,
  attempt: number,
  profile: Pace = protocol.profile,
): Exchange {
  return {
    name: query.name,
    protocol: protocol.id,
    address: target.address,
    request: query.request(target, attempt),
    frames: query.frames?.(target) ?? protocol.frames,
    match: (frame, parts) => query.match(frame, parts, target),
    timeoutMs: profile.timeoutMs,
    quietMs: profile.quietMs,
    gapMs: profile.gapMs,
    retryGapMs: profile.retryGapMs,
    stretch: profile.stretch,
  };
}

/** What came over a bus, whole or not; only ever rises. */
export interface Counters {
  /** requests sent */
  requests: number;
  /** answers accepted */
  answers: number;
  /** valid frames that answer something else: late, echoed, or another device's */
  foreignFrames: number;
  badChecksums: number;
  /** bytes that belong to no frame, or came while nothing was asked */
  discardedBytes: number;
}

/** An exchange on the line: takes the bytes that come, and settles once. */
export class RunningExchange {
  readonly result: Promise<Buffer[]>;
  private readonly framer: Framer;
  private readonly parts: Buffer[] = [];
  private settle: { resolve: (parts: Buffer[]) => void; reject: (error: BmsError) => void } | undefined;
  private timer: Timer | undefined;
  private wakeAt = Infinity;
  private deadline: number;
  private readonly timeoutMs: number;
  /** on the monotonic clock */
  readonly startedAt: number;
  private lastByteAt = -Infinity;
  private isResynced = true;
  private received = 0;
  /** of them, those in which no answer was sought */
  private ignored = 0;
  /** how many bytes of its own request have come back, before anything else */
  private echoed = 0;

  constructor(
    readonly exchange: Exchange,
    private readonly clock: Clock,
    private readonly counters: Counters,
    private readonly line: LineKind = {},
    private readonly late?: LateAnswers,
  ) {
    this.framer = new Framer(exchange.frames);
    this.timeoutMs = late?.limitMs(exchange) ?? exchange.timeoutMs;
    this.startedAt = clock.monotonic();
    this.deadline = this.startedAt + this.timeoutMs;
    this.result = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    counters.requests++;
    this.wake(this.deadline);
  }

  /** Takes bytes from the line. */
  data(bytes: Buffer): void {
    this.guard(() => this.receive(bytes));
  }

  private receive(bytes: Buffer): void {
    if (this.settle === undefined) return;
    this.lastByteAt = this.clock.monotonic();
    this.isResynced = false;
    this.noteEcho(bytes);
    const looked = Math.max(0, Math.min(bytes.length, MOST_BYTES - this.received));
    this.received += bytes.length;
    this.ignored += bytes.length - looked;
    if (this.take(this.framer.push(bytes.subarray(0, looked)))) return;
    const quiet = this.lastByteAt + this.exchange.quietMs;
    // One timer for all bytes: it finds out itself, when it fires, that more have come.
    if (this.wakeAt > quiet) this.wake(quiet);
  }

  /** Ends the exchange from outside, as when the line is lost. */
  fail(error: BmsError): void {
    this.finish()?.reject(error);
  }

  /** Runs in the callback of a socket or a timer, where nothing may be thrown. */
  private guard(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.fail(toBmsError(thrown));
    }
  }

  private take(frames: readonly Buffer[]): boolean {
    for (const frame of frames) {
      const result = this.exchange.match(frame, this.parts);
      if (result === 'foreign') {
        this.counters.foreignFrames++;
        continue;
      }
      if (result instanceof BmsError) {
        this.counters.answers++;
        this.finish()?.reject(result);
        return true;
      }
      if (this.parts.length >= MOST_PARTS) {
        this.fail(this.endless());
        return true;
      }
      this.parts.push(frame);
      this.deadline = this.clock.monotonic() + this.timeoutMs;
      if (result === 'complete') {
        this.counters.answers++;
        this.finish()?.resolve(this.parts);
        return true;
      }
    }
    return false;
  }

  private onTimer(): void {
    const now = this.clock.monotonic();
    const quietAt = this.lastByteAt + this.exchange.quietMs;
    if (!this.isResynced && now >= quietAt) {
      this.isResynced = true;
      if (this.take(this.framer.resync())) return;
      // The answer came, damaged: waiting longer brings nothing.
      if (this.framer.badChecksums > 0 && this.framer.pending === 0) return this.expire();
    }
    // A frame that is still arriving at the deadline gets as long again to become whole.
    const arriving = now < quietAt && this.framer.pending > 0 && now < this.deadline + this.timeoutMs;
    if (now >= this.deadline && !arriving) return this.expire();
    this.wake(this.isResynced ? this.deadline : arriving ? quietAt : Math.min(quietAt, this.deadline));
  }

  private expire(): void {
    const { exchange, received, framer } = this;
    if (framer.badChecksums > 0) {
      return this.fail(
        new BmsError('checksum', say`The answer to ${exchange.name} is damaged; check ${adviceFor(this.line).damage}.`),
      );
    }
    if (
      this.line.isRadio === true &&
      received > 0 &&
      this.echoed === received &&
      received % exchange.request.length === 0
    ) {
      return this.fail(
        new BmsError(
          'timeout',
          say`The Bluetooth module only repeats ${exchange.name}, as some do until they are paired; pair it with the system of this computer, with its passkey ("bluetoothctl", then "pair").`,
        ),
      );
    }
    const late = this.late?.tookMs(exchange);
    if (late !== undefined && late > this.timeoutMs) return this.fail(this.tooLate(late));
    const remedy = say`check that it is awake, ${adviceFor(this.line).silence}, the protocol and the address`;
    this.fail(
      new BmsError(
        'timeout',
        received === 0
          ? say`The device does not answer ${exchange.name} within ${this.timeoutMs} ms; ${remedy}.`
          : say`The device does not answer ${exchange.name} within ${this.timeoutMs} ms (${received} bytes received, but no complete response); ${remedy}.`,
      ),
    );
  }

  private tooLate(tookMs: number): BmsError {
    const { name } = this.exchange;
    const text = say`An answer to ${name} came ${tookMs} ms after its request, ${tookMs - Math.round(this.timeoutMs)} ms late; raise the timeout of the device (now ${this.timeoutMs} ms), or look for what makes the line slow.`;
    return new BmsError('timeout', text, undefined, 'too_late');
  }

  private endless(): BmsError {
    const { name } = this.exchange;
    return new BmsError('malformed', say`The answer to ${name} does not end; check the protocol, or update the board.`);
  }

  /** What a module sends back of the request, once or more, as long as nothing else comes. */
  private noteEcho(bytes: Buffer): void {
    const { request } = this.exchange;
    if (request.length === 0 || this.echoed !== this.received) return;
    if (bytes.every((byte, at) => byte === request[(this.received + at) % request.length])) this.echoed += bytes.length;
  }

  private finish(): RunningExchange['settle'] {
    const settle = this.settle;
    if (settle === undefined) return undefined;
    this.settle = undefined;
    this.timer?.cancel();
    this.counters.badChecksums += this.framer.badChecksums;
    this.counters.discardedBytes += this.framer.discarded + this.framer.pending + this.ignored;
    return settle;
  }

  private wake(at: number): void {
    this.timer?.cancel();
    this.wakeAt = at;
    this.timer = this.clock.after(Math.max(0, at - this.clock.monotonic()), () => this.guard(() => this.onTimer()));
  }
}
