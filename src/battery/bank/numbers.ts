import { round } from '../derive';
import type { NumberKey, Reading } from '../reading';

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** @returns undefined of nothing, as the others below */
export const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : sum(values) / values.length;

export const least = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.min(...values);

export const greatest = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values);

/** The mean of one or two; from three on the median, which one wrong value does not move. */
export function middle(values: readonly number[]): number | undefined {
  if (values.length < 3) return mean(values);
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1));
}

/** All values, where none is missing and there is at least one. */
export function whole<T>(values: readonly (T | undefined)[]): T[] | undefined {
  const known = present(values);
  return known.length === 0 || known.length < values.length ? undefined : known;
}

export function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value): value is T => value !== undefined);
}

/** Weights whose sum is 1, by capacity; equal where none is known, none where only some are. */
export function weightsOf(capacities: readonly (number | undefined)[]): number[] | undefined {
  if (capacities.every((capacity) => capacity === undefined)) return capacities.map(() => 1 / capacities.length);
  const known = whole(capacities);
  if (known === undefined) return undefined;
  const total = sum(known);
  return total > 0 ? known.map((capacity) => capacity / total) : undefined;
}

/** Decimals of the values of a bank; values that are not here are counts, or are taken as they are. */
const DIGITS: { readonly [K in NumberKey]?: number } = {
  voltage: 3,
  current: 3,
  power: 2,
  soc: 1,
  soh: 2,
  remainingCapacity: 3,
  fullCapacity: 3,
  designCapacity: 3,
  remainingEnergy: 2,
  cycleCapacity: 3,
  chargedEnergy: 2,
  dischargedEnergy: 2,
  chargedCapacity: 3,
  dischargedCapacity: 3,
  cellVoltageAverage: 3,
  cellVoltageDelta: 3,
  temperatureAverage: 1,
  ambientTemperature: 1,
  chargeVoltageLimit: 3,
  chargeCurrentLimit: 3,
  dischargeVoltageLimit: 3,
  dischargeCurrentLimit: 3,
};

/** Rounds every value of a bank once, at the end (bank.md 1). Changed in place. */
export function roundAll(reading: Reading): Reading {
  for (const [key, digits] of Object.entries(DIGITS) as [NumberKey, number][]) {
    const value = reading[key];
    if (value !== undefined) reading[key] = round(value, digits);
  }
  return reading;
}
