import type { Reading } from '../../battery/reading';
import { number, type Endian } from '../kit/fields';
import { tables } from './tables';

const capacity = tables<Reading>([number(130, 'u32', 'designCapacity', { divisor: 1000, notAvailable: [0] })]);

/** bytes of data up to the end of what is read */
export const SETTINGS_LENGTH = capacity.little.size;

/** Record 01, and block 1000 of registers: of the settings, the nominal capacity (jk-ble.md 9.1, jk-modbus.md 6.1). */
export function decodeSettings(data: Buffer, endian: Endian): Reading {
  const reading: Reading = {};
  capacity[endian].decode(data, reading);
  return reading;
}

/** Fills the data of record 01 of a board in this state. */
export function encodeSettings(pack: Reading, data: Buffer, endian: Endian): void {
  capacity[endian].encode(pack, data);
}
