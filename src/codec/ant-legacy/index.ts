import type { Profile, Protocol } from '../protocol';
import { actions } from './actions';
import { ble } from './ble';
import { emulate } from './emulator';
import { privacy } from './private';
import { byModule, bySerial, type AntLegacyMemory } from './queries';
import { settings } from './settings';
import { frames } from './wire';

/** ant-legacy.md 7. The first answer after connecting may be lost. */
const PROFILE: Profile = { baudRate: 19200, gapMs: 200, retryGapMs: 200, timeoutMs: 1000, quietMs: 200, retries: 2 };

/** ANT boards of up to about 2021: six-byte requests and a status of 140 bytes (ant-legacy.md 1). */
export const antLegacy: Protocol<AntLegacyMemory> = {
  id: 'ant-legacy',
  label: 'ANT (up to 2021)',
  profile: PROFILE,
  ble,
  frames,
  checksum: 'sum16',
  privacy,
  // Bluetooth modules come first: every board seen answers them, and they reconnect often.
  queries: [byModule, bySerial],
  // Two tries of this ask in both ways, in the order of ant-legacy.md 1.
  probe: [bySerial],
  actions,
  settings,
  actionsNeedReading: true,
  emulate,
};
