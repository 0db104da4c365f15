import type { Reading } from '../battery/reading';
import { addValues } from '../battery/reading-keys';
import type { Checksum, Group, Query } from '../codec/protocol';
import type { Answer } from './answer';

/** How old the answer of a query may be before a poll asks again, ms. */
const MAX_AGE_MS: Record<Group, number> = { fast: 0, cells: 0, counters: 60_000, identity: Infinity };

/** The same for the identity of a board whose checksum does not find every error: a wrong one must not stay for ever. */
const MAX_AGE_OF_DOUBTFUL_MS = 600_000;

/** Whether the checksum finds every error that lines make, but for very few. */
export function isStrong(checksum: Checksum): boolean {
  return checksum === 'crc16';
}

/** Whether a query is asked now and then, not with every poll. */
export function isSlow({ group }: Query): boolean {
  return MAX_AGE_MS[group] > 0;
}

export interface KeptAnswersOptions {
  readonly checksum: Checksum;
  /** polls per reading of the cells */
  readonly cellsEvery: number;
  /** ms */
  now(): number;
}

/** Answers that count for longer than the read in which they came: those of slow groups, and of cells that are read seldom. */
export class KeptAnswers {
  private readonly answers = new Map<Query, Answer>();
  private polls = 0;
  /** of the slow answers, until one of them changes */
  private slow: Reading | undefined;

  constructor(private readonly options: KeptAnswersOptions) {}

  /** Forgets what the board has said. */
  forget(): void {
    this.answers.clear();
    this.slow = undefined;
  }

  /** To be called when the board was changed: what is read now and then may be another now; its identity stays. */
  outdate(): void {
    for (const query of this.answers.keys()) if (query.group === 'counters') this.drop(query);
  }

  /** To be called on a new connection. */
  reset(): void {
    this.forget();
    this.polls = 0;
  }

  /** To be called when a poll begins. */
  beginPoll(): void {
    this.polls++;
  }

  /** Whether a poll asks the query: its answer is missing, or too old. */
  isDue(query: Query): boolean {
    const { cellsEvery, checksum, now } = this.options;
    const kept = this.answers.get(query);
    if (kept === undefined) return true;
    if (query.group === 'cells') return (this.polls - 1) % cellsEvery === 0;
    const maxAgeMs =
      query.group === 'identity' && !isStrong(checksum) ? MAX_AGE_OF_DOUBTFUL_MS : MAX_AGE_MS[query.group];
    return now() - kept.at >= maxAgeMs;
  }

  /** Keeps an answer, if it is one that is kept. */
  keep(query: Query, answer: Answer): void {
    if (!isSlow(query) && (query.group !== 'cells' || this.options.cellsEvery <= 1)) return;
    this.answers.set(query, answer);
    this.slow = undefined;
  }

  /** To be called when a query is not answered: old values must not pass for new ones; the identity of a board does not change. */
  missed(query: Query): void {
    if (query.group !== 'identity') this.drop(query);
  }

  /** To be called when it is not sure any more what was answered. */
  drop(query: Query): void {
    if (this.answers.delete(query)) this.slow = undefined;
  }

  get all(): Iterable<readonly [Query, Answer]> {
    return this.answers;
  }

  /** Of what is kept, that which changes slowly: the cells of an earlier poll say nothing of the present voltage. */
  slowValues(): Readonly<Reading> {
    return (this.slow ??= merged([...this.answers].filter(([query]) => isSlow(query))));
  }
}

/** The values of some answers together; of the same key the last one, unless another query has it more exactly. */
export function merged(answers: Iterable<readonly [Query, Answer]>): Reading {
  const reading: Reading = {};
  let exact: Reading | undefined;
  for (const [query, answer] of answers) {
    // Not spread: V8 makes a hidden class for each object into which another one is spread and further keys are added.
    addValues(reading, answer.reading);
    for (const key of query.overrides ?? []) {
      if (answer.reading[key] !== undefined) Object.assign((exact ??= {}), { [key]: answer.reading[key] });
    }
  }
  return exact === undefined ? reading : addValues(reading, exact);
}
