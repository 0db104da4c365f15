import type { Alarm } from '../../battery/alarm';
import { alarmWord, type AlarmWord } from '../kit/alarm-bits';
import { at, NOT_IMPLEMENTED } from './registers';

const FIRST = 0x3a;

/** Registers 3a to 3d (daly-modbus.md 6.1): level 1 warns, level 2 has switched a MOSFET off. */
const WORDS: readonly AlarmWord[] = [
  alarmWord('3a', {
    0: ['cell_overvoltage', 'warning'],
    1: ['cell_overvoltage', 'protection'],
    2: ['cell_undervoltage', 'warning'],
    3: ['cell_undervoltage', 'protection'],
    4: ['pack_overvoltage', 'warning'],
    5: ['pack_overvoltage', 'protection'],
    6: ['pack_undervoltage', 'warning'],
    7: ['pack_undervoltage', 'protection'],
    8: ['charge_overtemperature', 'warning'],
    9: ['charge_overtemperature', 'protection'],
    10: ['charge_undertemperature', 'warning'],
    11: ['charge_undertemperature', 'protection'],
    12: ['discharge_overtemperature', 'warning'],
    13: ['discharge_overtemperature', 'protection'],
    14: ['discharge_undertemperature', 'warning'],
    15: ['discharge_undertemperature', 'protection'],
  }),
  alarmWord(
    '3b',
    {
      0: ['charge_overcurrent', 'warning'],
      1: ['charge_overcurrent', 'protection'],
      2: ['discharge_overcurrent', 'warning'],
      3: ['discharge_overcurrent', 'protection'],
      4: ['soc_high', 'warning'],
      5: ['soc_high', 'protection'],
      6: ['soc_low', 'warning'],
      7: ['soc_low', 'protection'],
      8: ['cell_imbalance', 'warning'],
      9: ['cell_imbalance', 'protection'],
      10: ['temperature_imbalance', 'warning'],
      11: ['temperature_imbalance', 'protection'],
    },
    [12, 13, 14, 15],
  ),
  // The MOSFETs, charge before discharge: 0 and 1 too hot, 2 and 3 sensor failed, 4 and 5 stuck on, 6 and 7 open.
  // Then the board: 14 is the communication with the vehicle, 15 the internal one.
  alarmWord('3c', {
    0: ['mos_overtemperature', 'warning'],
    1: ['mos_overtemperature', 'warning'],
    2: ['sensor_fault', 'fault'],
    3: ['sensor_fault', 'fault'],
    4: ['charge_mos_fault', 'fault'],
    5: ['discharge_mos_fault', 'fault'],
    6: ['charge_mos_fault', 'fault'],
    7: ['discharge_mos_fault', 'fault'],
    8: ['afe_fault', 'fault'],
    9: ['cell_sense_fault', 'fault'],
    10: ['sensor_fault', 'fault'],
    11: ['storage_fault', 'fault'],
    12: ['rtc_fault', 'fault'],
    13: ['precharge_fault', 'fault'],
    14: ['communication_fault', 'fault'],
    15: ['communication_fault', 'fault'],
  }),
  // 4: off by GPS or a soft switch; 5: the charging cabinet does not answer (daly-modbus.md 12).
  alarmWord(
    '3d',
    {
      0: ['current_sensor_fault', 'fault'],
      1: ['voltage_sensor_fault', 'fault'],
      2: ['short_circuit', 'protection'],
      3: ['charge_inhibited', 'protection'],
      4: ['software_lock', 'warning'],
      5: ['communication_fault', 'fault'],
    },
    [6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ),
];

/** The alarms in a status block, which begins with register 0; undefined when the board has none of the words. */
export function decodeAlarms(data: Buffer): Alarm[] | undefined {
  const alarms: Alarm[] = [];
  let known = false;
  for (let index = 0; index < WORDS.length; index++) {
    const raw = data.readUInt16BE(at(FIRST + index));
    if (raw === NOT_IMPLEMENTED) continue;
    known = true;
    WORDS[index]?.decode(raw, alarms);
  }
  return known ? alarms : undefined;
}

/** Writes the words that report these alarms; those that the board cannot say are left out. */
export function encodeAlarms(alarms: readonly Alarm[], data: Buffer): void {
  WORDS.forEach((word, index) => data.writeUInt16BE(word.encode(alarms) & 0xffff, at(FIRST + index)));
}
