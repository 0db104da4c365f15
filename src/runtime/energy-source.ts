import type { BankReading } from '../battery/bank/reading';
import type { Reading } from '../battery/reading';

/** What counters are of: a device, or a bank of these packs, whose own counts are a sum over all of them. */
export function sourceOf(deviceId: string, reading: Readonly<Reading>): string {
  const { packs } = reading as BankReading;
  return packs === undefined ? deviceId : [deviceId, ...packs.map(({ pack }) => pack)].join(' ');
}
