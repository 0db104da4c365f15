/*
 * Values that are no plain number on the wire (jk.md 6).
 */

/** From here on a code is below zero: the warmest that can be said is one less (jk.md 6). */
const TEMPERATURE_SEAM = 100;
const TEMPERATURE_END = 140;
const NO_TEMPERATURE = 0xff;

/** °C: 0 to 99 stand for themselves, 100 to 140 for 0 to -40; null for no sensor, NaN for what cannot be. */
export function temperatureOf(raw: number): number | null {
  if (raw === NO_TEMPERATURE) return null;
  if (raw > TEMPERATURE_END) return Number.NaN;
  return raw < TEMPERATURE_SEAM ? raw : TEMPERATURE_SEAM - raw;
}

/** The raw value of a temperature in °C, cut to what can be said. */
export function rawTemperature(temperature: number | null): number {
  if (temperature === null) return NO_TEMPERATURE;
  const coldest = TEMPERATURE_SEAM - TEMPERATURE_END;
  const whole = Math.min(TEMPERATURE_SEAM - 1, Math.max(coldest, Math.round(temperature)));
  return whole >= 0 ? whole : TEMPERATURE_SEAM - whole;
}

const CHARGING = 0x8000;
const AMOUNT = 0x7fff;
const OFFSET = 10_000;
const PER_AMPERE = 100;

/** A, positive while charging. @param version of the protocol: 0 and boards that do not tell it count from an offset */
export function currentOf(raw: number, version = 0): number {
  if (version === 0) return (OFFSET - raw) / PER_AMPERE;
  const amount = (raw & AMOUNT) / PER_AMPERE;
  // Adding 0 turns -0 into 0.
  return (raw & CHARGING) !== 0 ? amount : -amount + 0;
}

/** The protocol version that the simulated board speaks. */
export const VERSION = 1;

/** The raw value of a current in A, in protocol version 1. */
export function rawCurrent(current: number): number {
  const amount = Math.min(AMOUNT, Math.round(Math.abs(current) * PER_AMPERE));
  return current > 0 && amount > 0 ? amount | CHARGING : amount;
}
