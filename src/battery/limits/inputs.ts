import type { Alarm } from '../alarm';
import type { Reading } from '../reading';
import type { LimitsSettings } from './settings';

/** A reading of a pack or of a bank, which says how many cells it has in series. */
export type LimitsReading = Readonly<Reading> & { readonly seriesCells?: number };

/** The values that the limits are computed from. */
const KEYS = [
  ...(['voltage', 'current', 'soc', 'cellVoltages', 'cellVoltageMax', 'cellVoltageMin', 'cellCount'] as const),
  ...(['seriesCells', 'fullCapacity', 'designCapacity', 'temperatureMin', 'temperatureMax', 'mosTemperature'] as const),
  ...(['chargeEnabled', 'dischargeEnabled', 'alarms', 'chargeVoltageLimit', 'chargeCurrentLimit'] as const),
  ...(['dischargeVoltageLimit', 'dischargeCurrentLimit'] as const),
];
type Key = (typeof KEYS)[number];

/** The last figure of each value, with its age in s. */
export type Seen = { readonly [K in Key]?: { readonly value: NonNullable<LimitsReading[K]>; readonly age: number } };

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
  const later: Record<string, unknown> = {};
  for (const key of KEYS) {
    const value = reading[key];
    const before = seen[key];
    if (isFigure(value)) later[key] = { value, age };
    else if (before !== undefined) later[key] = { value: before.value, age: before.age + elapsed };
  }
  return later;
}

/** Numbers that are none count as lacking. */
function isFigure(value: unknown): boolean {
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

/**
 * @param seen the last figure of each value
 * @param lostAfter how old one may be, s; a temperature may be older
 */
export function inputsOf(settings: LimitsSettings, seen: Seen, lostAfter = countsFor(settings)): Inputs {
  const last = <K extends Key>(key: K, most = lostAfter) => lastOf(seen, key, most);
  const cells = cellsOf(settings, seen, lostAfter);
  const list = last('cellVoltages');
  const isWhole = list?.length === cells && seen.cellVoltages?.age === seen.cellVoltageMax?.age;
  const cellVoltages = isWhole ? list : undefined;
  const voltage = cellVoltages?.reduce((sum, cell) => sum + cell, 0) ?? last('voltage');
  const mean = meanOf(last('voltage'), cells);
  const highest = last('cellVoltageMax') ?? (mean === undefined ? undefined : mean + ASSUMED_SPREAD);
  const lowest = last('cellVoltageMin') ?? (mean === undefined ? undefined : mean - ASSUMED_SPREAD);
  return {
    ...{ cells, highest, lowest, cellVoltages, voltage: voltage ?? leastSum(cells, highest, lowest) },
    capacity: settings.capacity ?? last('fullCapacity') ?? last('designCapacity'),
    ...{ current: last('current'), soc: last('soc'), mos: last('mosTemperature') },
    ...{ coldest: last('temperatureMin', Infinity), hottest: last('temperatureMax', Infinity) },
    lacksTemperature: seen.temperatureMin !== undefined && last('temperatureMin') === undefined,
    ...{ chargeEnabled: last('chargeEnabled') ?? true, dischargeEnabled: last('dischargeEnabled') ?? true },
    alarms: last('alarms') ?? [],
    board: boardLimits(settings, seen, lostAfter),
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

/** Whether the highest or the lowest cell has jumped from one reading to the next. */
export function hasJumped(before: Inputs, after: Inputs): boolean {
  return isJump(before.highest, after.highest) || isJump(before.lowest, after.lowest);
}

function isJump(before: number | undefined, after: number | undefined): boolean {
  return before !== undefined && after !== undefined && Math.abs(after - before) > JUMP;
}
