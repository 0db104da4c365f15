import { clues, routes } from '../daly/ble';
import type { BleProfile } from '../protocol';

/** daly-modbus.md 2, 10 */
export const ble: BleProfile = {
  routes,
  pace: { timeoutMs: 3000, gapMs: 0, retries: 2 },
  advertisements: [
    ...clues,
    ...['DL-F*', 'DL-BMS*', 'ESS-DL-BMS*', 'JHB-*'].map((name) => ({ name })),
    // So short a name counts only with the service.
    { name: 'BT*', service: 'fff0' },
  ],
};
