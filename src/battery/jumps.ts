import type { ReadingKey } from './contradictions';
import type { Reading } from './reading';

/*
 * Finds values that have changed by more than those of a battery usually do. Loads come and go, and sensors fail: such a
 * value may be true, but is read again before it counts.
 */

/** How much a value may change: at once, as a share of its last value, and per second. */
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
/** percentage points: a board that corrects itself; per second: 1 C */
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
/** Ah, at 1000 A */
export const THROUGHPUT = { atOnce: 1, perSecond: 0.3, rising: true };
/** Wh, at 1000 A and 1000 V */
export const ENERGY_THROUGHPUT = { atOnce: 1000, perSecond: 300, rising: true };
const ERRORS: Leeway = { atOnce: 20, perSecond: 1, rising: true };

/** Whether a value that has changed has jumped. @param pack what is known of the pack: its capacity */
type Rule<V> = (now: V, before: V, seconds: number, pack: Readonly<Reading>) => boolean;

/** The rules of keys, as far as they have one: one look-up per value of an answer. */
const RULES: { readonly [K in ReadingKey]?: Rule<NonNullable<Reading[K]>> } = {
  voltage: beyond(VOLTAGE),
  current: beyond(CURRENT),
  soc: beyond(SOC),
  soh: beyond({ atOnce: 3, perSecond: 1e-3 }),
  remainingCapacity: (now, before, seconds, pack) => hasJumped(now, before, remainingOf(pack), seconds),
  fullCapacity: beyond({ share: 0.02 }),
  designCapacity: anyChange,
  cycles: beyond({ atOnce: 1, perSecond: 1 / 1800, rising: true }),
  cycleCapacity: beyond(THROUGHPUT),
  chargedCapacity: beyond(THROUGHPUT),
  dischargedCapacity: beyond(THROUGHPUT),
  chargedEnergy: beyond(ENERGY_THROUGHPUT),
  dischargedEnergy: beyond(ENERGY_THROUGHPUT),
  /** s; boards may count hours */
  runtime: beyond({ atOnce: 3700, perSecond: 2, rising: true }),
  cellCount: anyChange,
  cellVoltages: haveCellsJumped,
  cellVoltageMin: beyond({ share: 0.06, sharePerSecond: 2e-4 }),
  cellVoltageMax: beyond({ share: 0.06, sharePerSecond: 2e-4 }),
  cellResistances: (now, before, seconds) => hasListJumped(now, before, RESISTANCE, seconds),
  temperatures: (now, before, seconds) => hasListJumped(now, before, TEMPERATURE, seconds),
  temperatureMin: beyond(TEMPERATURE),
  temperatureMax: beyond(TEMPERATURE),
  mosTemperature: beyond(PART_TEMPERATURE),
  balancerTemperature: beyond(PART_TEMPERATURE),
  ambientTemperature: beyond(PART_TEMPERATURE),
  chargeVoltageLimit: beyond(LIMIT),
  chargeCurrentLimit: beyond(LIMIT),
  dischargeVoltageLimit: beyond(LIMIT),
  dischargeCurrentLimit: beyond(LIMIT),
  errorCounts: haveErrorsJumped,
  model: anyChange,
  hardwareVersion: anyChange,
  softwareVersion: anyChange,
  serialNumber: anyChange,
  deviceName: anyChange,
  manufactureDate: anyChange,
};

function beyond(leeway: Leeway): Rule<number> {
  return (now, before, seconds) => hasJumped(now, before, leeway, seconds);
}

function anyChange(): boolean {
  return true;
}

/** Values that, once present in a response, stay present. */
const LASTING: readonly ReadingKey[] = ['voltage', 'current', 'soc', 'cellVoltages', 'temperatures'];

/**
 * The keys of a response whose values have jumped since the last one.
 * @param elapsedMs between the two
 * @param pack other values of the pack: its capacity, and what the last response did not have
 */
export function jumps(
  now: Readonly<Reading>,
  before: Readonly<Reading>,
  elapsedMs: number,
  pack: Readonly<Reading> = before,
): ReadingKey[] {
  const seconds = Math.max(0, elapsedMs / 1000);
  const found: ReadingKey[] = [];
  for (const name in now) {
    const key = name as ReadingKey;
    if (isJump(key, now[key], before[key] ?? pack[key], seconds, pack)) found.push(key);
  }
  return found;
}

function isJump<K extends ReadingKey>(
  key: K,
  now: Reading[K],
  before: Reading[K],
  seconds: number,
  pack: Readonly<Reading>,
): boolean {
  const rule = RULES[key];
  if (rule === undefined || now === undefined || before === undefined || now === before) return false;
  return rule(now, before, seconds, pack);
}

/** Whether a response lacks a value that the last response to the same request had. */
export function lacks(now: Readonly<Reading>, before: Readonly<Reading>): boolean {
  return LASTING.some((key) => now[key] === undefined && before[key] !== undefined);
}

function hasJumped(now: number, before: number, leeway: Leeway, seconds: number): boolean {
  if (now === before) return false;
  if (leeway.rising === true && now < before) return true;
  const { atOnce = 0, share = 0, perSecond = 0, sharePerSecond = 0 } = leeway;
  const most = atOnce + perSecond * seconds + (share + sharePerSecond * seconds) * Math.abs(before);
  return Math.abs(now - before) > most;
}

/** The remaining capacity follows the state of charge, as a share of the full capacity. */
function remainingOf({ fullCapacity, designCapacity }: Readonly<Reading>): Leeway {
  const capacity = fullCapacity ?? designCapacity;
  const { atOnce = 0, perSecond = 0 } = SOC;
  if (capacity === undefined) return { atOnce: 1, share: 0.1, sharePerSecond: perSecond / 100 };
  return { atOnce: (capacity * atOnce) / 100, perSecond: (capacity * perSecond) / 100 };
}

/** A load moves all cells alike: a jump is one cell that departs from the others; the average counts like the pack voltage. */
function haveCellsJumped(now: readonly number[], before: readonly number[], seconds: number): boolean {
  if (before.length === 0) return false;
  if (now.length !== before.length) return true;
  const average = averageOf(now);
  const averageBefore = averageOf(before);
  if (hasJumped(average, averageBefore, VOLTAGE, seconds)) return true;
  for (let i = 0; i < now.length; i++) {
    const left = (now[i] ?? 0) - average;
    const leftBefore = (before[i] ?? 0) - averageBefore;
    if (hasJumped(left, leftBefore, CELL, seconds)) return true;
  }
  return false;
}

type Sensors = readonly (number | null)[];

function hasListJumped(now: Sensors, before: Sensors, leeway: Leeway, seconds: number): boolean {
  if (now.length !== before.length) return true;
  for (let i = 0; i < now.length; i++) {
    const value = now[i] ?? null;
    const was = before[i] ?? null;
    if (value === was) continue;
    // A sensor was connected or disconnected.
    if (value === null || was === null || hasJumped(value, was, leeway, seconds)) return true;
  }
  return false;
}

type Counts = Readonly<Record<string, number>>;

function haveErrorsJumped(now: Counts, before: Counts, seconds: number): boolean {
  for (const name of Object.keys(now)) {
    const count = now[name] ?? 0;
    if (hasJumped(count, before[name] ?? count, ERRORS, seconds)) return true;
  }
  return false;
}

function averageOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
