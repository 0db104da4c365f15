import type { Alarm } from '../alarm';
import type { Reading } from '../reading';
import type { LimitsSettings } from './settings';

/** A reading of a pack or of a bank, which says how many cells it has in series. */
export type LimitsReading = Readonly<Reading> & { readonly seriesCells?: number };

/** The values that the limits are computed from. */
type Key =
  | ('voltage' | 'current' | 'soc' | 'cellVoltages' | 'cellVoltageMax' | 'cellVoltageMin' | 'cellCount' | 'seriesCells')
  | ('fullCapacity' | 'designCapacity' | 'temperatureMin' | 'temperatureMax' | 'mosTemperature' | 'alarms')
  | ('chargeEnabled' | 'dischargeEnabled')
  | ('chargeVoltageLimit' | 'chargeCurrentLimit' | 'dischargeVoltageLimit' | 'dischargeCurrentLimit');

/** A figure that a reading had, and how long ago, s. */
interface Figure<K extends Key> {
  readonly value: NonNullable<LimitsReading[K]>;
  readonly age: number;
}

/** The last figure of each value, with its age in s. */
export type Seen = { readonly [K in Key]?: Figure<K> };

/** The values of a reading as the limits use them, with what stands in for those that lack (charge-limits.md 3). */
export interface Inputs {
  /** cells in series */
  readonly cells?: number;
  /** Ah */
  readonly capacity?: number;
  /** A */
  readonly current?: number;
  /** % */
  readonly soc?: number;
  /** of the highest and the lowest cell, V */
  readonly highest?: number;
  readonly lowest?: number;
  /** of the whole string, V */
  readonly voltage?: number;
  /** V; absent where the list is not whole, or older than the highest cell */
  readonly cellVoltages?: readonly number[];
  /** °C: the last ones, however old */
  readonly coldest?: number;
  readonly hottest?: number;
  /** a temperature was reported before, and lacks for too long */
  readonly lacksTemperature: boolean;
  /** °C */
  readonly mos?: number;
  readonly chargeEnabled: boolean;
  readonly dischargeEnabled: boolean;
  readonly alarms: readonly Alarm[];
  /** limits of the board, in V and A, where they are followed */
  readonly board: {
    readonly chargeVoltage?: number;
    readonly chargeCurrent?: number;
    readonly dischargeVoltage?: number;
    readonly dischargeCurrent?: number;
  };
}

/** V that the cells of a pack are taken to be away from their mean, where only the mean is known (charge-limits.md 3) */
const ASSUMED_SPREAD = 0.03;

/**
 * The last figure of each value after some time, with what a new reading says.
 * @param elapsed since `seen`, s
 * @param age of the reading, s
 */
export function seenLater(seen: Seen, elapsed: number, reading: LimitsReading = {}, age = 0): Seen {
  const last = <K extends Key>(key: K): Figure<K> | undefined => {
    const value = reading[key];
    if (isFigure(value)) return { value, age };
    const before = seen[key];
    return before && { value: before.value, age: before.age + elapsed };
  };
  // Written out: an object that is filled key by key becomes slow to use from a dozen keys on.
  return {
    voltage: last('voltage'),
    current: last('current'),
    soc: last('soc'),
    cellVoltages: last('cellVoltages'),
    cellVoltageMax: last('cellVoltageMax'),
    cellVoltageMin: last('cellVoltageMin'),
    cellCount: last('cellCount'),
    seriesCells: last('seriesCells'),
    fullCapacity: last('fullCapacity'),
    designCapacity: last('designCapacity'),
    temperatureMin: last('temperatureMin'),
    temperatureMax: last('temperatureMax'),
    mosTemperature: last('mosTemperature'),
    alarms: last('alarms'),
    chargeEnabled: last('chargeEnabled'),
    dischargeEnabled: last('dischargeEnabled'),
    chargeVoltageLimit: last('chargeVoltageLimit'),
    chargeCurrentLimit: last('chargeCurrentLimit'),
    dischargeVoltageLimit: last('dischargeVoltageLimit'),
    dischargeCurrentLimit: last('dischargeCurrentLimit'),
  };
}

/** Numbers that are none count as lacking. */
function isFigure<T>(value: T | undefined | null): value is NonNullable<T> {
  if (Array.isArray(value)) return value.every((entry) => typeof entry !== 'number' || Number.isFinite(entry));
  return typeof value === 'number' ? Number.isFinite(value) : value !== undefined && value !== null;
}

/** Whether a reading says what the cells have: otherwise it is none, and the one before grows older. */
export function isUsable(settings: LimitsSettings, reading: LimitsReading, seen: Seen): boolean {
  if (isFigure(reading.cellVoltageMax)) return true;
  const cells = reading.seriesCells ?? reading.cellCount ?? cellsOf(settings, seen, countsFor(settings));
  return isFigure(reading.voltage) && isFigure(cells);
}

