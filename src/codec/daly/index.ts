import type { Protocol } from '../protocol';
import { actions } from './actions';
import { ble } from './ble';
import { emulate } from './emulator';
import { DONGLE, frames, LAST_BOARD } from './wire';
import { privacy } from './private';
import { queries } from './queries';
import { settings } from './settings';
import type { DalyMemory } from './tables';

/**
 * Daly boards of the classic kind: 13-byte frames that begin with a5, over UART, RS485 or a transparent Bluetooth
 * module. Several boards may share a line; address 128 asks the way Bluetooth modules and UART dongles expect.
 */
export const daly: Protocol<DalyMemory> = {
  id: 'daly',
  label: 'Daly (classic, A5)',
  // daly.md 9
  profile: { baudRate: 9600, gapMs: 20, retryGapMs: 150, timeoutMs: 500, quietMs: 200, retries: 3 },
  ble,
  address: { initial: 1, min: 1, max: LAST_BOARD, also: [DONGLE], others: [DONGLE] },
  frames,
  checksum: 'sum8',
  privacy,
  memory: () => ({}),
  steady: ({ cellCount, sensorCount }) => [cellCount, sensorCount],
  queries,
  actions,
  settings,
  emulate,
};
