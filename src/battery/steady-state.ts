import { stateOf } from './derive';
import type { Reading } from './reading';

/** What the current sensors of idle boards read, A: so little does not end an idle state. */
const NOISE_A = 0.05;

/**
 * The state by the sign of the current, for boards that do not report it, without flicker around 0 A. One instance per pack.
 */
export class SteadyState {
  private last: Reading['state'];

  /** Sets `state` where the device does not report it and the current is known; completed in place. */
  complete(reading: Reading): void {
    const { current } = reading;
    if (reading.state !== undefined || current === undefined) return;
    const isNoise = this.last === 'idle' && Math.abs(current) <= NOISE_A;
    this.last = isNoise ? 'idle' : stateOf(current);
    reading.state = this.last;
  }
}
