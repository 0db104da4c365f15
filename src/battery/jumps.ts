import type { ReadingKey } from './contradictions';
import type { NumberKey, NumberListKey, Reading, TextKey } from './reading';

/*
 * Values that have changed since the last time by more than a battery mostly does. Loads come and go, and sensors fail:
 * such a value is none that cannot be, but one that is worth a second look.
 */

/** How much a value may change: at once, as a share of what it was, and more for each second. */
interface Leeway {
  readonly atOnce?: number;
  readonly share?: number;
  readonly perSecond?: number;
  readonly sharePerSecond?: number;
  /** whether it only rises */
  readonly rising?: boolean;
}

/** A: a large inverter starts, or a charger; of a small pack */
const CURRENT: Leeway = { atOnce: 50, share: 0.5 };
/** points: a board that corrects itself, and 1 C */
const SOC: Leeway = { atOnce: 2, perSecond: 0.03 };
const VOLTAGE: Leeway = { share: 0.035, sharePerSecond: 2e-4 };
const LIMIT: Leeway = { atOnce: 1, share: 0.2 };
/** °C: of a pack, and of small parts that heat up at once */
const TEMPERATURE: Leeway = { atOnce: 5, perSecond: 0.05 };
const PART_TEMPERATURE: Leeway = { atOnce: 10, perSecond: 1 };
/** V by which one cell leaves the others */
const CELL: Leeway = { atOnce: 0.1, perSecond: 2e-4 };
/** ohm */
const RESISTANCE: Leeway = { atOnce: 0.05, share: 0.5 };
const COUNT: Leeway = {};
const ERRORS: Leeway = { atOnce: 20, perSecond: 1, rising: true };

const NUMBERS: Readonly<Partial<Record<NumberKey, Leeway>>> = {
  voltage: VOLTAGE,
  current: CURRENT,
  soc: SOC,
  soh: { atOnce: 3, perSecond: 1e-3 },
  fullCapacity: { share: 0.02 },
  designCapacity: COUNT,
  cellCount: COUNT,
  cellVoltageMin: { share: 0.06, sharePerSecond: 2e-4 },
  cellVoltageMax: { share: 0.06, sharePerSecond: 2e-4 },
  mosTemperature: PART_TEMPERATURE,
  balancerTemperature: PART_TEMPERATURE,
  ambientTemperature: PART_TEMPERATURE,
  temperatureMin: TEMPERATURE,
  temperatureMax: TEMPERATURE,
  cycles: { atOnce: 1, perSecond: 1 / 1800, rising: true },
  /** Ah, at 1000 A */
  cycleCapacity: { atOnce: 1, perSecond: 0.3, rising: true },
  /** s; boards may count hours */
  runtime: { atOnce: 3700, perSecond: 2, rising: true },
  chargeVoltageLimit: LIMIT,
  chargeCurrentLimit: LIMIT,
  dischargeVoltageLimit: LIMIT,
  dischargeCurrentLimit: LIMIT,
};

const NUMBER_RULES = Object.entries(NUMBERS) as [NumberKey, Leeway][];

const TEXTS: readonly TextKey[] = [
  'model',
  'hardwareVersion',
  'softwareVersion',
  'serialNumber',
  'deviceName',
  'manufactureDate',
];

/** What an answer that has told it once goes on telling. */
const LASTING: readonly ReadingKey[] = ['voltage', 'current', 'soc', 'cellVoltages', 'temperatures'];

/**
 * The keys of an answer whose values have jumped beside those that were told before.
 * @param elapsedMs between the two
 * @param pack what else is known of the pack: its capacity
 */
export function jumps(
  now: Readonly<Reading>,
  before: Readonly<Reading>,
  elapsedMs: number,
  pack: Readonly<Reading> = before,
): ReadingKey[] {
  const seconds = Math.max(0, elapsedMs / 1000);
  const found: ReadingKey[] = [];
  for (const [key, leeway] of NUMBER_RULES) {
    if (hasJumped(now[key], before[key], leeway, seconds)) found.push(key);
  }
  for (const key of TEXTS) {
    if (now[key] !== undefined && before[key] !== undefined && now[key] !== before[key]) found.push(key);
  }
  if (hasJumped(now.remainingCapacity, before.remainingCapacity, remainingOf(pack), seconds))
    found.push('remainingCapacity');
  if (haveCellsJumped(now.cellVoltages, before.cellVoltages, seconds)) found.push('cellVoltages');
  if (hasListJumped('temperatures', now, before, TEMPERATURE, seconds)) found.push('temperatures');
  if (hasListJumped('cellResistances', now, before, RESISTANCE, seconds)) found.push('cellResistances');
  if (haveErrorsJumped(now.errorCounts, before.errorCounts, seconds)) found.push('errorCounts');
  return found;
}

/** Whether an answer lacks what an earlier answer to the same request has told. */
export function lacks(now: Readonly<Reading>, before: Readonly<Reading>): boolean {
  return LASTING.some((key) => now[key] === undefined && before[key] !== undefined);
}

function hasJumped(now: number | undefined, before: number | undefined, leeway: Leeway, seconds: number): boolean {
  if (now === undefined || before === undefined || now === before) return false;
  if (leeway.rising === true && now < before) return true;
  const { atOnce = 0, share = 0, perSecond = 0, sharePerSecond = 0 } = leeway;
  const most = atOnce + perSecond * seconds + (share + sharePerSecond * seconds) * Math.abs(before);
  return Math.abs(now - before) > most;
}

/** What remains goes with the state of charge, in parts of the full capacity. */
function remainingOf({ fullCapacity, designCapacity }: Readonly<Reading>): Leeway {
  const capacity = fullCapacity ?? designCapacity;
  const { atOnce = 0, perSecond = 0 } = SOC;
  if (capacity === undefined) return { atOnce: 1, share: 0.1, sharePerSecond: perSecond / 100 };
  return { atOnce: (capacity * atOnce) / 100, perSecond: (capacity * perSecond) / 100 };
}

/** A load moves all cells alike: what counts is one that leaves the others, and the average as the pack's voltage. */
function haveCellsJumped(now: readonly number[] | undefined, before: readonly number[] = [], seconds: number): boolean {
  if (now === undefined || before.length === 0) return false;
  if (now.length !== before.length) return true;
  const average = averageOf(now);
  const averageBefore = averageOf(before);
  if (hasJumped(average, averageBefore, VOLTAGE, seconds)) return true;
  return now.some((cell, i) => {
    const former = before[i] ?? 0;
    return hasJumped(cell - average, former - averageBefore, CELL, seconds);
  });
}

function hasListJumped(
  key: Exclude<NumberListKey, 'cellVoltages'>,
  now: Readonly<Reading>,
  before: Readonly<Reading>,
  leeway: Leeway,
  seconds: number,
): boolean {
  const values: readonly (number | null)[] | undefined = now[key];
  const former: readonly (number | null)[] | undefined = before[key];
  if (values === undefined || former === undefined) return false;
  if (values.length !== former.length) return true;
  return values.some((value, i) => {
    const was = former[i] ?? null;
    // A sensor that comes or goes.
    if (value === null || was === null) return value !== was;
    return hasJumped(value, was, leeway, seconds);
  });
}

function haveErrorsJumped(
  now: Readonly<Record<string, number>> = {},
  before: Readonly<Record<string, number>> = {},
  seconds: number,
): boolean {
  return Object.entries(now).some(([name, count]) => hasJumped(count, before[name], ERRORS, seconds));
}

function averageOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
