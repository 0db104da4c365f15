import { total } from '../kits/checks';
import { hex } from './sheet';

/** Bytes to put into a record: offset in the sheet -> hex. */
export type Bytes = Readonly<Record<number, string>>;

/** A record, built from the rule of jk-ble.md 4. @param front a whole record to change, instead of an empty one */
export function record(type: number, bytes: Bytes = {}, front?: Buffer): Buffer {
  const built = front === undefined ? Buffer.alloc(300) : Buffer.from(front);
  built.set([0x55, 0xaa, 0xeb, 0x90, type]);
  for (const [at, data] of Object.entries(bytes)) hex(data).copy(built, Number(at));
  built[299] = total(built.subarray(0, 299)) & 0xff;
  return built;
}

/** Text as hex, for a record. */
export const chars = (text: string, length = text.length): string =>
  Buffer.from(text.padEnd(length, '\0'), 'latin1').toString('hex');

/** A number of four bytes, low byte first, as hex. */
export function u32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
}

/** The bits of the alarm word of a JK record, bit 0 first, as section 8 of the jk-ble sheet has them. */
export const ALARM_BITS: readonly string[] = [
  'wire_resistance_high warning',
  'mos_overtemperature protection',
  'cell_count_mismatch fault',
  'current_sensor_fault fault',
  'cell_overvoltage protection',
  'pack_overvoltage protection',
  'charge_overcurrent protection',
  'short_circuit protection',
  'charge_overtemperature protection',
  'charge_undertemperature protection',
  'communication_fault fault',
  'cell_undervoltage protection',
  'pack_undervoltage protection',
  'discharge_overcurrent protection',
  'short_circuit protection',
  'discharge_overtemperature protection',
  'charge_mos_fault fault',
  'discharge_mos_fault fault',
  'gps_disconnected warning',
  'password_default warning',
  'discharge_start_failed fault',
  'overtemperature warning',
  'sensor_fault fault',
  'parallel_module_fault fault',
  'short_circuit_release_failed fault',
  'discharge_overcurrent protection',
  'discharge_overcurrent protection',
  'discharge_undertemperature protection',
  'remote_lock protection',
  'unknown_12a0_29 warning',
  'unknown_12a0_30 warning',
  'unknown_12a0_31 warning',
];
