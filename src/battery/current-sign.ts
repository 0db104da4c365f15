import type { Reading } from './reading';

/** A: what a shunt shows when nothing flows */
const DEAD_BAND = 0.5;

/**
 * Turns the sign of everything that depends on the current, in place, for boards and wirings that have it the other way
 * round. The state that the board tells follows the current: some have only one of the two reversed.
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

/** Whether a board tells that it charges while its current says that it discharges, or the other way round. */
export function deniesState({ current = 0, state }: Readonly<Reading>): boolean {
  return (state === 'charging' && current < -DEAD_BAND) || (state === 'discharging' && current > DEAD_BAND);
}
