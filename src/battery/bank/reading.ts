import type { AlarmLevel, BankAlarm } from '../alarm';
import type { Reading } from '../reading';
import type { PackCondition } from './state';

/** A pack in the reading of its bank. A pack that is lost has its name, state, age and number of cells only. */
export interface PackSummary {
  pack: string;
  state: PackCondition;
  /** of its reading, s */
  age?: number;
  /** that were last seen: by these the cells of the bank are numbered */
  cellCount?: number;
  /** whether it can carry current */
  connected?: boolean;
  /** V */
  voltage?: number;
  /** A */
  current?: number;
  /** W */
  power?: number;
  /** % */
  soc?: number;
  /** part of the current of its parallel connection */
  share?: number;
  alarmLevel?: AlarmLevel | 'none';
}

/** A reading of a bank: that of one battery, with what only a bank has (bank.md 2). */
export interface BankReading extends Omit<Reading, 'alarms'> {
  alarms?: BankAlarm[];
  /** cells in series of the whole bank */
  seriesCells?: number;
  /** pack of `minCell` */
  minCellPack?: string;
  /** pack of `maxCell` */
  maxCellPack?: string;
  /** the greatest difference of cell voltages within one pack, V */
  packDeltaMax?: number;
  packs?: PackSummary[];
  packCount?: number;
  packsOnline?: number;
  packsBlockingCharge?: number;
  packsBlockingDischarge?: number;
  /** a pack is missing */
  degraded?: boolean;
}
