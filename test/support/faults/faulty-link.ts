import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import type { Clock, Timer } from '../../../src/clock';
import { Framer } from '../../../src/codec/kit/framing';
import type { Profile, Protocol, EmulatedResponse } from '../../../src/codec/protocol';
import type { Channel, ChannelEvents, Link } from '../../../src/link/link';
import { integer, type Lottery } from '../../../src/simulator/seeded';
import type { ChangingPack } from './changing-pack';
import { noise, type Fault, type Piece, type Scene } from './faults';
import type { Stranger } from './stranger';

/** What the board has said, and when. */
export interface Answer {
  /** of the pack */
  readonly moment: number;
  /** on the monotonic clock */
  readonly madeAt: number;
  /** as hex; '' for what it sent by itself */
  readonly request: string;
  readonly bytes: Buffer;
}

/** A fault with its chance to strike an answer. */
export interface Trouble {
  readonly fault: Fault;
  readonly chance: number;
}

export interface FaultyLinkOptions {
  clock: Clock;
  draw: Lottery;
  protocol: Protocol;
  address: number;
  pack: ChangingPack;
  /** numbers of cells that the pack has in turn, whenever it restarts */
  cells: readonly [number, number];
  stranger: Stranger;
  /** at which the board answers */
  profile: Profile;
  isRadio: boolean;
  /** told what comes out of the line */
  delivered(piece: Piece): void;
  /** told when the pack has another number of cells */
  restarted(): void;
}

const PORT = 'ttyBMS0';

/**
 * A line with one simulated board on it, and strangers perhaps, on which anything may go wrong. What is under way when
 * the line is opened afresh still comes: boards do not know that their host has turned away.
 */
export class FaultyLink implements Link {
  readonly name = PORT;
  readonly isRadio: boolean;
  readonly figures = { connects: 0, drops: 0 };
  /** what may strike an answer from now on */
  troubles: readonly Trouble[] = [];
  /** how often each fault has struck */
  readonly struck = new Map<string, number>();
  /** channels that are open */
  channels = 0;

  private events: ChannelEvents | undefined;
  private readonly timers = new Set<Timer>();
  private streaming: Timer | undefined;
  /** pieces that wait for the next */
  private waiting: Piece[] = [];
  private silentUntil = -Infinity;
  private garbledUntil = -Infinity;
  /** the adapter lets nothing through until it is opened anew */
  isHung = false;
  /** where the board is plugged in; '' when nowhere */
  private plugged = PORT;

  constructor(private readonly options: FaultyLinkOptions) {
    this.isRadio = options.isRadio;
  }

  get stranger(): Stranger {
    return this.options.stranger;
  }

  open(events: ChannelEvents): Promise<Channel> {
    if (this.plugged !== PORT) {
      return Promise.reject(new BmsError('port_not_found', say`${PORT} is not there; ports: ${this.plugged}`));
    }
    if (this.channels > 0) return Promise.reject(new BmsError('port_busy', say`${PORT} is open already`));
    this.channels++;
    this.events = events;
    this.isHung = false;
    let isOpen = true;
    return Promise.resolve({
      write: (bytes: Buffer) => {
        if (!isOpen || this.events !== events) return Promise.reject(new BmsError('disconnected', say`closed`));
        this.hear(Buffer.from(bytes));
        return Promise.resolve();
      },
      close: () => {
        if (isOpen) this.channels--;
        isOpen = false;
        if (this.events === events) this.hangUp();
        return Promise.resolve();
      },
    });
  }

  /** The line falls silent for a while: what is said then is lost. */
  silence(ms: number): void {
    this.silentUntil = this.now() + ms;
  }

  /** For a while both ends disagree about the rate: the board understands nothing, and says what nobody understands. */
  garble(ms: number): void {
    this.garbledUntil = this.now() + ms;
  }

  /** The adapter stops to work, as some do, until it is opened anew: that is not healed by itself. */
  hang(): void {
    this.isHung = true;
  }

  /** The line breaks after a while; it can be opened again at once. */
  dropIn(ms: number): void {
    this.later(ms, () => this.drop());
  }

  /** The port goes away, and comes back under its name. */
  vanish(ms: number): void {
    this.drop();
    this.plugged = '';
    this.later(ms, () => (this.plugged = PORT));
  }

