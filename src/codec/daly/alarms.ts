import { vendorFault, type Alarm, type AlarmCode } from '../../battery/alarm';
import { alarmBits, type AlarmBit, type AlarmWord } from '../kit/alarm-bits';

type Byte = readonly (AlarmBit | undefined)[];

/** Two bits of one quantity: level 1 warns, level 2 has switched a MOSFET off (daly.md 5). */
const levels = (code: AlarmCode): Byte => [
  [code, 'warning'],
  [code, 'protection'],
];

const LEVELS: readonly (readonly AlarmCode[])[] = [
  ['cell_overvoltage', 'cell_undervoltage', 'pack_overvoltage', 'pack_undervoltage'],
  ['charge_overtemperature', 'charge_undertemperature', 'discharge_overtemperature', 'discharge_undertemperature'],
  ['charge_overcurrent', 'discharge_overcurrent', 'soc_high', 'soc_low'],
  ['cell_imbalance', 'temperature_imbalance'],
];

const fault = (code: AlarmCode): AlarmBit => [code, 'fault'];

const FAULTS: readonly Byte[] = [
  // The MOSFETs, charge before discharge: too hot, sensor failed, stuck on, stuck open.
  [
    ['mos_overtemperature', 'warning'],
    ['mos_overtemperature', 'warning'],
    fault('sensor_fault'),
    fault('sensor_fault'),
    fault('charge_mos_fault'),
    fault('discharge_mos_fault'),
    fault('charge_mos_fault'),
    fault('discharge_mos_fault'),
  ],
  // The board: 6 is the communication with the vehicle, 7 the internal one.
  [
    fault('afe_fault'),
    fault('cell_sense_fault'),
    fault('sensor_fault'),
    fault('storage_fault'),
    fault('rtc_fault'),
    fault('precharge_fault'),
    fault('communication_fault'),
    fault('communication_fault'),
  ],
];

/** Bit 4, a MOSFET that GPS or a soft switch has switched off, is reserved in the documents but seen on boards (daly.md 12). */
const LAST: Byte = [
  fault('current_sensor_fault'),
  fault('voltage_sensor_fault'),
  ['short_circuit', 'protection'],
  ['charge_inhibited', 'protection'],
  ['software_lock', 'warning'],
];

const COMMON = [...LEVELS.map((codes) => codes.flatMap(levels)), ...FAULTS];

/** The failure flags in 98, byte by byte (daly.md 5). */
const FLAGS: readonly AlarmWord[] = [...COMMON, LAST].map(alarmBits);

/** The same flags on D2 boards, which also report a charging cabinet that does not answer (daly-modbus.md 6.1). */
export const D2_FLAGS: readonly AlarmWord[] = [...COMMON, [...LAST, fault('communication_fault')]].map(alarmBits);

/** Byte 7 of 98 is the number of a fault in a list that the vendor does not publish; 0 is none. */
const VENDOR_FAULTS: readonly Alarm[] = Array.from({ length: 256 }, (_, number) => vendorFault(number));

/** The alarms in the 8 data bytes of 98, which begin at `at`. */
export function decodeAlarms(data: Buffer, at: number): Alarm[] {
  const alarms: Alarm[] = [];
  FLAGS.forEach((byte, index) => byte.decode(data.readUInt8(at + index), alarms));
  const number = data.readUInt8(at + FLAGS.length);
  const found = VENDOR_FAULTS[number];
  if (number !== 0 && found !== undefined) alarms.push({ ...found });
  return alarms;
}

/** The 8 data bytes of 98 that report these alarms; those that Daly has no bit for are left out. */
export function encodeAlarms(alarms: readonly Alarm[]): Buffer {
  const number = VENDOR_FAULTS.findIndex((known) => alarms.some((entry) => entry.message === known.message));
  return Buffer.from([...FLAGS.map((byte) => byte.encode(alarms) & 0xff), Math.max(0, number)]);
}
