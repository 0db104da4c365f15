import { vendorFault, type Alarm } from '../../battery/alarm';
import { alarmWord, type AlarmWord } from '../kit/alarm-bits';

/** The failure flags of 98, byte by byte (daly.md 5): level 1 warns, level 2 has switched a MOSFET off. */
const FLAGS: readonly AlarmWord[] = [
  alarmWord('98_0', {
    0: ['cell_overvoltage', 'warning'],
    1: ['cell_overvoltage', 'protection'],
    2: ['cell_undervoltage', 'warning'],
    3: ['cell_undervoltage', 'protection'],
    4: ['pack_overvoltage', 'warning'],
    5: ['pack_overvoltage', 'protection'],
    6: ['pack_undervoltage', 'warning'],
    7: ['pack_undervoltage', 'protection'],
  }),
  alarmWord('98_1', {
    0: ['charge_overtemperature', 'warning'],
    1: ['charge_overtemperature', 'protection'],
    2: ['charge_undertemperature', 'warning'],
    3: ['charge_undertemperature', 'protection'],
    4: ['discharge_overtemperature', 'warning'],
    5: ['discharge_overtemperature', 'protection'],
    6: ['discharge_undertemperature', 'warning'],
    7: ['discharge_undertemperature', 'protection'],
  }),
  alarmWord('98_2', {
    0: ['charge_overcurrent', 'warning'],
    1: ['charge_overcurrent', 'protection'],
    2: ['discharge_overcurrent', 'warning'],
    3: ['discharge_overcurrent', 'protection'],
    4: ['soc_high', 'warning'],
    5: ['soc_high', 'protection'],
    6: ['soc_low', 'warning'],
    7: ['soc_low', 'protection'],
  }),
  alarmWord(
    '98_3',
    {
      0: ['cell_imbalance', 'warning'],
      1: ['cell_imbalance', 'protection'],
      2: ['temperature_imbalance', 'warning'],
      3: ['temperature_imbalance', 'protection'],
    },
    [4, 5, 6, 7],
  ),
  // The MOSFETs: 0 and 1 too hot, 2 and 3 sensor failed, 4 and 5 stuck on, 6 and 7 stuck open.
  alarmWord('98_4', {
    0: ['mos_overtemperature', 'warning'],
    1: ['mos_overtemperature', 'warning'],
    2: ['sensor_fault', 'fault'],
    3: ['sensor_fault', 'fault'],
    4: ['charge_mos_fault', 'fault'],
    5: ['discharge_mos_fault', 'fault'],
    6: ['charge_mos_fault', 'fault'],
    7: ['discharge_mos_fault', 'fault'],
  }),
  // The board itself: 6 is the communication with the vehicle, 7 the internal one.
  alarmWord('98_5', {
    0: ['afe_fault', 'fault'],
    1: ['cell_sense_fault', 'fault'],
    2: ['sensor_fault', 'fault'],
    3: ['storage_fault', 'fault'],
    4: ['rtc_fault', 'fault'],
    5: ['precharge_fault', 'fault'],
    6: ['communication_fault', 'fault'],
    7: ['communication_fault', 'fault'],
  }),
  // Bit 4, a MOSFET off by GPS or soft switch, is reserved in the documents but seen on boards (daly.md 12).
  alarmWord(
    '98_6',
    {
      0: ['current_sensor_fault', 'fault'],
      1: ['voltage_sensor_fault', 'fault'],
      2: ['short_circuit', 'protection'],
      3: ['charge_inhibited', 'protection'],
      4: ['software_lock', 'warning'],
    },
    [5, 6, 7],
  ),
];

/** Byte 7 is no set of bits but the number of a fault, in a list that the vendor does not publish; 0 is none. */
const FAULTS: readonly Alarm[] = Array.from({ length: 256 }, (_, number) => vendorFault(number));

/** The alarms in the 8 data bytes of 98, which begin at `at`. */
export function decodeAlarms(data: Buffer, at: number): Alarm[] {
  const alarms: Alarm[] = [];
  FLAGS.forEach((word, index) => word.decode(data.readUInt8(at + index), alarms));
  const number = data.readUInt8(at + FLAGS.length);
  const fault = FAULTS[number];
  if (number !== 0 && fault !== undefined) alarms.push({ ...fault });
  return alarms;
}

/** The 8 data bytes of 98 that report these alarms; those that Daly cannot say are left out. */
export function encodeAlarms(alarms: readonly Alarm[]): Buffer {
  const fault = FAULTS.findIndex((known) => alarms.some((entry) => entry.message === known.message));
  return Buffer.from([...FLAGS.map((word) => word.encode(alarms) & 0xff), Math.max(0, fault)]);
}
