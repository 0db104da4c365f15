import type { LimitsSettings } from './settings';
import { hasLasted, isAtLeast } from './tolerance';

/** A current limit and how it came to be. */
export interface RampState {
  /** by curves, blocks and the board, A; absent where no maximum is set */
  readonly raw?: number;
  /** given out, A; absent before the first reading */
  readonly given?: number;
  /** for how long the first is no less than the second, s */
  readonly risingFor: number;
  /** taken up after a restart, and not compared with a reading yet */
  readonly isResumed?: boolean;
}

/** From 0 a limit rises to no less than this fraction of the maximum: it would come and go. */
const LEAST_FROM_ZERO = 0.02;

/** What a limit is given out at first: charging begins at 0 and rises at once, discharging begins where it may. */
export type Start = 'zero' | 'raw';

/**
 * Hold and ramp: a limit falls at once, and rises slowly after a time without a fall (charge-limits.md 4).
 * @param raw A, from now on
 * @param dt s
 * @param isJump the reading may lower the limit, but not raise it
 */
export function slew(
  { raiseHold, raiseRate }: LimitsSettings,
  { given, risingFor, isResumed }: RampState,
  { raw, maximum, start }: { readonly raw: number; readonly maximum: number; readonly start: Start },
  dt: number,
  isJump: boolean,
): RampState {
  if (given === undefined) return firstStep(raw, maximum, start, raiseHold);
  if (raw < given) return { raw, given: raw, risingFor: 0 };
  if (isResumed === true) return { raw, given, risingFor: 0 };
  if (isJump) return { raw, given, risingFor };
  if (given === 0 && !maySetOut(raw, maximum)) return { raw, given, risingFor: 0 };
  const sum = risingFor + dt;
  const risen = hasLasted(sum, raiseHold) ? Math.min(raw, given + raiseRate * maximum * dt) : given;
  return { raw, given: risen, risingFor: sum };
}

/** From a first step the ramp begins without hold. */
function firstStep(raw: number, maximum: number, start: Start, raiseHold: number): RampState {
  if (start === 'raw') return { raw, given: raw, risingFor: 0 };
  return { raw, given: 0, risingFor: maySetOut(raw, maximum) ? raiseHold : 0 };
}

function maySetOut(raw: number, maximum: number): boolean {
  return raw > 0 && isAtLeast(raw, LEAST_FROM_ZERO * maximum);
}
