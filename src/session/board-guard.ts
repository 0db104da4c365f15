import {
  differenceBetween,
  differenceText,
  identityOf,
  isPartOf,
  merged,
  reportsAll,
  type Identity,
} from '../battery/identity';
import { BmsError, NotSentError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import { say, sequenceOf, type Sentence } from '../battery/sentence';
import { Signal } from './signal';

/** A board that answers in the place of the known one. */
export interface OtherBoard {
  readonly known: Identity;
  readonly present: Identity;
}

/** A reading, and where it comes from. */
export interface ReadingSource {
  /** protocol id */
  readonly protocol: string;
  /** address of the other end of the line; '' where it has none */
  readonly peer: string;
  /** whether the board was asked for everything: what it does not report then it may never report */
  readonly isWhole: boolean;
}

/** Further readings until two in a row must say the same. */
const MOST_READINGS = 3;

/**
 * Knows which board a device is, and notices when another one answers: its identity must come twice before it counts. Until a user
 * accepts it nothing may be switched.
 */
export class BoardGuard {
  /** what is known, whenever that changes */
  readonly learnt = new Signal<Identity>();
  /** every board that takes the place of the known one; undefined when the known one is back, or the other was accepted */
  readonly changed = new Signal<OtherBoard | undefined>();

  private known: Identity | undefined;
  private other: Identity | undefined;
  private proven = false;
  private recalling = false;
  private accepted = 0;
  private lookedUp: Promise<void> = Promise.resolve();

  /** @param name of the device, for messages */
  constructor(private readonly name: string) {}

  /** The board that answers in the place of the known one; undefined when that does. */
  get otherBoard(): OtherBoard | undefined {
    const { known, other } = this;
    return known === undefined || other === undefined ? undefined : { known, present: other };
  }

  /** the board that the device stands for; undefined until one has been read */
  get knownBoard(): Identity | undefined {
    return this.known;
  }

  /** how often another board was accepted: what is in progress then was meant for the one before */
  get acceptances(): number {
    return this.accepted;
  }

  /** Whether a board must be read before it is switched: it is not sure that it is the known one. */
  get isUnproven(): boolean {
    return this.recalling || (this.known !== undefined && !this.proven);
  }

  /** What was known at another time: nothing is switched before it is there. */
  recall(known: Promise<Identity | undefined>): Promise<void> {
    this.lookedUp = this.takeKnown(known);
    return this.lookedUp;
  }

  /** Whether it is still being looked up which board was known. */
  get isLookingUp(): boolean {
    return this.recalling;
  }

  /** When it has been looked up which board was known. */
  get whenLookedUp(): Promise<void> {
    return this.lookedUp;
  }

  private async takeKnown(known: Promise<Identity | undefined>): Promise<void> {
    this.recalling = true;
    try {
      const before = await known;
      if (before === undefined) return;
      this.known = before;
      this.proven = false;
    } finally {
      this.recalling = false;
    }
  }

  /** To be called when another board may be there from now on. */
  unprove(): void {
    this.proven = false;
  }

  /**
   * Compares a reading with the known board.
   * @param again reads everything afresh
   * @returns the reading, or the later one that counts
   * @throws BmsError `malformed` when the board says something else every time; what keeps it from being read again
   */
  async check(
    { protocol, peer, isWhole }: ReadingSource,
    reading: Reading,
    again: () => Promise<Reading>,
  ): Promise<Reading> {
    let identity = identityOf(protocol, reading, peer);
    for (let readings = 0; this.isNew(identity); readings++) {
      if (readings === MOST_READINGS) throw this.unsteady();
      reading = await again();
      const before = identity;
      identity = identityOf(protocol, reading, peer);
      if (this.isNew(identity) && differenceBetween(before, identity) === undefined) {
        this.meet(identity);
        return reading;
      }
    }
    this.take(identity);
    this.proven = isWhole || (this.known !== undefined && reportsAll(identity, this.known));
    return reading;
  }

  /** Whether a reading that is not whole yet speaks of a board that is not known. */
  suspectsOtherBoard({ protocol, peer }: ReadingSource, reading: Reading): boolean {
    return this.isNew(identityOf(protocol, reading, peer));
  }

  /** What speaks against switching the board now; undefined when nothing does. */
  objection(): BmsError | undefined {
    const { otherBoard } = this;
    if (otherBoard !== undefined)
      return new NotSentError('denied', this.sentenceOf(otherBoard, say`Nothing was sent.`));
    if (!this.recalling) return undefined;
    return new NotSentError(
      'denied',
      say`The known board of ${this.name} has not been recalled yet. Nothing was sent.`,
    );
  }

  /** The error that a board in the place of the known one is. */
  errorOf(other: OtherBoard): BmsError {
    return new BmsError('denied', this.sentenceOf(other));
  }

  private sentenceOf({ known, present }: OtherBoard, ending?: Sentence): Sentence {
    const key = differenceBetween(known, present);
    const how = key === undefined ? say`it identifies itself differently` : differenceText(key, known, present);
    const another = say`Another board answers as ${this.name}: ${how}.`;
    const remedy = say`Nothing is switched until you accept it, by msg.payload = { action: "accept" } to a node of this device, or in the dialog of the device.`;
    return sequenceOf(ending === undefined ? [another, remedy] : [another, ending, remedy]);
  }

  /**
   * The board that answers from now on is the one that is meant.
   * @returns that board; undefined when the known one answers, or none was read yet
   */
  accept(): Identity | undefined {
    const { other } = this;
    if (other === undefined) return undefined;
    this.other = undefined;
    this.accepted++;
    this.learn(other);
    this.changed.emit(undefined);
    return other;
  }

  /** Forgets the known board: the next one that answers is the one that is meant. */
  forget(): void {
    const wasOther = this.other !== undefined;
    this.known = undefined;
    this.other = undefined;
    if (wasOther) this.changed.emit(undefined);
  }

  /** Whether a board is neither the known one nor the other that has been met already. */
  private isNew(identity: Identity): boolean {
    const { known, other } = this;
    if (known === undefined || differenceBetween(known, identity) === undefined) return false;
    return other === undefined || differenceBetween(other, identity) !== undefined;
  }

  /** The identity of another board has come twice. */
  private meet(identity: Identity): void {
    this.proven = true;
    this.other = identity;
    this.changed.emit(this.otherBoard);
  }

  private take(identity: Identity): void {
    const { known, other } = this;
    // What is about to be looked up must not be overwritten.
    if (this.recalling) return;
    if (known === undefined) return this.learn(identity);
    if (other !== undefined) {
      if (differenceBetween(other, identity) === undefined) {
        // Where the known one may be back as well, nothing shows that it is.
        if (differenceBetween(known, identity) !== undefined) this.other = merged(other, identity);
        return;
      }
      this.other = undefined;
      this.changed.emit(undefined);
    }
    if (!isPartOf(identity, known)) this.learn(merged(known, identity));
  }

  private learn(identity: Identity): void {
    this.known = identity;
    this.learnt.emit(identity);
  }

  private unsteady(): BmsError {
    return new BmsError(
      'malformed',
      say`${this.name} identifies itself differently with every answer; check the line, and that only one board answers on it.`,
    );
  }
}
