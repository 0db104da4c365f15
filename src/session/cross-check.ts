import { isDeepStrictEqual } from 'node:util';
import { contradictions, evidenceOf, type Evidence, type ReadingKey } from '../battery/contradictions';
import { BmsError, toBmsError } from '../battery/errors';
import { jumps, lacks } from '../battery/jumps';
import type { Reading } from '../battery/reading';
import { say } from '../battery/sentence';
import type { Query } from '../codec/protocol';
import { endsTheRead, type Answer } from './answer';
import { isSlow, merged } from './kept-answers';

/** How often a doubtful answer is asked for again: once, unless damage strikes again. */
const MOST_REPEATS = 4;

/** How often a doubtful answer must come again; more often on a line that damages answers: chance may hit twice alike. */
const CONFIRMATIONS = 1;
const CONFIRMATIONS_ON_BAD_LINE = 2;

/** After so many reads in which no two answers agreed, the board is like this, and the next answer counts as it is. */
const MOST_HELD_BACK = 2;

export interface CrossCheckOptions {
  /** whether what is kept for long must come twice, because the checksum does not find every error */
  readonly confirmsSlowValues: boolean;
  /** see `Protocol.steady` */
  steady(memory: object): readonly unknown[];
  /** whether answers came damaged lately */
  isLineBad(): boolean;
  /** Asks a query once more. @throws BmsError */
  again(query: Query): Promise<Answer>;
  /** called with an answer that must come twice, and that nothing contradicts */
  plausible(answer: Answer): void;
  /** called with every answer that counts from now on */
  accepted(query: Query, answer: Answer): void;
  /** called with a query whose answers, earlier ones too, do not count any more */
  dropped(query: Query): void;
  /** called when an answer was not believed */
  refused(): void;
}

/**
 * Looks at every answer beside the others of its read and beside the one before: a checksum may be right by chance, or
 * not see what has happened. What contradicts them is asked once more, and counts when it comes again: loads jump, cells
 * fail, and boards are replaced. On a good line nothing is asked twice.
 */
export class CrossCheck {
  /** the last answer to each query that counted; also of earlier connections, as mostly the same board comes back */
  private readonly lastOnes = new Map<Query, Answer>();
  /** answers that were not believed, until one is */
  private readonly unconfirmed = new Map<Query, Answer[]>();
  private readonly heldBack = new Map<Query, number>();
  /** of the present read */
  private readonly answers = new Map<Query, Answer>();
  /** those whose answer came again, or was asked for again because of another one */
  private readonly confirmed = new Set<Query>();
  /** what counts beside the answers of the read: values that change slowly */
  private lasting: Readonly<Reading> = {};
  /** of both together */
  private soFar: Evidence = {};
  /** the reading before this one */
  private former: Reading = {};

  constructor(private readonly options: CrossCheckOptions) {}

  /** To be called when a read begins. @param lasting what is kept of earlier reads and still true */
  begin(lasting: Readonly<Reading>): void {
    for (const [query, answer] of this.answers) this.lastOnes.set(query, answer);
    this.answers.clear();
    this.confirmed.clear();
    this.lasting = lasting;
    this.soFar = evidenceOf(lasting);
    this.former = merged(this.lastOnes);
  }

  /** The answers of the board in this read, as far as they are believed. */
  get accepted(): ReadonlyMap<Query, Answer> {
    return this.answers;
  }

  /**
   * Takes an answer into the read, or the one that comes when it is asked again, when it is doubtful.
   * @throws BmsError `malformed` when no two answers agree, or why it cannot be asked again
   */
  async take(query: Query, answer: Answer): Promise<void> {
    const former = this.unconfirmed.get(query);
    if (former === undefined && this.isSure(query, answer)) return this.accept(query, answer);
    const taken = await this.confirmOrDrop(query, answer, former ?? []);
    const isSure = this.isSure(query, taken);
    this.accept(query, taken);
    if (isSure) return;
    // Which of two answers is wrong that contradict each other does not show: the other one is asked once more as well.
    for (const other of this.contradicting(query, taken)) await this.reconsider(other);
  }

  /** Of two answers that contradict each other, the earlier one must not count as if it were undisputed. */
  private async confirmOrDrop(query: Query, first: Answer, former: readonly Answer[]): Promise<Answer> {
    try {
      return await this.confirm(query, first, former);
    } catch (thrown) {
      this.options.dropped(query);
      throw thrown;
    }
  }

