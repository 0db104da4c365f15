import type { Facts, Target } from '../protocol';

/*
 * A list whose values come one by one, each as the answer to a request of its own: cells and temperatures. What has
 * come so far is kept in the facts, from where the last value completes the list. Values of two reads must not mix: the
 * facts count only in their read, where a value that fails to come ends the list.
 */

export interface Gathering {
  /** Whether it is the turn of the value at this index, from 0. */
  applies(target: Target, index: number): boolean;
  /** The facts that keep a raw value for the others to come. */
  keep(index: number, raw: number): Facts;
  /** The raw values before this one; undefined when they are missing. */
  before(facts: Facts, index: number): number[] | undefined;
  /** the fact that counts only in its read, see `Protocol.fleeting` */
  readonly fleeting: string;
}

/**
 * @param name distinguishes the facts of this list from others
 * @param most how many values there can be
 */
export function gathering(name: string, most: number): Gathering {
  const next = `${name}Next`;
  const kept = Array.from({ length: most }, (_, index) => `${name}${index}`);
  const isInTurn = (facts: Facts, index: number): boolean => index === 0 || facts[next] === index;
  return {
    fleeting: next,
    applies: ({ facts }, index) => isInTurn(facts, index),
    keep: (index, raw) => ({ [`${name}${index}`]: raw, [next]: index + 1 }),
    before: (facts, index) => (isInTurn(facts, index) ? kept.slice(0, index).map((key) => facts[key] ?? 0) : undefined),
  };
}
