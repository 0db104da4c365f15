import type { Reading } from '../../battery/reading';
import { layout, number } from '../fields';
import { VARIANTS, type Variant } from './variant';

const table = layout<Reading>([number(130, 'u32', 'designCapacity', { per: 1000, absent: [0] })], 'little');

/** The highest that can be set (jk-ble 9.1), Ah. */
const CAPACITY_MAX = 20_000;

/** What a reading has of record 01: the nominal capacity, Ah. Balancers, whose settings are floats, have none. */
export function decodeSettings(record: Buffer, variant: Variant): number | undefined {
  if (variant === VARIANTS.jk04) return undefined;
  const reading: Reading = {};
  table.decode(record, reading);
  const { designCapacity } = reading;
  return designCapacity !== undefined && designCapacity <= CAPACITY_MAX ? designCapacity : undefined;
}

/** Fills record 01 of a board in this state. */
export function encodeSettings(pack: Reading, record: Buffer, variant: Variant): void {
  if (variant !== VARIANTS.jk04) table.encode(pack, record);
}
