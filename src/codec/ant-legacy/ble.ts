import { advertisements, routes } from '../ant/ble';
import type { BleProfile } from '../protocol';
import { byModule, type AntLegacyMemory } from './queries';

/** Answered with the same bytes; it changes nothing (ant-legacy.md 2, 5). */
const KEEP_ALIVE = Buffer.from('5a5aff0000ff', 'hex');

/** ant-legacy.md 1, 2 */
export const ble: BleProfile<AntLegacyMemory> = {
  routes,
  probe: [byModule],
  // Modules drop a connection on which nothing was written for 9 s.
  keepAlive: { request: KEEP_ALIVE, everyMs: 5000 },
  advertisements,
};
