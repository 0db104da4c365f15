const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next attempt: doubles from half a second to half a minute, shortened at random by up
 * to a half so that many connections do not come back all at once.
 * @param failures attempts that failed since the last good answer, from 0
 * @param random in [0, 1)
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return full * (1 - random / 2);
}
