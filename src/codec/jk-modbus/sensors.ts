import type { Reading } from '../../battery/reading';
import type { Endian } from '../fields';
import { connected, moreSensors, NOT_CONNECTED, presentIn, type Temperatures } from '../jk-record/sensors';
import type { Facts } from '../protocol';
import { FACTS } from './facts';

/*
 * One read of registers has the first two sensors of the list, another one the rest (jk-modbus.md 3): facts carry the
 * former over to the latter.
 */

/** The names of the facts that `decodeMore` needs. */
export const SENSOR_FACTS = [FACTS.first, FACTS.second, FACTS.present];

/** The facts that `decodeMore` needs. @param data of block 1200 @param reading that was decoded from it */
export function sensorFacts(data: Buffer, { temperatures: [first, second] = [] }: Reading): Facts {
  return {
    [FACTS.first]: first ?? NOT_CONNECTED,
    [FACTS.second]: second ?? NOT_CONNECTED,
    [FACTS.present]: presentIn(data),
  };
}

/** The whole list from an answer that has the rest of block 1200. @param at of the fourth sensor */
export function decodeMore(data: Buffer, at: number, endian: Endian, facts: Facts): Temperatures {
  const near = [facts[FACTS.first], facts[FACTS.second]].map((value = NOT_CONNECTED) =>
    value === NOT_CONNECTED ? null : value,
  );
  return connected([...near, ...moreSensors(data, at, endian, facts)], facts[FACTS.present] ?? 0);
}
