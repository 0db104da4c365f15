import type { Clock } from '../../../src/clock';
import { usualTruth, type Truth } from './truth';

/** What a board does with a write that it would carry out. */
export type Mischief =
  | 'none'
  /** it does it and says nothing */
  | 'acknowledgement lost'
  /** the write never arrived */
  | 'write lost'
  /** it acknowledges and does it after a while */
  | 'obeys late'
  /** it acknowledges and does nothing */
  | 'does not obey'
  /** the line breaks as the write arrives; it is done */
  | 'line cut with the write'
  /** the same, and it is done after a while */
  | 'line cut, obeys late'
  /** the line breaks as the write arrives; it is not done */
  | 'line cut before the write'
  /** the write is done and acknowledged, then the line breaks */
  | 'line cut after the write';

/** A write that reached the board. */
export interface WriteEntry {
  /** monotonic, ms */
  readonly at: number;
  /** what was written: a switch, a setting, or a mode that the board is put into for a while */
  readonly kind: 'switch' | 'setting' | 'mode';
  readonly what: string;
  readonly value: number | boolean | string;
  /** the request, hex */
  readonly frame: string;
  /** whether the board has taken it: not in the wrong mode, or without the password */
  taken: boolean;
}

export interface BoardOptions {
  clock: Clock;
  truth?: Partial<Truth>;
  /** bus address, where the protocol has one */
  address?: number;
  /** from the end of a request to the answer, ms */
  answerMs?: number;
  /** the silence after which it forgets a request without an end, ms; `Infinity`: it never does */
  forgetsAfterMs?: number;
}

/** A write as a board understood it. */
export interface Command {
  kind: WriteEntry['kind'];
  what: string;
  value: number | boolean | string;
  frame: Buffer;
  /** carries it out */
  act(): void;
  /** undefined: the board does not acknowledge this */
  ack: Buffer | undefined;
}

/** Longer than any pause within a request, shorter than the shortest time-out of a protocol. */
const FORGETS_AFTER_MS = 250;

/** The longest that a board keeps of what makes no request, bytes. */
const LONGEST = 400;

/**
 * A board of our own, made from the protocol sheets alone: it shares no table, no field and no checksum with the code
 * that is tested. It has a truth, answers for it byte by byte, takes commands, and keeps a log of every write.
 */
export abstract class WitnessBoard {
  /** id of the protocol that it speaks */
  abstract readonly protocol: string;
  readonly truth: Truth;
  readonly log: WriteEntry[] = [];
  mischief: Mischief = 'none';
  /** how late it obeys, ms */
  lateMs = 1500;
  /** no power: it takes and says nothing */
  silent = false;
  /** breaks the line that it hangs on */
  cut: () => void = () => undefined;
  protected readonly clock: Clock;
  readonly address: number;
  private readonly answerMs: number;
  private readonly forgetsAfterMs: number;
  private heard: Buffer = Buffer.alloc(0);
  private heardAt = 0;
  private say: ((bytes: Buffer) => void) | undefined;

  constructor({ clock, truth, address = 1, answerMs = 20, forgetsAfterMs = FORGETS_AFTER_MS }: BoardOptions) {
    this.clock = clock;
    this.truth = usualTruth(truth);
    this.address = address;
    this.answerMs = answerMs;
    this.forgetsAfterMs = forgetsAfterMs;
  }

  /** What a reading of this board must say, by key. */
  abstract expected(): Record<string, unknown>;

  /** What it may say besides: derived, or told by some versions only. */
  may(): Record<string, unknown> {
    return {};
  }

  /** Whether it is in the mode in which it works. */
  get isNormal(): boolean {
    return true;
  }

  /** Whether it keeps all that was written when it restarts. */
  get isSaved(): boolean {
    return true;
  }

  /** A line comes on. @param say puts bytes on it */
  attach(say: (bytes: Buffer) => void): void {
    this.heard = Buffer.alloc(0);
    this.say = say;
    this.connected();
  }

  detach(): void {
    this.say = undefined;
    this.connected();
  }

  /** Whatever belongs to one connection is over. */
  protected connected(): void {}

  /** Takes bytes from the line. */
  receive(bytes: Buffer): void {
    if (this.silent) return;
    const now = this.clock.monotonic();
    const before = now - this.heardAt < this.forgetsAfterMs ? this.heard : Buffer.alloc(0);
    this.heardAt = now;
    this.heard = Buffer.concat([before, bytes]);
    while (this.heard.length > 0) {
      const length = this.requestLength(this.heard);
      if (length === 'more' && this.heard.length < LONGEST) return;
      if (length === 'more' || length === 'none') {
        this.heard = this.heard.subarray(1);
        continue;
      }
      const request = Buffer.from(this.heard.subarray(0, length));
      this.heard = this.heard.subarray(length);
      this.serve(request);
    }
  }

  /** Length of the whole request at the beginning; 'more' when it is not all there, 'none' when none begins here. */
  protected abstract requestLength(heard: Buffer): number | 'more' | 'none';

  /** Serves a request whose sum is right. */
  protected abstract serve(request: Buffer): void;

  /** Puts an answer on the line that the request came from, unless that is gone by then. */
  protected answer(bytes: Buffer, delayMs = this.answerMs): void {
    const { say } = this;
    this.clock.after(delayMs, () => {
      if (this.say === say && !this.silent) say?.(bytes);
    });
  }

  /** The board does not take it. */
  protected refuse(command: Omit<Command, 'act' | 'ack'>, refusal: Buffer | undefined): void {
    this.note(command, false);
    if (refusal !== undefined) this.answer(refusal);
  }

  /** The board does it, as far as its mischief goes. Modes are entered and left as they should be. */
  protected obey(command: Command): void {
    const mischief = command.kind === 'mode' ? 'none' : this.mischief;
    const acknowledge = (): void => {
      if (command.ack !== undefined) this.answer(command.ack);
    };
    this.note(command, true);
    switch (mischief) {
      case 'none':
        command.act();
        acknowledge();
        break;
      case 'acknowledgement lost':
        command.act();
        break;
      case 'write lost':
        break;
      case 'obeys late':
        acknowledge();
        this.clock.after(this.lateMs, () => command.act());
        break;
      case 'does not obey':
        acknowledge();
        break;
      case 'line cut with the write':
        command.act();
        this.cut();
        break;
      case 'line cut, obeys late':
        this.clock.after(this.lateMs, () => command.act());
        this.cut();
        break;
      case 'line cut before the write':
        this.cut();
        break;
      case 'line cut after the write':
        command.act();
        acknowledge();
        this.clock.after(this.answerMs + 1, () => this.cut());
        break;
    }
  }

  private note({ kind, what, value, frame }: Omit<Command, 'act' | 'ack'>, taken: boolean): void {
    this.log.push({ at: this.clock.monotonic(), kind, what, value, frame: frame.toString('hex'), taken });
  }

  /** Writes that change the pack, as `charge=false`; without modes. */
  get changes(): string[] {
    return this.log.filter(({ kind }) => kind !== 'mode').map(({ what, value }) => `${what}=${value}`);
  }
}
