/*
 * Comparisons of figures that are exact on paper but not in binary: 4.25 − 0.05 is not quite 4.20 (charge-limits.md 2).
 */

const TOLERANCE = 1e-9;
/** s; a sum of many steps has the errors of all of them */
const TIME_TOLERANCE = 1e-6;
/** of a last digit; far below what a board measures */
const ROUNDING_TOLERANCE = 1e-6;

export function isAtLeast(value: number, least: number): boolean {
  return value >= least - TOLERANCE;
}

export function isAtMost(value: number, most: number): boolean {
  return value <= most + TOLERANCE;
}

/** Whether a sum of times has reached a duration; both in s. */
export function hasLasted(sum: number, duration: number): boolean {
  return sum >= duration - TIME_TOLERANCE;
}

/** How long a condition has been seen without a break, s. @param dt duration of this step, s */
export function unbroken(sum: number, isSeen: boolean, dt: number): number {
  return isSeen ? sum + dt : 0;
}

/** @param perUnit 100 rounds down to 0.01, 10 to 0.1 */
export function roundedDown(value: number, perUnit: number): number {
  return Math.floor(value * perUnit + ROUNDING_TOLERANCE) / perUnit;
}
