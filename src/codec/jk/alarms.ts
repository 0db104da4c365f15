import { alarmWord } from '../kit/alarm-bits';

/** Id 8b (jk.md 7). Bits 12 and 13 are the two fault outputs of the front-end chip, 8 is the sensor in the box. */
export const alarmBits = alarmWord('8b', {
  0: ['soc_low', 'warning'],
  1: ['mos_overtemperature', 'protection'],
  2: ['pack_overvoltage', 'protection'],
  3: ['pack_undervoltage', 'protection'],
  4: ['overtemperature', 'protection'],
  5: ['charge_overcurrent', 'protection'],
  6: ['discharge_overcurrent', 'protection'],
  7: ['cell_imbalance', 'protection'],
  8: ['overtemperature', 'protection'],
  9: ['undertemperature', 'protection'],
  10: ['cell_overvoltage', 'protection'],
  11: ['cell_undervoltage', 'protection'],
  12: ['afe_fault', 'fault'],
  13: ['afe_fault', 'fault'],
});