/** The last figure of a value that is not too old. @param most s */
function lastOf<K extends Key>(seen: Seen, key: K, most: number): NonNullable<LimitsReading[K]> | undefined {
  const entry = seen[key];
  return entry === undefined || entry.age > most ? undefined : entry.value;
}

/** Cells in series. @param most how old their number may be, s */
export function cellsOf(settings: LimitsSettings, seen: Seen, most: number): number | undefined {
  return settings.cells ?? lastOf(seen, 'seriesCells', most) ?? lastOf(seen, 'cellCount', most);
}

/** The limits of the board, in V and A, where they are followed. @param most how old they may be, s */
export function boardLimits({ followBoard }: LimitsSettings, seen: Seen, most: number): Inputs['board'] {
  if (!followBoard) return {};
  return {
    chargeVoltage: lastOf(seen, 'chargeVoltageLimit', most),
    chargeCurrent: lastOf(seen, 'chargeCurrentLimit', most),
    dischargeVoltage: lastOf(seen, 'dischargeVoltageLimit', most),
    dischargeCurrent: lastOf(seen, 'dischargeCurrentLimit', most),
  };
}

/** The highest and the lowest cell: where a board does not say, a spread is assumed. @param most how old they may be, s */
function cellRange(seen: Seen, cells: number | undefined, most: number): Pick<Inputs, 'highest' | 'lowest'> {
  const mean = meanOf(lastOf(seen, 'voltage', most), cells);
  return {
    highest: lastOf(seen, 'cellVoltageMax', most) ?? (mean === undefined ? undefined : mean + ASSUMED_SPREAD),
    lowest: lastOf(seen, 'cellVoltageMin', most) ?? (mean === undefined ? undefined : mean - ASSUMED_SPREAD),
  };
}

/**
 * @param seen the last figure of each value
 * @param most how old one may be, s; a temperature may be older
 */
export function inputsOf(settings: LimitsSettings, seen: Seen, most = countsFor(settings)): Inputs {
  const cells = cellsOf(settings, seen, most);
  const list = lastOf(seen, 'cellVoltages', most);
  const isWhole = list?.length === cells && seen.cellVoltages?.age === seen.cellVoltageMax?.age;
  const cellVoltages = isWhole ? list : undefined;
  const { highest, lowest } = cellRange(seen, cells, most);
  const sum = cellVoltages?.reduce((total, cell) => total + cell, 0) ?? lastOf(seen, 'voltage', most);
  return {
    cells,
    highest,
    lowest,
    cellVoltages,
    voltage: sum ?? leastSum(cells, highest, lowest),
    capacity: settings.capacity ?? lastOf(seen, 'fullCapacity', most) ?? lastOf(seen, 'designCapacity', most),
    current: lastOf(seen, 'current', most),
    soc: lastOf(seen, 'soc', most),
    mos: lastOf(seen, 'mosTemperature', most),
    coldest: seen.temperatureMin?.value,
    hottest: seen.temperatureMax?.value,
    lacksTemperature: seen.temperatureMin !== undefined && lastOf(seen, 'temperatureMin', most) === undefined,
    chargeEnabled: lastOf(seen, 'chargeEnabled', most) ?? true,
    dischargeEnabled: lastOf(seen, 'dischargeEnabled', most) ?? true,
    alarms: lastOf(seen, 'alarms', most) ?? [],
    board: boardLimits(settings, seen, most),
  };
}

/** For how long a value counts on that lacks, s: as long as a pack that does not answer is not lost (charge-limits.md 7). */
export function countsFor({ lostAfter, freshFor }: LimitsSettings): number {
  return Math.max(lostAfter, freshFor);
}

function meanOf(voltage: number | undefined, cells: number | undefined): number | undefined {
  return voltage === undefined || cells === undefined ? undefined : voltage / cells;
}

/** What a string of which only two cells are known has at least, V. */
function leastSum(cells?: number, highest?: number, lowest?: number): number | undefined {
  if (cells === undefined || highest === undefined || lowest === undefined) return undefined;
  return highest + (cells - 1) * lowest;
}

/** V; a cell that moves by more from one reading to the next has jumped (charge-limits.md 3) */
const JUMP = 0.2;

/** Whether the highest or the lowest cell has jumped from one reading, however old it is by now, to the next. */
export function hasJumped(settings: LimitsSettings, before: Seen, after: Seen): boolean {
  const most = countsFor(settings);
  const was = cellRange(before, cellsOf(settings, before, Infinity), Infinity);
  const is = cellRange(after, cellsOf(settings, after, most), most);
  return isJump(was.highest, is.highest) || isJump(was.lowest, is.lowest);
}

function isJump(before: number | undefined, after: number | undefined): boolean {
  return before !== undefined && after !== undefined && Math.abs(after - before) > JUMP;
}
