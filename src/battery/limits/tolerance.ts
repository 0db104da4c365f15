/*
 * Comparisons of figures that are exact on paper but not in binary: 4.25 − 0.05 is not quite 4.20 (charge-limits.md 2).
 */

const TOLERANCE = 1e-9;
/** s; a sum of many steps has the errors of all of them */
const TIME_TOLERANCE = 1e-6;

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
