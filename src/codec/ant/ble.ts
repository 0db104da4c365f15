import type { AdvertisementPattern, BleProfile } from '../protocol';

/** Of both protocols: the digit in the name does not distinguish them (ant.md 2.2, ant-legacy.md 2). */
export const advertisements: readonly AdvertisementPattern[] = [{ name: 'ANT*' }, { service: 'ffe0' }];

export const routes = [{ service: 'ffe0', notify: 'ffe1', write: 'ffe1' }] as const;

/** ant.md 2.2; the pace is that of a serial line (ant.md 11). */
export const ble: BleProfile = { routes, advertisements };
