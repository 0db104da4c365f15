import type { Reading } from '../../battery/reading';
import { layout, number } from '../kit/fields';
import { checkLength } from '../kit/malformed';
import { MEMORY, type Block } from './block';

const FIRST_FIRMWARE = 12;

/** `cycleCapacity` is what the pack has given in its life; the charge it has taken stands before it (jbd.md 11.5). */
const table = layout<Reading>([
  number(0, 'u16', 'soc', { divisor: 100 }),
  number(14, 'u32', 'cycleCapacity', { divisor: 10 }),
]);

/**
 * Block 2006: state of charge in fine steps and throughput, each poll (jbd.md 11.2). It lies in the group of the pack
 * status, because its `soc` replaces that one's and both have to be of the same moment. The larger block from 2000
 * on is left alone: reading it makes some firmware drop the discharge limit for a moment.
 */
export const throughput: Block = {
  start: 0x2006,
  end: 0x2018,
  name: 'throughput (2006)',
  group: 'fast',
  optional: true,
  exact: ['soc'],
  applies: ({ memory }) => (memory[MEMORY.firmware] ?? 0) >= FIRST_FIRMWARE,

  decode(data) {
    checkLength(throughput.name, data, table.size);
    const reading: Reading = {};
    table.decode(data, reading);
    return { reading };
  },

  encode(pack) {
    const data = Buffer.alloc(table.size);
    table.encode(pack, data);
    return data;
  },
};
