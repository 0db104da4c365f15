import { itemOf, type Item } from './tables';

/** How many bytes an id that is not known may have (jk.md 6). */
const LONGEST_UNKNOWN = 32;

/**
 * Goes through ids and their data. A frame with a right sum is what the board sent, so that an id that is in no table
 * is new firmware, not damage: it is skipped where the rest then makes sense, else the walk ends there (jk.md 6).
 * @param visit gets each known id with the place of its data
 * @returns whether the walk came to the end of the data
 */
export function walk(data: Buffer, visit: (item: Item, at: number) => void): boolean {
  let last = -1;
  for (let at = 0; at < data.length;) {
    const known = itemOf(data[at]);
    if (known === undefined) {
      const next = behindUnknown(data, at + 1, last);
      if (next === undefined) return false;
      at = next;
      continue;
    }
    const end = at + 1 + known.lengthOf(data, at + 1);
    if (end > data.length) return false;
    visit(known, at + 1);
    last = known.id;
    at = end;
  }
  return true;
}

/** Where, behind an unknown id, known ones go on in rising order up to the very end of the data. */
function behindUnknown(data: Buffer, from: number, last: number): number | undefined {
  for (let at = from; at <= from + LONGEST_UNKNOWN && at < data.length; at++) if (rises(data, at, last)) return at;
  return undefined;
}

function rises(data: Buffer, from: number, above: number): boolean {
  let last = above;
  let at = from;
  while (at < data.length) {
    const known = itemOf(data[at]);
    if (known === undefined || known.id <= last) return false;
    last = known.id;
    at += 1 + known.lengthOf(data, at + 1);
  }
  return at === data.length;
}
