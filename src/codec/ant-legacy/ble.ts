import { clues } from '../ant/ble';
import type { BleProfile } from '../untyped';
import { byModule } from './queries';

/** Answered with the same bytes; it changes nothing (ant-legacy.md 2, 5). */
const KEEP_ALIVE = Buffer.from('5a5aff0000ff', 'hex');

/** ant-legacy.md 1, 2 */
export const ble: BleProfile = {
  routes: [{ service: 'ffe0', notify: 'ffe1', write: 'ffe1' }],
  probe: [byModule],
  // Modules drop a connection on which nothing was written for 9 s.
  keepAlive: { request: KEEP_ALIVE, everyMs: 5000 },
  advertisements: clues,
};
