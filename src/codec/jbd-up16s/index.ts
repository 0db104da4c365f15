import { moduleProfile } from '../jbd/ble';
import type { Profile, Protocol } from '../protocol';
import { actions } from './actions';
import { emulate } from './emulator';
import { privacy } from './private';
import { BLOCKS, blockQuery } from './queries';
import { settings } from './settings';
import type { Up16sMemory } from './tables';
import { frames, MAX_ADDRESS, MIN_ADDRESS } from './wire';

/** Answers take 0.15 to 0.6 s; boards want 0.3 s between requests (jbd.md 11.1). */
const PROFILE: Profile = { baudRate: 9600, gapMs: 300, retryGapMs: 300, timeoutMs: 1500, quietMs: 150, retries: 3 };

/** UP16S rack boards: blocks of memory in Modbus-like frames, a master and its slaves (jbd.md 11). */
export const jbdUp16s: Protocol<Up16sMemory> = {
  id: 'jbd-up16s',
  label: 'JBD UP16S',
  profile: PROFILE,
  // The same modules as those of classic boards; their own pace is that of a serial line (jbd.md 11.3). Of the addresses only
  // that of rack packs: all others are of classic boards.
  ble: { ...moduleProfile, advertisements: [{ address: 'AA:C2:37' }, { service: 'ff00' }] },
  address: { initial: 1, min: MIN_ADDRESS, max: MAX_ADDRESS },
  frames,
  checksum: 'crc16',
  privacy,
  memory: () => ({}),
  queries: BLOCKS.map(blockQuery),
  actions,
  settings,
  emulate,
};
