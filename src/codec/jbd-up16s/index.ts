import type { Profile, Protocol } from '../untyped';
import { actions } from './actions';
import { ble } from './ble';
import type { Block } from './block';
import { parameters, product } from './identity';
import { packStatus } from './pack-status';
import { privacy } from './private';
import { blockQuery } from './query';
import { emulateBlocks } from './emulator';
import { throughput } from './throughput';
import { frames, MAX_ADDRESS, MIN_ADDRESS } from './wire';

/** Answers take 0.15 to 0.6 s; boards want 0.3 s between requests (jbd.md 11.1). */
const PROFILE: Profile = { baudRate: 9600, gapMs: 300, retryGapMs: 300, timeoutMs: 1500, quietMs: 150, retries: 3 };

/**
 * The individual status (command 45) is not asked: what it has beyond the pack status are limits that a reading has
 * no name for, and all else in it is of one pack where the master's pack status may speak of the whole bank.
 */
const BLOCKS: readonly Block[] = [packStatus, throughput, parameters, product];

/** UP16S rack boards: blocks of memory in Modbus-like frames, a master and its slaves (jbd.md 11). */
export const jbdUp16s: Protocol = {
  id: 'jbd-up16s',
  label: 'JBD UP16S',
  profile: PROFILE,
  ble,
  address: { initial: 1, min: MIN_ADDRESS, max: MAX_ADDRESS },
  frames,
  checksum: 'crc16',
  privacy,
  queries: BLOCKS.map(blockQuery),
  actions,
  emulate: (request) => emulateBlocks(BLOCKS, request),
};
