import type { BleProfile } from '../protocol';

/** jk-ble.md 2. The pace of the protocol is that of Bluetooth already; the board's own stream keeps the link alive. */
export const ble: BleProfile = {
  routes: [{ service: 'ffe0', notify: 'ffe1', write: 'ffe1' }],
  advertisements: [
    { service: 'ffe0', company: 0x0b65 },
    { service: 'ffe0', company: 0x4b4a },
    { service: 'ffe0', name: 'JK-*' },
    { service: 'ffe0', name: 'JK_*' },
    { service: 'ffe0' },
  ],
};
