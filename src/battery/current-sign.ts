import type { Reading } from './reading';

/** A: what a shunt shows when nothing flows */
const DEAD_BAND = 0.5;

/**
 * Inverts everything that depends on the sign of the current, in place, for boards and wirings that report it reversed. The
 * reported state follows the current: some boards reverse only one of the two.
 * @param reading before `derive`
 */
export function invertCurrent(reading: Reading): Reading {
  const { current, power, state } = reading;
  if (current !== undefined) reading.current = 0 - current;
  if (power !== undefined) reading.power = 0 - power;
  if (current === undefined || current === 0 || state === undefined || state === 'idle') return reading;
  reading.state = current < 0 ? 'charging' : 'discharging';
  return reading;
}

/** Whether a board reports charging with a discharge current, or discharging with a charge current. */
export function deniesState({ current = 0, state }: Readonly<Reading>): boolean {
  return (state === 'charging' && current < -DEAD_BAND) || (state === 'discharging' && current > DEAD_BAND);
}
