import { moduleProfile } from '../jbd/ble';
import type { BleProfile } from '../untyped';

/** The same modules as those of classic boards; their own pace is that of a serial line (jbd.md 11.3). */
export const ble: BleProfile = {
  ...moduleProfile,
  // Rack packs (jbd.md 11.3); all else is said of the classic ones.
  advertisements: [{ address: 'AA:C2:37' }, { service: 'ff00' }],
};
