import { alarmWord } from '../kit/alarm-bits';
import { layout, type Endian, type Layout, type Row } from '../kit/fields';
import { inData } from './wire';

/** Something for both byte orders: records are little-endian, registers big-endian (jk-modbus.md 3, 4). */
export type BothOrders<T> = Readonly<Record<Endian, T>>;

/** @param make called once for each order */
export function inBothOrders<T>(make: (endian: Endian) => T): BothOrders<T> {
  return { big: make('big'), little: make('little') };
}

/**
 * A table of the data of a record.
 * @param rows their offsets are those of the record, by which both sheets name them
 */
export function tables<T extends object>(rows: readonly Row<T>[]): BothOrders<Layout<T>> {
  const inside = rows.map((row) => ({ ...row, at: inData(row.at) }));
  return inBothOrders((endian) => layout(inside, endian));
}

/**
 * The alarm word of JK boards, by Bluetooth and as registers (jk-ble.md 8, jk-modbus.md 11); on 24S boards its lower half. The
 * register is named after the vendor's map.
 */
export const alarmBits = alarmWord('12a0', {
  0: ['wire_resistance_high', 'warning'],
  1: ['mos_overtemperature', 'protection'],
  2: ['cell_count_mismatch', 'fault'],
  3: ['current_sensor_fault', 'fault'],
  // ends every full charge of a badly set pack, so that it may come daily
  4: ['cell_overvoltage', 'protection'],
  5: ['pack_overvoltage', 'protection'],
  6: ['charge_overcurrent', 'protection'],
  7: ['short_circuit', 'protection'],
  8: ['charge_overtemperature', 'protection'],
  9: ['charge_undertemperature', 'protection'],
  10: ['communication_fault', 'fault'],
  11: ['cell_undervoltage', 'protection'],
  12: ['pack_undervoltage', 'protection'],
  13: ['discharge_overcurrent', 'protection'],
  14: ['short_circuit', 'protection'],
  15: ['discharge_overtemperature', 'protection'],
  16: ['charge_mos_fault', 'fault'],
  17: ['discharge_mos_fault', 'fault'],
  18: ['gps_disconnected', 'warning'],
  19: ['password_default', 'warning'],
  20: ['discharge_start_failed', 'fault'],
  21: ['overtemperature', 'warning'],
  22: ['sensor_fault', 'fault'],
  23: ['parallel_module_fault', 'fault'],
  24: ['short_circuit_release_failed', 'fault'],
  25: ['discharge_overcurrent', 'protection'],
  26: ['discharge_overcurrent', 'protection'],
  27: ['discharge_undertemperature', 'protection'],
  28: ['remote_lock', 'protection'],
});