  /** The port goes away, comes back under another name, and at last somebody plugs it in where it was. */
  replug(goneMs: number, elsewhereMs: number): void {
    this.drop();
    this.plugged = '';
    this.later(goneMs, () => (this.plugged = 'ttyBMS1'));
    this.later(goneMs + elsewhereMs, () => (this.plugged = PORT));
  }

  /** The board starts anew, with another number of cells. */
  restart(ms: number): void {
    const { pack, cells } = this.options;
    this.silence(ms);
    this.streaming?.cancel();
    pack.rebuild(pack.cells === cells[0] ? cells[1] : cells[0]);
    this.options.restarted();
  }

  /** From now on nothing goes wrong any more, and nothing comes of what did. */
  heal(): void {
    this.troubles = [];
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.waiting = [];
    this.silentUntil = -Infinity;
    this.garbledUntil = -Infinity;
    this.plugged = PORT;
  }

  private hear(request: Buffer): void {
    if (this.isGarbled) {
      const { draw } = this.options;
      if (draw() < 0.7) this.send([{ afterMs: 20, bytes: noise(draw, integer(draw, 1, 300)) }]);
      return;
    }
    const { protocol, address } = this.options;
    const served = protocol.emulate(request);
    if (served?.address !== address || this.isSilent) return;
    this.say(request, (pack) => served.answer(pack));
    if (served.stream !== undefined) this.stream(served.stream);
  }

  private stream(stream: NonNullable<EmulatedResponse['stream']>): void {
    this.streaming?.cancel();
    this.streaming = this.options.clock.after(stream.everyMs, () => {
      if (!this.isSilent && !this.isGarbled) this.say(Buffer.alloc(0), (pack) => stream.next(pack));
      if (this.events !== undefined) this.stream(stream);
    });
  }

  private say(request: Buffer, answer: EmulatedResponse['answer']): void {
    const { pack, draw, protocol, profile } = this.options;
    const { moment, reading } = pack.pass();
    const bytes = answer(reading);
    if (bytes.length === 0) return;
    const said: Answer = { moment, madeAt: this.now(), request: request.toString('hex'), bytes };
    const framer = new Framer(protocol.frames);
    const found = framer.push(bytes);
    const frames = Buffer.concat(found).equals(bytes) ? found : [bytes];
    const scene: Scene = { draw, profile, request, answer: said, frames, line: this };
    let pieces: Piece[] = [{ afterMs: 5 + 10 * draw(), bytes, of: said }];
    for (const { fault, chance } of this.troubles) {
      if (pieces.length === 0 || draw() >= chance) continue;
      this.struck.set(fault.name, (this.struck.get(fault.name) ?? 0) + 1);
      fault.happen?.(scene);
      pieces = fault.change?.(pieces, scene) ?? pieces;
    }
    this.send(pieces);
  }

  private send(pieces: readonly Piece[]): void {
    for (const piece of pieces) this.later(piece.afterMs, () => this.deliver(piece));
  }

  private deliver(piece: Piece): void {
    if (this.isSilent) return;
    if (piece.place !== undefined) {
      this.waiting.push(piece);
      // Nobody holds bytes back for ever.
      if (this.waiting.length === 1) this.later(2 * this.options.profile.timeoutMs, () => this.flush());
      return;
    }
    const { waiting } = this;
    this.waiting = [];
    const before = waiting.filter(({ place }) => place === 'merged');
    const behind = waiting.filter(({ place }) => place === 'behind');
    for (const part of [...before, piece, ...behind]) this.options.delivered(part);
    this.events?.data(Buffer.concat([...before, piece].map(({ bytes }) => bytes)));
    for (const { bytes } of behind) this.events?.data(bytes);
  }

  private flush(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const piece of waiting) this.deliver({ ...piece, place: undefined });
  }

  private later(ms: number, action: () => void): void {
    const timer = this.options.clock.after(ms, () => {
      this.timers.delete(timer);
      action();
    });
    this.timers.add(timer);
  }

  private drop(): void {
    const { events } = this;
    this.hangUp();
    events?.closed(new BmsError('disconnected', say`${PORT} is gone`));
  }

  private hangUp(): void {
    this.events = undefined;
    this.streaming?.cancel();
    this.waiting = [];
  }

  private get isSilent(): boolean {
    return this.isHung || this.now() < this.silentUntil;
  }

  private get isGarbled(): boolean {
    return this.now() < this.garbledUntil;
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
