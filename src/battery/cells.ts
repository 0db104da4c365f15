import { cellPlace } from './bank/cell-place';
import type { BankReading } from './bank/reading';
import { cellStatistics, round, type CellStatistics } from './derive';
import type { Origin } from './formats';
import type { Reading } from './reading';

export interface Cell {
  /** from 1 */
  cell: number;
  /** V */
  voltage: number;
  /** V above the average of the pack, below it when negative; to 1 mV */
  deviation: number;
  /** ohm, where the device reports it */
  resistance?: number;
  /** where the device reports which cells it balances */
  balancing?: boolean;
  /** of a bank: whose cell it is */
  pack?: string;
  /** of a bank: its number in that pack, from 1 */
  packCell?: number;
}

/** The cells of a pack, and what follows from their voltages. */
export interface CellTable extends CellStatistics {
  cells: Cell[];
}

/** A point as an InfluxDB batch node takes it. */
export interface CellPoint {
  measurement: 'cell';
  fields: Omit<Cell, 'cell' | 'pack'>;
  /** which cell of which pack; without empty ones, as InfluxDB refuses them */
  tags: Record<string, string>;
  timestamp: Date;
}

/**
 * The cells of a reading. Extremes and average are those of the voltages in the table, also where the device reports
 * its own, which it may have measured at another moment.
 * @returns fresh objects; undefined when the device reports no cell voltages
 */
export function cellTable(reading: Readonly<Reading | BankReading>): CellTable | undefined {
  const { cellVoltages = [], cellResistances, balancingCells } = reading;
  const statistics = cellStatistics(cellVoltages);
  if (statistics === undefined) return undefined;
  const cells = cellVoltages.map((voltage, index) => {
    const cell = index + 1;
    const resistance = cellResistances?.[index];
    return {
      cell,
      voltage,
      deviation: round(voltage - statistics.average, 3),
      ...(resistance === undefined ? {} : { resistance }),
      ...(balancingCells === undefined ? {} : { balancing: balancingCells.includes(cell) }),
      ...('packs' in reading ? cellPlace(cell, reading) : {}),
    };
  });
  return { ...statistics, cells };
}

/**
 * One point per cell, for a batch to InfluxDB, in the measurement `cell`.
 * @param timestamp when the cells were read, ms since the epoch
 */
export function cellPoints({ cells }: CellTable, origin: Origin, timestamp: number): CellPoint[] {
  const { device, protocol, address } = origin;
  return cells.map(({ cell, pack = '', ...fields }) => {
    const tags = { device, pack, cell: String(cell), protocol, address: String(address) };
    return {
      measurement: 'cell',
      fields,
      tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== '')),
      timestamp: new Date(timestamp),
    };
  });
}

/** Whether anything about the cells differs between two readings. */
export function haveCellsChanged(before: Reading | undefined, now: Reading): boolean {
  return before === undefined || JSON.stringify(cellTable(before)) !== JSON.stringify(cellTable(now));
}
