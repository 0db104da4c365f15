import type { Facts, Target } from '../protocol';

/*
 * A list whose values come one by one, each as the answer to a request of its own: cells and temperatures. What has
 * come so far is kept in the facts, from where the last value completes the list. Values of two reads must not mix, so
 * that a list is gathered in one go: a value that fails to come ends it, and the first one begins anew.
 */

export interface Gathering {
  /** Whether it is the turn of the value at this index, from 0. */
  applies(target: Target, index: number): boolean;
  /** The facts that keep a raw value for the others to come. */
  keep(index: number, raw: number): Facts;
  /** The raw values up to and with this one; undefined when those before it are missing. */
  values(facts: Facts, index: number, raw: number): number[] | undefined;
  /** the facts that end what is under way */
  readonly ended: Facts;
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
    ended: { [next]: 0 },
    applies: ({ facts }, index) => isInTurn(facts, index),
    keep: (index, raw) => ({ [`${name}${index}`]: raw, [next]: index + 1 }),
    values(facts, index, raw) {
      if (!isInTurn(facts, index)) return undefined;
      return [...kept.slice(0, index).map((key) => facts[key] ?? 0), raw];
    },
  };
}
