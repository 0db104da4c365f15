import type { Query } from '../untyped';
import { information } from './blocks';
import { MASTER, messageOf, read } from './wire';

const COUNT = 10;
const MAKER = 'JK';

/**
 * Whether a JK is there (jk-modbus.md 1): a read of registers, which harms nobody. The trigger of live data, which some
 * boards answer alone, is left out, as it is a write to whatever else may listen. Refusals do not count: any Modbus
 * device refuses.
 */
export const probe: Query = {
  name: 'device information (1400)',
  group: 'fast',
  request: ({ address }) => (address === MASTER ? Buffer.alloc(0) : read(address, information.register, COUNT)),
  match(frame, _parts, { address }) {
    const message = messageOf(frame);
    if (message.address !== address) return 'foreign';
    if (message.kind !== 'registers' || message.data.length !== 2 * COUNT) return 'foreign';
    return message.data.toString('latin1', 0, MAKER.length) === MAKER ? 'complete' : 'foreign';
  },
  decode: () => ({ reading: {} }),
};
