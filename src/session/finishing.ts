import type { BmsError } from '../battery/errors';
import { within, type Clock } from '../clock';
import { exchangeOfStep, type Exchange } from './exchange';
import type { Found } from './candidates';
import { paceOf, type LineKind } from './line-needs';
import { OpenModes } from './open-modes';
import { Sequences, type Sequence } from './sequences';
import { Unfinished } from './unfinished';

/** How long a line that is to be given up is kept for what must not be cut in two: Node-RED waits for 15 s in all, ms. */
const FINISH_LIMIT_MS = 5000;

/** What the requests of a line are to this. */
export interface Requests {
  /** Sends a request ahead of others. */
  submit(exchange: Exchange): Promise<unknown>;
  /** Fails the requests that wait and of which `isMeant` is true of their sequence. */
  refuse(error: BmsError, isMeant: (sequence: Sequence | undefined) => boolean): void;
}

/**
 * What was begun on a line is ended: before the line is given up nothing new is begun, and what ends a mode of a board and
 * was not answered goes out again.
 */
export class Finishing {
  /** the modes that boards were brought into */
  readonly modes = new OpenModes();
  /** what must not be cut in two */
  private readonly held = new Set<Promise<unknown>>();
  private readonly sequences = new Sequences();
  private readonly unfinished: Unfinished;
  /** why nothing new is begun: the line is being given up */
  private refusal: BmsError | undefined;
  /** the same when it is because nothing uses the line */
  private releasing: BmsError | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly requests: Requests,
  ) {
    this.unfinished = new Unfinished((exchange) => requests.submit(exchange));
  }

  /** Whether the line must stay open, unless it breaks. */
  get isHeld(): boolean {
    return this.held.size > 0;
  }

  /** Keeps the line open until the work has ended. @param ended called then */
  hold(work: Promise<unknown>, ended: () => void): void {
    this.held.add(work);
    const letGo = (): void => {
      this.held.delete(work);
      ended();
    };
    work.then(letGo, letGo);
  }

  /** Resolves when what is held now has ended. */
  async heldWork(): Promise<void> {
    await Promise.allSettled([...this.held]);
  }

  /** Why a request is not taken: the line is being given up, and the sequence that it belongs to has not begun. */
  refusalOf(sequence: Sequence | undefined): BmsError | undefined {
    return this.sequences.hasBegun(sequence) ? undefined : this.refusal;
  }

  /** To be called when a line that is being released is used again: it is kept. */
  keep(): void {
    if (this.refusal === this.releasing) this.refusal = undefined;
  }

  /** To be called when a request of a sequence goes out. */
  begin(sequence: Sequence): void {
    this.sequences.begin(sequence);
  }

  /** To be called when nothing more of a sequence will be sent. */
  end(sequence: Sequence): void {
    this.sequences.end(sequence);
  }

  /** Sends a request of a sequence again that the board has not answered, as soon as the line carries answers. */
  finishLater(exchange: Exchange, board?: Pick<Found, 'protocol' | 'address'>): void {
    this.unfinished.add(exchange, () => {
      if (board !== undefined) this.modes.left(board);
    });
  }

  /** Takes a board out of the mode that it is in from before, once. @returns whether there is anything to send */
  endMode(board: Pick<Found, 'protocol' | 'address'>, line: LineKind): boolean {
    const mode = this.modes.takeFormer(board);
    if (mode === undefined) return false;
    this.finishLater(exchangeOfStep(mode.ending, mode.protocol, paceOf(mode.protocol, line), board.address), board);
    return true;
  }

  /** To be called when a request was answered. */
  answered(exchange: Exchange): void {
    this.unfinished.answered(exchange);
    this.resume(true);
  }

  /** Sends what is unfinished, unless something else is half done. @param isAnswering see `Unfinished.resume` */
  resume(isAnswering: boolean): void {
    if (!this.sequences.areUnderWay && this.refusal === undefined) this.unfinished.resume(isAnswering);
  }

  /** Gives up the line because nothing uses it: see `giveUp`. */
  release(refusal: BmsError, letGo: () => Promise<void>): Promise<void> {
    this.releasing = refusal;
    return this.giveUp(refusal, letGo);
  }

  /**
   * Begins nothing new, waits for what has been begun, and lets go of the line, unless it is kept after all. What runs
   * beside it ends by itself.
   */
  async giveUp(refusal: BmsError, letGo: () => Promise<void>): Promise<void> {
    if (this.sequences.areUnderWay) {
      this.refusal = refusal;
      this.requests.refuse(refusal, (sequence) => !this.sequences.hasBegun(sequence));
      await within(this.clock, FINISH_LIMIT_MS, this.sequences.ended(), refusal).catch(() => undefined);
      // It is used again meanwhile, or has been given up for longer.
      if (this.refusal !== refusal) return;
      this.refusal = undefined;
    }
    await letGo();
  }
}
