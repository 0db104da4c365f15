/** How a peripheral's answers become notifications: called for each answer, in order. */
export type Cut = (bytes: Buffer) => Buffer[];

/** Each answer by itself, in pieces of one size. */
export function chunksOf(size: number): Cut {
  return (bytes) => {
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(bytes.subarray(at, at + size));
    return found;
  };
}
