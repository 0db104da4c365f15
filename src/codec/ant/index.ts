import type { Profile, Protocol } from '../protocol';
import { actions } from './actions';
import { ble } from './ble';
import { emulate } from './emulator';
import { log } from './log';
import { privacy } from './private';
import { queries, type AntMemory } from './queries';
import { settings } from './settings';
import { frames } from './wire';

/**
 * Boards mix up their answers when they are asked again too soon (ant.md 11). The first request of a connection may be
 * lost.
 */
const PROFILE: Profile = { baudRate: 19200, gapMs: 200, retryGapMs: 200, timeoutMs: 1000, quietMs: 200, retries: 2 };

/** ANT boards of about 2021 and later: frames that begin with 7e a1, over UART or Bluetooth (ant.md 1). */
export const ant: Protocol<AntMemory> = {
  id: 'ant',
  label: 'ANT (2021 and later)',
  profile: PROFILE,
  ble,
  address: { initial: 0xa1, min: 1, max: 255 },
  frames,
  checksum: 'crc16',
  privacy,
  queries,
  actions,
  settings,
  log,
  emulate,
};
