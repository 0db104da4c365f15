import { clues, routes } from '../daly/ble';
import type { BleProfile } from '../untyped';

/** daly-modbus.md 2, 10 */
export const ble: BleProfile = {
  routes,
  pace: { timeoutMs: 3000, gapMs: 0, retries: 2 },
  advertisements: [
    ...clues,
    ...['DL-F*', 'DL-BMS*', 'ESS-DL-BMS*', 'JHB-*'].map((name) => ({ name })),
    // Short enough to be anybody's.
    { name: 'BT*', service: 'fff0' },
  ],
};
