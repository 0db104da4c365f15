import type { Memory, Target } from '../untyped';

/*
 * A list whose values come one by one, each as the answer to a request of its own: cells and temperatures. What has
 * come so far is kept in the memory, from where the last value completes the list. Values of two reads must not mix: the
 * memory count only in their read, where a value that fails to come ends the list.
 */

export interface Gathering {
  /** Whether it is the turn of the value at this index, from 0. */
  applies(target: Target, index: number): boolean;
  /** The memory that keep a raw value for the others to come. */
  keep(index: number, raw: number): Memory;
  /** The raw values before this one; undefined when they are missing. */
  before(memory: Memory, index: number): number[] | undefined;
  /** name of what counts only in its read, see `Protocol.lasting` */
  readonly perRead: string;
}

/**
 * @param name distinguishes the memory of this list from others
 * @param most how many values there can be
 */
export function gathering(name: string, most: number): Gathering {
  const next = `${name}Next`;
  const kept = Array.from({ length: most }, (_, index) => `${name}${index}`);
  const isInTurn = (memory: Memory, index: number): boolean => index === 0 || memory[next] === index;
  return {
    perRead: next,
    applies: ({ memory }, index) => isInTurn(memory, index),
    keep: (index, raw) => ({ [`${name}${index}`]: raw, [next]: index + 1 }),
    before: (memory, index) =>
      isInTurn(memory, index) ? kept.slice(0, index).map((key) => memory[key] ?? 0) : undefined,
  };
}
