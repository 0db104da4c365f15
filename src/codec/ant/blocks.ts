import type { Block } from './block';
import { counters } from './counters';
import { chipId, deviceInfo, packId } from './identity';
import { status } from './status';

/** Everything that is read, in the order in which it is asked. */
export const BLOCKS: readonly Block[] = [status, counters, deviceInfo, chipId, packId];
