import type { NumberKey, Reading } from './reading';

type Range = readonly [min: number, max: number];

const PERCENT: Range = [0, 100];
/** °C: beyond what any sensor of a pack can measure */
const TEMPERATURE: Range = [-100, 250];
/** V: more than the highest of any chemistry has */
export const CELL_MAX = 5;
const CELL: Range = [0, CELL_MAX];
/** W */
const POWER: Range = [-1e6, 1e6];
/** V, of the largest packs that such boards are made for, and twice that */
const PACK: Range = [0, 1000];
/** A: the largest shunts, and twice that */
const CURRENT: Range = [-2000, 2000];

/** Ah, of the largest packs that such boards are made for, and as much as any of them can be set to */
const CAPACITY: Range = [0, 20_000];
/** Wh, of such a pack */
const ENERGY: Range = [0, 20e6];
/** Ah, in all its life */
const THROUGHPUT: Range = [0, 1e9];
/** Wh, in all its life */
const ENERGY_THROUGHPUT: Range = [0, 1e12];
/** more than any board has room for */
const CELLS: Range = [0, 64];
const CELL_NUMBER: Range = [1, 64];
const CYCLES: Range = [0, 100_000];
/** s: a hundred years */
const AGE: Range = [0, 3.2e9];

/** The range of values that any battery can have. Some protocols have closer limits of their own. */
const RANGES: Readonly<Partial<Record<NumberKey, Range>>> = {
  soc: PERCENT,
  soh: PERCENT,
  voltage: PACK,
  current: CURRENT,
  power: POWER,
  balanceCurrent: CURRENT,
  chargeVoltageLimit: PACK,
  chargeCurrentLimit: CURRENT,
  dischargeVoltageLimit: PACK,
  dischargeCurrentLimit: CURRENT,
  remainingCapacity: CAPACITY,
  fullCapacity: CAPACITY,
  designCapacity: CAPACITY,
  remainingEnergy: ENERGY,
  cycles: CYCLES,
  cycleCapacity: THROUGHPUT,
  chargedEnergy: ENERGY_THROUGHPUT,
  dischargedEnergy: ENERGY_THROUGHPUT,
  chargedCapacity: THROUGHPUT,
  dischargedCapacity: THROUGHPUT,
  runtime: AGE,
  timeSinceCharge: AGE,
  cellCount: CELLS,
  minCell: CELL_NUMBER,
  maxCell: CELL_NUMBER,
  cellVoltageMin: CELL,
  cellVoltageMax: CELL,
  cellVoltageAverage: CELL,
  cellVoltageDelta: CELL,
  temperatureMin: TEMPERATURE,
  temperatureMax: TEMPERATURE,
  temperatureAverage: TEMPERATURE,
  mosTemperature: TEMPERATURE,
  balancerTemperature: TEMPERATURE,
  ambientTemperature: TEMPERATURE,
};

/** The same, to be looked up by any key of a reading: once for each of its values. */
const LIMITS: ReadonlyMap<string, Range> = new Map(Object.entries(RANGES));

/**
 * Removes implausible values from a reading, in place: a number outside its range, or NaN, with which a protocol marks what
 * is outside its own limits; a sensor becomes null. One implausible cell voltage removes all of them, since the others cannot
 * be trusted either.
 * @returns how many values were removed
 */
export function dropImplausible(reading: Reading): number {
  let dropped = 0;
  for (const key in reading) {
    const value = reading[key as keyof Reading];
    if (typeof value !== 'number') continue;
    const range = LIMITS.get(key);
    if (range === undefined || isWithin(value, range)) continue;
    delete reading[key as keyof Reading];
    dropped++;
  }
  return dropped + dropCells(reading) + dropSensors(reading);
}

function dropCells(reading: Reading): number {
  const wrong = countWrong(reading.cellVoltages, CELL);
  if (wrong > 0) delete reading.cellVoltages;
  return wrong;
}

function dropSensors(reading: Reading): number {
  const { temperatures } = reading;
  if (temperatures === undefined) return 0;
  const wrong = countWrong(temperatures, TEMPERATURE);
  if (wrong > 0) reading.temperatures = temperatures.map((value) => (isSensor(value) ? value : null));
  dropZeros(reading.temperatures ?? []);
  return wrong;
}

/** So many sensors at exactly 0 °C, with no other near it, are not connected: some boards report 0 for missing sensors. */
const MOST_ZEROS = 2;
/** °C */
const NEAR_ZERO = 5;

function dropZeros(temperatures: (number | null)[]): void {
  if (temperatures.length <= MOST_ZEROS + 1) return;
  let zeros = 0;
  let others = 0;
  for (const value of temperatures) {
    if (value === 0) zeros++;
    else if (value !== null && Math.abs(value) < NEAR_ZERO) return;
    else if (value !== null) others++;
  }
  if (zeros <= MOST_ZEROS || others === 0) return;
  for (let i = 0; i < temperatures.length; i++) if (temperatures[i] === 0) temperatures[i] = null;
}

/** Whether a battery can have this value; one without a range is always plausible, except NaN. */
export function isPossible(key: NumberKey, value: number): boolean {
  const range = RANGES[key];
  return range === undefined ? !Number.isNaN(value) : isWithin(value, range);
}

function countWrong(values: readonly (number | null)[] = [], range: Range): number {
  let wrong = 0;
  for (const value of values) if (value !== null && !isWithin(value, range)) wrong++;
  return wrong;
}

function isSensor(value: number | null): boolean {
  return value !== null && isWithin(value, TEMPERATURE);
}

function isWithin(value: number, range: Range): boolean {
  return value >= range[0] && value <= range[1];
}
