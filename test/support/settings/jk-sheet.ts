import { sheetTable } from '../sheet';

/** A setting as a table of the sheets has it: `value = raw * scale`. */
export interface SheetSetting {
  key: string;
  /** its registers, in hex, as the columns before the offset have them */
  registers: string[];
  /** offset in its record */
  at: number;
  scale: number;
  /** in the unit of the key; Infinity where the model decides */
  range: readonly [number, number];
  class: string;
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})?`);
/** The limit of an app, and what boards for NMC take instead (settings-jk-ble.md 5). */
const OF_APP = '3.65';
const OF_BOARD = '4.35';

/** The range of a cell; everything, where it names none. */
function rangeIn(cell: string): readonly [number, number] {
  const [, least, most] = RANGE.exec(cell) ?? [];
  if (least === undefined) return [-Infinity, Infinity];
  return [Number(least), Number(most === OF_APP ? OF_BOARD : (most ?? Infinity))];
}

/**
 * The rows of section 1 that hold one whole number each.
 * @param columns of the offset, the key, the scale, the range and the class
 */
export function settingsIn(sheet: string, columns: readonly [number, number, number, number, number]): SheetSetting[] {
  const [at, key, scale, range, kind] = columns;
  return sheetTable(sheet, '1')
    .filter((cells) => /^\w+$/.test(cells[key] ?? '') && /^\d+$/.test(cells[at] ?? ''))
    .map((cells) => ({
      key: cells[key] ?? '',
      registers: cells.slice(0, at),
      at: Number(cells[at]),
      scale: Number(/^x (\S+)$/.exec(cells[scale] ?? '')?.[1] ?? 1),
      range: rangeIn(cells[range] ?? ''),
      class: cells[kind] ?? '',
    }));
}

/** The keys of the bits of the word of switches, from the lowest on, and their classes (settings-jk-modbus.md 2). */
export const SWITCH_BITS = sheetTable('settings-jk-modbus', '2').map(([, key = '', kind = '']) => ({
  key,
  class: kind,
}));
