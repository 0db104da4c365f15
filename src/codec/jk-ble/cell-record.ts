import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import { wrongCell } from '../jk-record/cells';
import type { Facts } from '../protocol';

/** How one variant lays out the cell record, in both directions. Offsets count from the first byte of the record. */
export interface CellRecord {
  /** whether a record has the structure of this variant; never without cells (jk-ble 1) */
  fits(record: Buffer): boolean;
  /** @throws BmsError `malformed` when the content cannot be true */
  decode(record: Buffer, facts: Facts): Reading;
  /** @param pack completed by `derive`; absent values become 0, or what stands for "not reported" */
  encode(pack: Reading, record: Buffer): void;
}

/** @param cells V; @throws BmsError `malformed` */
export function checkCells(cells: readonly number[]): void {
  const wrong = wrongCell(cells);
  if (wrong === undefined) return;
  throw new BmsError(
    'malformed',
    `The cell information of the device cannot be true: ${wrong}. Read again; if it stays so, check that the device ` +
      'is a JK with Bluetooth protocol.',
  );
}
