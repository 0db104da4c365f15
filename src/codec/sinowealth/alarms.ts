import { alarmWord } from '../kit/alarm-bits';

/** Battery status, register 16 (sinowealth.md 5). The chip knows no warnings. */
export const batteryStatus = alarmWord(
  '16',
  {
    0: ['cell_overvoltage', 'protection'],
    1: ['cell_undervoltage', 'protection'],
    2: ['charge_overcurrent', 'protection'],
    3: ['discharge_overcurrent', 'protection'],
    8: ['charge_overtemperature', 'protection'],
    9: ['discharge_overtemperature', 'protection'],
    10: ['charge_undertemperature', 'protection'],
    11: ['discharge_undertemperature', 'protection'],
    12: ['cell_overvoltage', 'protection'],
    13: ['short_circuit', 'protection'],
    14: ['cell_sense_fault', 'fault'],
  },
  [4, 5, 6, 7, 15],
);
