import type { Reading } from './reading';

/** How long the current is averaged for the time estimates, ms. */
const SMOOTHING_MS = 60_000;

const SECONDS_PER_HOUR = 3600;

/** 10 ** digits takes as long as all the rest of `round`. */
const POWERS_OF_TEN: readonly number[] = [1, 10, 100, 1000];

/** Rounds to `digits` decimals and never gives -0. */
export function round(value: number, digits: number): number {
  const factor = POWERS_OF_TEN[digits] ?? 10 ** digits;
  return Math.round(value * factor) / factor + 0;
}

/** Sums and quotients of decimals leave traces far behind the point: 24 may be 23.999999999999996. */
const TRACE = 1e-6;

/** Rounds down to `digits` decimals, as a limit that must not be exceeded is, and never gives -0. */
export function roundedDown(value: number, digits: number): number {
  const factor = POWERS_OF_TEN[digits] ?? 10 ** digits;
  return Math.floor(value * factor + TRACE) / factor + 0;
}

/**
 * Completes a reading with what follows from its own values: power, energy, full capacity, extremes, averages, state. A
 * value that the device reported itself is never replaced.
 * @param reading decoded values, in the units of `Reading`; completed in place
 * @returns the same reading
 */
export function derive(reading: Reading): Reading {
  summarise(reading);
  deriveFullCapacity(reading);
  dropDenied(reading);
  return reading;
}

/**
 * The same but for the full capacity, which is only assumed where the device has not learned it: for boards that report
 * sums and extremes of what they measure.
 */
export function summarise(reading: Reading): Reading {
  deriveCells(reading);
  deriveTemperatures(reading);
  deriveEnergy(reading);
  if (reading.current !== undefined) reading.state ??= stateOf(reading.current);
  if (reading.balancingCells !== undefined) reading.balancing ??= reading.balancingCells.length > 0;
  return reading;
}

/** Boards that do not monitor charger and load report both as absent; a current proves that one is connected. */
function dropDenied(reading: Reading): void {
  const { state, chargerConnected, loadConnected } = reading;
  if (chargerConnected === false && state === 'charging') delete reading.chargerConnected;
  if (loadConnected === false && state === 'discharging') delete reading.loadConnected;
}

/** The state that a current means: its sign. */
export function stateOf(current: number): Reading['state'] {
  if (current === 0) return 'idle';
  return current > 0 ? 'charging' : 'discharging';
}

function deriveCells(reading: Reading): void {
  const statistics = cellStatistics(reading.cellVoltages ?? []);
  if (statistics === undefined) return;
  const { count, min, max, average, delta, minCell, maxCell } = statistics;
  reading.cellCount ??= count;
  reading.cellVoltageMin ??= min;
  reading.cellVoltageMax ??= max;
  reading.minCell ??= minCell;
  reading.maxCell ??= maxCell;
  reading.cellVoltageAverage ??= average;
  reading.cellVoltageDelta ??= delta;
}

/** Extremes and average of cell voltages (V; average and delta to 1 mV). Cells are numbered from 1, the first on a tie. */
export interface CellStatistics {
  count: number;
  min: number;
  max: number;
  average: number;
  delta: number;
  minCell: number;
  maxCell: number;
}

/** @returns undefined without cells */
export function cellStatistics(voltages: readonly number[]): CellStatistics | undefined {
  const [first] = voltages;
  if (first === undefined) return undefined;
  let min = first;
  let max = first;
  let minCell = 1;
  let maxCell = 1;
  let sum = 0;
  for (let i = 0; i < voltages.length; i++) {
    const voltage = voltages[i] ?? first;
    sum += voltage;
    if (voltage < min) {
      min = voltage;
      minCell = i + 1;
    }
    if (voltage > max) {
      max = voltage;
      maxCell = i + 1;
    }
  }
  const count = voltages.length;
  return { count, min, max, average: round(sum / count, 3), delta: round(max - min, 3), minCell, maxCell };
}

function deriveTemperatures(reading: Reading): void {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (const temperature of reading.temperatures ?? []) {
    if (temperature === null) continue;
    min = Math.min(min, temperature);
    max = Math.max(max, temperature);
    sum += temperature;
    count++;
  }
  if (count === 0) return;
  reading.temperatureMin ??= min;
  reading.temperatureMax ??= max;
  reading.temperatureAverage ??= round(sum / count, 1);
}

function deriveEnergy(reading: Reading): void {
  const { voltage, current, remainingCapacity } = reading;
  if (voltage === undefined) return;
  if (current !== undefined) reading.power ??= round(voltage * current, 2);
  if (remainingCapacity !== undefined) reading.remainingEnergy ??= round(voltage * remainingCapacity, 2);
}

/** %: below this, an error of one percent in the state of charge is too large a share of the capacity */
const LEAST_SOC = 20;

/** Full capacity where the device has not learned it: the nominal one, else remaining capacity over state of charge. */
function deriveFullCapacity(reading: Reading): void {
  if (reading.fullCapacity !== undefined) return;
  const { designCapacity, remainingCapacity, soc } = reading;
  // A capacity of 0 was never set.
  if (designCapacity !== undefined && designCapacity > 0) reading.fullCapacity = designCapacity;
  else if (remainingCapacity !== undefined && soc !== undefined && soc >= LEAST_SOC)
    reading.fullCapacity = round((100 * remainingCapacity) / soc, 2);
}

/**
 * Estimates the time to empty and to full from a current smoothed over a minute, so that a kettle does not make
 * the estimate jump. One instance per pack; it restarts when the direction of the current changes.
 */
export class TimeEstimator {
  /** @param smoothed the current (A) that was smoothed last, and when, ms: for an estimate that goes on after a restart */
  constructor(public smoothed?: { current: number; at: number }) {}

  /**
   * Adds `timeToEmpty` or `timeToFull` (s) to a reading that charges or discharges; neither while idle.
   * @param now ms on a clock that does not jump
   */
  complete(reading: Reading, now: number): Reading {
    const { current, state } = reading;
    if (current === undefined) return reading;
    if (current === 0 || state === 'idle') {
      this.smoothed = undefined;
      return reading;
    }
    const mean = this.smooth(current, now);
    const remaining = reading.remainingCapacity;
    if (remaining === undefined) return reading;
    if (mean < 0) {
      reading.timeToEmpty ??= Math.round((remaining / -mean) * SECONDS_PER_HOUR);
      return reading;
    }
    const full = reading.fullCapacity;
    if (full === undefined) return reading;
    reading.timeToFull ??= Math.round((Math.max(0, full - remaining) / mean) * SECONDS_PER_HOUR);
    return reading;
  }

  private smooth(current: number, now: number): number {
    const last = this.smoothed;
    if (last === undefined || Math.sign(last.current) !== Math.sign(current)) {
      this.smoothed = { current, at: now };
      return current;
    }
    const weight = 1 - Math.exp(-Math.max(0, now - last.at) / SMOOTHING_MS);
    this.smoothed = { current: last.current + (current - last.current) * weight, at: now };
    return this.smoothed.current;
  }
}
