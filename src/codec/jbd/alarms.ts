import { unknownAlarm } from '../../battery/alarm';
import { alarmWord, type AlarmBit } from '../kit/alarm-bits';

/** Bits 0 to 12 of the protection word mean the same in both variants (jbd.md 4.2, 9). */
const SHARED_PROTECTIONS: Readonly<Record<number, AlarmBit>> = {
  0: ['cell_overvoltage', 'protection'],
  1: ['cell_undervoltage', 'protection'],
  2: ['pack_overvoltage', 'protection'],
  3: ['pack_undervoltage', 'protection'],
  4: ['charge_overtemperature', 'protection'],
  5: ['charge_undertemperature', 'protection'],
  6: ['discharge_overtemperature', 'protection'],
  7: ['discharge_undertemperature', 'protection'],
  8: ['charge_overcurrent', 'protection'],
  9: ['discharge_overcurrent', 'protection'],
  10: ['short_circuit', 'protection'],
  11: ['afe_fault', 'fault'],
  12: ['software_lock', 'warning'],
};

/** Classic protection word (jbd.md 4.2). */
export const protections = alarmWord('protection', {
  ...SHARED_PROTECTIONS,
  13: ['charge_mos_fault', 'fault'],
  14: ['discharge_mos_fault', 'fault'],
  15: unknownAlarm('protection', 15, 'protection'),
});

/** Classic alarm word (jbd.md 4.3). DH04SC02 boards set the reserved bit 15 for ever (jbd.md 12). */
export const warnings = alarmWord(
  'alarm',
  {
    0: ['cell_overvoltage', 'warning'],
    1: ['cell_undervoltage', 'warning'],
    2: ['pack_overvoltage', 'warning'],
    3: ['pack_undervoltage', 'warning'],
    4: ['charge_overtemperature', 'warning'],
    5: ['charge_undertemperature', 'warning'],
    6: ['discharge_overtemperature', 'warning'],
    7: ['discharge_undertemperature', 'warning'],
    8: ['charge_overcurrent', 'warning'],
    9: ['discharge_overcurrent', 'warning'],
    10: ['cell_imbalance', 'warning'],
    11: ['low_capacity', 'warning'],
  },
  [12, 13, 14, 15],
);

/** Protection word of the addressed variant (jbd.md 9). */
export const addressedProtections = alarmWord('protection', {
  ...SHARED_PROTECTIONS,
  13: ['ambient_overtemperature', 'protection'],
  14: ['ambient_undertemperature', 'protection'],
  15: ['mos_overtemperature', 'protection'],
});

/** Alarm word of the addressed variant: under before over in bits 0 to 3 (jbd.md 9). */
export const addressedWarnings = alarmWord('alarm', {
  0: ['cell_undervoltage', 'warning'],
  1: ['cell_overvoltage', 'warning'],
  2: ['pack_undervoltage', 'warning'],
  3: ['pack_overvoltage', 'warning'],
  4: ['charge_overcurrent', 'warning'],
  5: ['discharge_overcurrent', 'warning'],
  6: ['charge_overtemperature', 'warning'],
  7: ['charge_undertemperature', 'warning'],
  8: ['discharge_overtemperature', 'warning'],
  9: ['discharge_undertemperature', 'warning'],
  10: ['ambient_overtemperature', 'warning'],
  11: ['ambient_undertemperature', 'warning'],
  12: ['mos_overtemperature', 'warning'],
  13: ['cell_imbalance', 'warning'],
  14: ['low_capacity', 'warning'],
});
