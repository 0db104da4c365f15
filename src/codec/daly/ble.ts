import type { BleProfile, AdvertisementPattern, GattRoute } from '../untyped';
import { DONGLE } from './frame';

/** The last is that of newer modules, which do not permit to subscribe to the first (daly.md 2, daly-modbus.md 2). */
export const routes: readonly GattRoute[] = [
  { service: 'fff0', notify: 'fff1', write: 'fff2' },
  { service: 'ff00', notify: 'ff01', write: 'ff02' },
];

/** What the modules of both protocols of Daly have in common (daly.md 2, daly-modbus.md 2). */
export const clues: readonly AdvertisementPattern[] = [
  { name: 'DL-*' },
  ...[0x0102, 0x0104, 0x0302, 0x0303, 0x0402].map((company) => ({ company })),
  { service: 'fff0' },
];

export const ble: BleProfile = {
  routes,
  // Modules want the host byte of an app (daly.md 1).
  address: DONGLE,
  // One driver waits 5 s for every answer (daly.md 9); but an old board knows only half of the requests.
  pace: { timeoutMs: 2000 },
  advertisements: clues,
};
