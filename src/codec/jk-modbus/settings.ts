import type { Reading } from '../../battery/reading';
import { number } from '../fields';
import { tables, untrue, type Block } from './block';

/** Offsets in block 1000 (jk-modbus 6.1): of the settings, a reading has only these. */
const table = tables<Reading>([
  number(0x6c, 'u32', 'cellCount', { absent: [0] }),
  number(0x7c, 'u32', 'designCapacity', { per: 1000, absent: [0] }),
]);

/** The highest that can be set (jk-ble 9.1). */
const MOST_CELLS = 32;
const CAPACITY_MAX = 20_000;

/** Block 1000: the settings. */
export const settings: Block = {
  register: 0x1000,
  size: 0x11a,
  trigger: 0x161e,
  type: 0x01,

  decode(data, endian) {
    if (data.length < table[endian].size) throw untrue('settings', `${data.length} bytes are too few`);
    const reading: Reading = {};
    table[endian].decode(data, reading);
    if ((reading.cellCount ?? 0) > MOST_CELLS) delete reading.cellCount;
    if ((reading.designCapacity ?? 0) > CAPACITY_MAX) delete reading.designCapacity;
    return { reading };
  },

  encode: (pack, data, endian) => table[endian].encode(pack, data),
};
