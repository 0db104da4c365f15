import { derive, TimeEstimator } from './derive';
import { inKeyOrder } from './reading-keys';
import { dropImplausible } from './plausible';
import type { Reading } from './reading';
import { SteadyState } from './steady-state';

/** What is derived over several readings of a pack: one instance per pack. */
export class EarlierReadings {
  readonly state = new SteadyState();
  readonly times = new TimeEstimator();
}

/**
 * Completes the decoded values of a board to a reading: removes implausible values, derives others, and orders the keys.
 * @param decoded in the units of `Reading`; changed in place
 * @param earlier adds a state that does not flicker around 0 A, and the times to full and empty
 * @param now ms on a clock that does not jump; needed with `earlier`
 */
export function completeReading(decoded: Reading, earlier?: EarlierReadings, now = 0): Reading {
  dropImplausible(decoded);
  earlier?.state.complete(decoded);
  derive(decoded);
  earlier?.times.complete(decoded, now);
  return inKeyOrder(decoded);
}
