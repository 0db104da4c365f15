import { BmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import type { Clock, Timer } from '../clock';
import type { Reading } from '../battery/reading';
import { say } from '../battery/sentence';
import type { Protocol } from '../codec/protocol';
import type { Channel, ChannelEvents, Link } from '../link/link';
import type { ChemistryName } from './chemistry';
import { checkPackOptions, SimulatedPack } from './pack';
import type { ScenarioName } from './scenario';
import { seedOf } from './seeded';

/** How long a board takes to answer, and how long the second piece of a response in two pieces takes, ms. */
const TURNAROUND_MS = { min: 5, max: 15 };
const SECOND_PIECE_MS = { min: 1, max: 5 };

const SILENCE = Buffer.alloc(0);

export interface SimulatorOptions {
  /** of every pack on this line, 1 to 32 */
  cells: number;
  chemistry: ChemistryName;
  scenario: ScenarioName;
  /** 1 = real time */
  speed: number;
  clock: Clock;
  /** which the boards understand: the first that knows a request answers it */
  protocols: readonly Protocol[];
  /** for messages */
  name?: string;
}

/**
 * A line with a board at every address of every protocol. Packs are made with the first request to them, each with
 * its own figures, and live on when the line is closed and opened again.
 */
export class SimulatorLink implements Link {
  readonly name: string;
  readonly hasOwnRate = true;

  private readonly packs = new Map<string, SimulatedPack>();
  private channel: SimulatorChannel | undefined;

  /** @throws BmsError `bad_value` for a number of cells or a speed that cannot be */
  constructor(private readonly options: SimulatorOptions) {
    checkPackOptions(options);
    this.name = printable(options.name ?? 'simulator');
  }

  /** @throws BmsError `port_busy` while it is open */
  open(events: ChannelEvents): Promise<Channel> {
    if (this.channel?.isOpen === true) {
      const message = say`${this.name} is already open. Close it first, or share one connection.`;
      return Promise.reject(new BmsError('port_busy', message));
    }
    this.channel = new SimulatorChannel(this.options.clock, events, (request) => this.answer(request));
    return Promise.resolve(this.channel);
  }

  /** The pack at this address; made with the first request to it. */
  pack(protocolId: string, address: number): SimulatedPack {
    const key = `${protocolId}/${address}`;
    let pack = this.packs.get(key);
    if (pack === undefined) {
      pack = new SimulatedPack({ ...this.options, seed: seedOf(key) });
      this.packs.set(key, pack);
    }
    return pack;
  }

  private answer(request: Buffer): Answer | undefined {
    for (const protocol of this.options.protocols) {
      const served = protocol.emulate(request);
      if (served === undefined) continue;
      const { address, stream } = served;
      const pack = this.pack(protocol.id, address);
      if (pack.isSilent) return undefined;
      const read = (): Reading => pack.read();
      const bytes = served.answer(read(), pack);
      return stream === undefined
        ? { bytes }
        : { bytes, stream: { everyMs: stream.everyMs, next: () => (pack.isSilent ? SILENCE : stream.next(read())) } };
    }
    return undefined;
  }
}

/** The response of a board to a request, and what it sends unasked afterwards. */
interface Answer {
  bytes: Buffer;
  stream?: { everyMs: number; next(): Buffer };
}

/**
 * Carries one answer at a time: as on a half-duplex line, a new request ends an answer that is still under way. Bytes
 * that no board understands change nothing. A board that has begun to send unasked goes on until the line closes.
 */
class SimulatorChannel implements Channel {
  isOpen = true;

  private timer: Timer | undefined;
  private streaming: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly events: ChannelEvents,
    private readonly answer: (request: Buffer) => Answer | undefined,
  ) {}

  write(bytes: Buffer): Promise<void> {
    // in a promise from the start, so that a codec that throws rejects like every failed write
    return new Promise((resolve) => {
      this.ask(bytes);
      resolve();
    });
  }

  close(): Promise<void> {
    this.isOpen = false;
    this.timer?.cancel();
    this.timer = undefined;
    this.streaming?.cancel();
    return Promise.resolve();
  }

  private ask(bytes: Buffer): void {
    if (!this.isOpen) throw new BmsError('disconnected', say`The simulated line is closed. Open it again.`);
    const answer = this.answer(bytes);
    if (answer === undefined) return;
    this.timer?.cancel();
    this.deliver(this.pieces(answer.bytes), TURNAROUND_MS);
    if (answer.stream !== undefined) this.goOn(answer.stream);
  }

  /** Lets a board send unasked, between the responses to requests. */
  private goOn(stream: NonNullable<Answer['stream']>): void {
    this.streaming?.cancel();
    this.streaming = this.clock.after(stream.everyMs, () => {
      if (this.timer === undefined) this.deliver(this.pieces(stream.next()), TURNAROUND_MS);
      this.goOn(stream);
    });
  }

  /** An answer whole or cut in two, as serial drivers and radio packets do. */
  private pieces(answer: Buffer): Buffer[] {
    if (answer.length === 0) return [];
    const cut = Math.floor(2 * answer.length * this.clock.random());
    if (cut === 0 || cut >= answer.length) return [answer];
    return [answer.subarray(0, cut), answer.subarray(cut)];
  }

  private deliver([next, ...rest]: readonly Buffer[], delay: { min: number; max: number }): void {
    this.timer = undefined;
    if (next === undefined) return;
    this.timer = this.clock.after(delay.min + (delay.max - delay.min) * this.clock.random(), () => {
      this.deliver(rest, SECOND_PIECE_MS);
      this.events.data(next);
    });
  }
}
