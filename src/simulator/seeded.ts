/** A repeatable source of numbers in [0, 1). */
export type Lottery = () => number;

/** Draws the same numbers for the same seed (mulberry32, public domain). @param seed an integer */
export function seeded(seed: number): Lottery {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Turns a text into a seed (FNV-1a, 32 bit). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** One of the values, by lot. @param values at least one */
export function pick<T>(draw: Lottery, values: readonly [T, ...T[]]): T {
  return values[Math.floor(draw() * values.length)] ?? values[0];
}

/** An integer from min to max, both included. */
export function integer(draw: Lottery, min: number, max: number): number {
  return min + Math.floor(draw() * (max - min + 1));
}

/** 1 give or take a fraction: `around(draw, 0.01)` lies in 0.99 to 1.01. */
export function around(draw: Lottery, fraction: number): number {
  return 1 + (2 * draw() - 1) * fraction;
}