  private async confirm(query: Query, first: Answer, former: readonly Answer[]): Promise<Answer> {
    const heard = [...former];
    let answer = first;
    for (let repeats = 0; !this.isSure(query, answer); repeats++) {
      const times = heard.filter((one) => this.agrees(query, answer, one)).length;
      if (times >= (this.options.isLineBad() ? CONFIRMATIONS_ON_BAD_LINE : CONFIRMATIONS)) {
        this.confirmed.add(query);
        break;
      }
      heard.push(answer);
      this.unconfirmed.set(query, heard.slice(-MOST_REPEATS));
      if (repeats === MOST_REPEATS) return this.holdBack(query, answer);
      if (this.isPlausible(query, answer)) this.options.plausible(answer);
      answer = await this.options.again(query);
    }
    for (const other of heard) if (!this.agrees(query, answer, other)) this.options.refused();
    return answer;
  }

  /** Gives up on a query for this read, but not for ever. */
  private holdBack(query: Query, answer: Answer): Answer {
    const times = (this.heldBack.get(query) ?? 0) + 1;
    this.heldBack.set(query, times);
    if (times > MOST_HELD_BACK) {
      this.confirmed.add(query);
      return answer;
    }
    throw new BmsError(
      'malformed',
      say`The answers to ${query.name} contradict each other; check the cable, its ground and its length.`,
    );
  }

  private accept(query: Query, answer: Answer): void {
    this.unconfirmed.delete(query);
    this.heldBack.delete(query);
    this.answers.set(query, answer);
    this.soFar = evidenceOf(answer.reading, this.soFar);
    this.options.accepted(query, answer);
  }

  /** Asks a query of this read once more, because another answer contradicts it. */
  private async reconsider(query: Query): Promise<void> {
    const before = this.answers.get(query);
    if (before === undefined) return;
    await this.askAfresh(query, [before]);
    const { memory } = this.answers.get(query) ?? before;
    if (isDeepStrictEqual(memory, before.memory)) return;
    // What was understood by the former memory has to be understood anew.
    for (const [other] of [...this.answers]) {
      if (other.dependsOnMemory === true) await this.askAfresh(other, []);
    }
  }

  /** Asks a query of this read once more. An answer that nothing confirms does not count, while the read goes on. */
  private async askAfresh(query: Query, former: readonly Answer[]): Promise<void> {
    this.confirmed.add(query);
    this.answers.delete(query);
    this.soFar = evidenceOf(this.lasting);
    for (const { reading } of this.answers.values()) this.soFar = evidenceOf(reading, this.soFar);
    try {
      this.accept(query, await this.confirm(query, await this.options.again(query), former));
    } catch (thrown) {
      this.options.dropped(query);
      if (endsTheRead(toBmsError(thrown))) throw thrown;
    }
  }

  /** Whether an answer needs no second one. */
  private isSure(query: Query, answer: Answer): boolean {
    const isFirst = !this.lastOnes.has(query);
    return !(isFirst && this.options.confirmsSlowValues && isSlow(query)) && this.isPlausible(query, answer);
  }

  /** Whether nothing speaks against an answer. */
  private isPlausible(query: Query, answer: Answer): boolean {
    const before = this.lastOnes.get(query);
    return answer.dropped <= (before?.dropped ?? 0) && this.isLike(answer, before, this.former);
  }

  /** Whether an answer says the same as an earlier one, that was doubtful, give or take what changes meanwhile. */
  private agrees(query: Query, answer: Answer, earlier: Answer): boolean {
    if (query.group === 'identity' && !isDeepStrictEqual(answer.memory, earlier.memory)) return false;
    // What the earlier one does not contain it does not confirm.
    if (Object.keys(answer.reading).some((key) => !(key in earlier.reading))) return false;
    return this.isLike(answer, earlier, evidenceOf(earlier.reading, this.soFar));
  }

  private isLike(answer: Answer, earlier: Answer | undefined, known: Reading): boolean {
    if (earlier !== undefined && this.hasJumped(answer, earlier, known)) return false;
    return contradictions(answer.reading, this.soFar, known).length === 0;
  }

  private hasJumped({ reading, memory, at }: Answer, earlier: Answer, known: Reading): boolean {
    if (lacks(reading, earlier.reading)) return true;
    const steadyBefore = this.options.steady(earlier.memory);
    if (this.options.steady(memory).some((value, i) => value !== steadyBefore[i])) return true;
    return jumps(reading, earlier.reading, at - earlier.at, known).length > 0;
  }

  /** The other queries of this read whose answers contradict this one, and those by whose memory it was understood. */
  private contradicting(query: Query, answer: Answer): Query[] {
    const found = contradictions(answer.reading, this.soFar, this.former);
    const keys = new Set<ReadingKey>(found.flatMap((contradiction) => contradiction.keys));
    if (keys.size === 0) return [];
    return [...this.answers].flatMap(([other, { reading, memory }]) => {
      const isConcerned = other !== query && !this.confirmed.has(other);
      const explains = query.dependsOnMemory === true && Object.keys(memory).length > 0;
      return isConcerned && (explains || [...keys].some((key) => reading[key] !== undefined)) ? [other] : [];
    });
  }
}
