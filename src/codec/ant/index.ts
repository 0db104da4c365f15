import type { Profile, Protocol } from '../untyped';
import { actions } from './actions';
import { ble } from './ble';
import { BLOCKS } from './blocks';
import { frames } from './frame';
import { privacy } from './private';
import { blockQuery } from './query';
import { emulate } from './emulator';

/**
 * Boards mix up their answers when they are asked again too soon (ant.md 11). The first request of a connection may be
 * lost.
 */
const PROFILE: Profile = { baudRate: 19200, gapMs: 200, retryGapMs: 200, timeoutMs: 1000, quietMs: 200, retries: 2 };

/** ANT boards of about 2021 and later: frames that begin with 7e a1, over UART or Bluetooth (ant.md 1). */
export const ant: Protocol = {
  id: 'ant',
  label: 'ANT (2021 and later)',
  profile: PROFILE,
  ble,
  address: { initial: 0xa1, min: 1, max: 255 },
  frames,
  checksum: 'crc16',
  privacy,
  queries: BLOCKS.map(blockQuery),
  actions,
  emulate,
};
