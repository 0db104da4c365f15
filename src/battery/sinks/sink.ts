import type { Alarm } from '../alarm';
import type { BankReading } from '../bank/reading';
import type { Limits } from '../limits/output';
import type { LimitReason } from '../limits/reasons';

/** The last reading of a pack or of a bank, also while it is lost. */
export type SinkReading = Readonly<BankReading>;

/** What of the limits goes to chargers and inverters: those of a pack, or those that a bank combines. */
export type SinkLimits = Readonly<
  Partial<
    Pick<
      Limits,
      'chargeVoltageLimit' | 'chargeCurrentLimit' | 'dischargeVoltageLimit' | 'dischargeCurrentLimit' | 'chargeRequest'
    >
  >
> & { readonly chargeLimitedBy?: readonly LimitReason[] };

const LOST: Alarm = { code: 'communication_lost', level: 'fault', message: '' };

/** Whether the pack or bank is lost: its last reading tells nothing of now. */
export function isLost({ chargeLimitedBy = [] }: SinkLimits): boolean {
  return chargeLimitedBy.includes('lost');
}

/** The alarms of the last reading, and that of a loss; undefined while nothing is known yet. */
export function alarmsNow(reading: SinkReading | undefined, limits: SinkLimits): readonly Alarm[] | undefined {
  if (isLost(limits)) return [...(reading?.alarms ?? []), LOST];
  return reading === undefined ? undefined : (reading.alarms ?? []);
}

/** Where a cell is: its number in its pack, and in a bank the number of the pack, both from 1. */
export interface CellPlace {
  readonly pack?: number;
  readonly cell: number;
}

/** Where the lowest or highest cell is; undefined where that cannot be known. */
export function cellPlace(reading: SinkReading, which: 'min' | 'max'): CellPlace | undefined {
  const { packs } = reading;
  const number = which === 'min' ? reading.minCell : reading.maxCell;
  if (number === undefined) return undefined;
  if (packs === undefined) return { cell: number };
  const name = which === 'min' ? reading.minCellPack : reading.maxCellPack;
  const index = packs.findIndex(({ pack }) => pack === name);
  if (index < 0) return undefined;
  let cell = number;
  for (const { cellCount } of packs.slice(0, index)) {
    if (cellCount === undefined) return undefined;
    cell -= cellCount;
  }
  return cell >= 1 ? { pack: index + 1, cell } : undefined;
}

/** How packs of the same number of cells are connected. */
export interface Layout {
  readonly packs: number;
  readonly inSeries: number;
  readonly inParallel: number;
  readonly cellsOfPack?: number;
}

/** The layout of a bank, by its cells in series; that of a single pack; undefined where packs are unlike. */
export function layoutOf({ packs, cellCount, seriesCells }: SinkReading): Layout | undefined {
  if (packs === undefined) return { packs: 1, inSeries: 1, inParallel: 1, cellsOfPack: cellCount };
  const counts = new Set(packs.flatMap((pack) => pack.cellCount ?? []));
  const [cellsOfPack] = counts;
  if (cellsOfPack === undefined || counts.size > 1 || seriesCells === undefined) return undefined;
  const inSeries = seriesCells / cellsOfPack;
  const inParallel = packs.length / inSeries;
  if (!Number.isInteger(inSeries) || !Number.isInteger(inParallel)) return undefined;
  return { packs: packs.length, inSeries, inParallel, cellsOfPack };
}
