import type { Profile, Protocol } from '../protocol';
import { actions } from './actions';
import { ble } from './ble';
import { emulate } from './emulator';
import { log } from './log';
import { privacy } from './private';
import { queries } from './queries';
import { settingsAccess } from './settings';
import type { JkBleMemory } from './variant';
import { frames } from './wire';

/** The rate is that of the Bluetooth module on the board; the rest is jk-ble.md 4 and 13. */
const PROFILE: Profile = {
  baudRate: 115_200,
  gapMs: 200,
  retryGapMs: 200,
  timeoutMs: 3000,
  quietMs: 1000,
  retries: 2,
};

/** JK boards and active balancers over Bluetooth: records of 300 bytes, which the board sends by itself once asked. */
export const jkBle: Protocol<JkBleMemory> = {
  id: 'jk-ble',
  label: 'JK (Bluetooth, JK02 and JK04)',
  profile: PROFILE,
  ble,
  frames,
  checksum: 'sum8',
  privacy,
  queries,
  memory: () => ({}),
  actions,
  settings: settingsAccess,
  log,
  actionsNeedReading: true,
  emulate,
};
