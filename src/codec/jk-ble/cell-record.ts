import type { Reading } from '../../battery/reading';
import type { Memory } from '../untyped';

/** How one variant lays out the cell record, in both directions. Offsets count from the first byte of the record. */
export interface CellRecord {
  /** whether a record has the structure of this variant; never without cells (jk-ble.md 1) */
  fits(record: Buffer): boolean;
  /** @returns what the record says, be it possible or not */
  decode(record: Buffer, memory: Memory): Reading;
  /** @param pack completed by `summarise`; absent values become 0, or what stands for "not reported" */
  encode(pack: Reading, record: Buffer): void;
}
