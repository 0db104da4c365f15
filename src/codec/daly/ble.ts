import type { AdvertisementPattern, BleProfile, GattRoute } from '../protocol';
import { DONGLE } from './wire';

/** Newer modules refuse a subscription to the first; they have the second (daly.md 2, daly-modbus.md 2). */
export const routes: readonly GattRoute[] = [
  { service: 'fff0', notify: 'fff1', write: 'fff2' },
  { service: 'ff00', notify: 'ff01', write: 'ff02' },
];

/** Advertised by the modules of both Daly protocols (daly.md 2, daly-modbus.md 2). */
export const clues: readonly AdvertisementPattern[] = [
  { name: 'DL-*' },
  ...[0x0102, 0x0104, 0x0302, 0x0303, 0x0402].map((company) => ({ company })),
  { service: 'fff0' },
];

export const ble: BleProfile = {
  routes,
  // Modules answer the host byte of an app (daly.md 1).
  address: DONGLE,
  // One driver waits 5 s for every response (daly.md 9): too long for old boards, which know only half of the requests.
  pace: { timeoutMs: 2000 },
  advertisements: clues,
};
