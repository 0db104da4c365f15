import type { Reading } from '../../battery/reading';
import type { Endian } from '../kit/fields';
import { connected, moreSensors, NOT_CONNECTED, presentIn, type Temperatures } from '../jk-record/sensors';
import type { Memory } from '../untyped';
import { MEMORY } from './memory';

/*
 * One read of registers has the first two sensors of the list, another one the rest (jk-modbus.md 3): memory carry the
 * former over to the latter.
 */

/** The names of the memory that `decodeMore` needs. */
export const SENSOR_MEMORY = [MEMORY.first, MEMORY.second, MEMORY.present];

/** The memory that `decodeMore` needs. @param data of block 1200 @param reading that was decoded from it */
export function sensorMemory(data: Buffer, { temperatures: [first, second] = [] }: Reading): Memory {
  return {
    [MEMORY.first]: first ?? NOT_CONNECTED,
    [MEMORY.second]: second ?? NOT_CONNECTED,
    [MEMORY.present]: presentIn(data),
  };
}

/** The whole list from an answer that has the rest of block 1200. @param at of the fourth sensor */
export function decodeMore(data: Buffer, at: number, endian: Endian, memory: Memory): Temperatures {
  const near = [memory[MEMORY.first], memory[MEMORY.second]].map((value = NOT_CONNECTED) =>
    value === NOT_CONNECTED ? null : value,
  );
  return connected([...near, ...moreSensors(data, at, endian, memory)], memory[MEMORY.present] ?? 0);
}
