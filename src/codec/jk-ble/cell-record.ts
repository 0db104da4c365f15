import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
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

const BALANCER = { off: 0, charging: 1, discharging: 2 };

/** The byte that says what the balancer does: it has the direction too, which shows in the sign of its current. */
export function decodeBalancing(record: Buffer, at: number): boolean {
  return record.readUInt8(at) !== BALANCER.off;
}

export function encodeBalancing({ balancing = false, balanceCurrent = 0 }: Reading, record: Buffer, at: number): void {
  const direction = balanceCurrent < 0 ? BALANCER.discharging : BALANCER.charging;
  record.writeUInt8(balancing ? direction : BALANCER.off, at);
}

/** No cell has more; a record that says so was damaged in a way that its sum of eight bits does not show. */
export const CELL_MAX = 5.5;

/** @param cells V; @throws BmsError `malformed` */
export function checkCells(cells: readonly number[]): void {
  const wrong = cells.findIndex((voltage) => !(voltage <= CELL_MAX));
  if (wrong < 0) return;
  throw new BmsError(
    'malformed',
    `The cell information of the device cannot be true: ${cells[wrong]} V at cell ${wrong + 1}. Read again; if it ` +
      'stays so, check that the device is a JK with Bluetooth protocol.',
  );
}
