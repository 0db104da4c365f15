import type { BankReading } from './reading';

/** Which cell of which pack a cell of a bank is. */
export interface CellPlace {
  readonly pack: string;
  /** from 1 */
  readonly packCell: number;
}

/**
 * The place of a cell in a bank (bank.md 2).
 * @param cell its number in the whole bank, from 1
 * @returns undefined for a cell of one pack, and where a pack before it has not been seen yet
 */
export function cellPlace(cell: number, { packs = [] }: Readonly<Pick<BankReading, 'packs'>>): CellPlace | undefined {
  let before = 0;
  for (const { pack, cellCount } of packs) {
    if (cellCount === undefined) return undefined;
    if (cell <= before + cellCount) return { pack, packCell: cell - before };
    before += cellCount;
  }
  return undefined;
}
