import type { BankReading } from '../battery/bank/reading';
import type { Reading } from '../battery/reading';

/**
 * What counters are of: a device, or those packs of a bank that its reading is of. With others, power and the sum of the packs' own
 * counts are those of another battery.
 */
export function sourceOf(deviceId: string, reading: Readonly<Reading>): string {
  const { packs } = reading as BankReading;
  if (packs === undefined) return deviceId;
  return [
    deviceId,
    ...packs.filter(({ state }) => state === 'fresh' || state === 'stale').map(({ pack }) => pack),
  ].join(' ');
}
