import { layout, type Endian, type Layout, type Row } from '../kit/fields';
import { inData } from './record';

/** Something that there is for both orders of bytes: records are little-endian, registers big-endian (jk-modbus.md 3, 4). */
export type BothOrders<T> = Readonly<Record<Endian, T>>;

/** @param make called once for each order */
export function inBothOrders<T>(make: (endian: Endian) => T): BothOrders<T> {
  return { big: make('big'), little: make('little') };
}

/**
 * A table of the data of a record.
 * @param rows their offsets are those of the record, by which both sheets name them
 */
export function tables<T extends object>(rows: readonly Row<T>[]): BothOrders<Layout<T>> {
  const inside = rows.map((row) => ({ ...row, at: inData(row.at) }));
  return inBothOrders((endian) => layout(inside, endian));
}
