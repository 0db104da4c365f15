/** How a peripheral's answers become notifications: called for each answer, in order. */
export type Cut = (bytes: Buffer) => Buffer[];

/** Each answer by itself, in pieces of one size. */
export function chunksOf(size: number): Cut {
  return (bytes) => pieces(bytes, () => size);
}

/** Each answer by itself, in pieces of these sizes, over and over: `oddCuts(1, 19, 3)`. */
export function oddCuts(...sizes: readonly number[]): Cut {
  let next = 0;
  return (bytes) => pieces(bytes, () => sizes[next++ % sizes.length]!);
}

/**
 * A stream in pieces of one size, whatever the frames: the end of an answer waits for the next one, and comes glued to
 * its beginning.
 */
export function glued(size: number): Cut {
  let waiting: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const all = Buffer.concat([waiting, bytes]);
    const whole = all.length - (all.length % size);
    waiting = all.subarray(whole);
    return pieces(all.subarray(0, whole), () => size);
  };
}

function pieces(bytes: Buffer, size: () => number): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.subarray(at, at + size());
    found.push(piece);
    at += piece.length;
  }
  return found;
}
