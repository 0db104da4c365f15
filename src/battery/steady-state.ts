import { stateOf } from './derive';
import type { Reading } from './reading';

/** What the sensors of idle boards read, A: less than that neither begins nor turns round a charge or discharge. */
const NOISE_A = 0.1;

/**
 * The state by the current, for boards that do not tell it themselves, without the flicker of a sensor around 0. One
 * instance per pack.
 */
export class SteadyState {
  private last: Reading['state'];

  /** Sets `state` where the device has not told it and the current is known; completed in place. */
  complete(reading: Reading): void {
    const { current } = reading;
    if (reading.state !== undefined || current === undefined) return;
    const bySign = stateOf(current);
    const isNoise = Math.abs(current) <= NOISE_A && this.last !== undefined && this.last !== bySign;
    this.last = isNoise ? 'idle' : bySign;
    reading.state = this.last;
  }
}
