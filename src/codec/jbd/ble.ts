import type { AdvertisementPattern, BleProfile } from '../protocol';
import { login, MAC_PREFIXES } from './module';
import { classicWire, READ } from './wire';

const names = [
  ...['xiaoxiang*', 'JBD-*', 'SP??S*', 'DP??S*', 'AP??S*', 'DWF*', 'LSG-*', 'SX1*', 'SX60*', 'SBL-*', 'OGR-*'],
  ...['TZ-H*', 'DH04SC02*'],
];
const advertisements: readonly AdvertisementPattern[] = [
  { service: 'ff00' },
  { service: 'fff0' },
  ...MAC_PREFIXES.map((address) => ({ address })),
  ...names.map((name) => ({ name })),
  { name: 'N-?????BL*', service: 'ff00' },
];

/** The radio modules of JBD boards, classic and UP16S alike (jbd.md 2, 8, 10). */
export const moduleProfile = {
  routes: [
    { service: 'ff00', notify: 'ff01', write: 'ff02' },
    // DH04SC02
    { service: 'fff0', notify: 'fff1', write: 'fff2' },
  ],
  advertisements,
  login,
} satisfies BleProfile;

/** Basic information: a read, without which some packs drop the connection after 8 s (jbd.md 8). */
const BASIC = 0x03;

export const ble: BleProfile = {
  ...moduleProfile,
  // Slow boards pause for up to 500 ms.
  pace: { timeoutMs: 1500, quietMs: 500 },
  keepAlive: { request: classicWire.build(0, READ, BASIC), everyMs: 7000 },
};
