/** s: a reading younger than this is fresh, however fast it is polled, and where readings come as messages of a flow. */
export const LEAST_FRESH = 15;
/** s: of a battery that is read on request only */
const FRESH_UNPOLLED = 600;
const FRESH_POLLS = 3;

/**
 * How old the last reading of a battery may be and still be fresh, s (bank.md 3, charge-limits.md 7).
 * @param pollInterval s; 0: it is not polled
 */
export function freshFor(pollInterval: number): number {
  return pollInterval > 0 ? Math.max(LEAST_FRESH, FRESH_POLLS * pollInterval) : FRESH_UNPOLLED;
}
