import type { Alarm } from '../../battery/alarm';
import { alarmWord, type AlarmBit, type AlarmWord } from '../kit/alarm-bits';
import { at, NOT_IMPLEMENTED } from './registers';

const FIRST = 0x6d;
const COUNT = 7;

/**
 * Code bytes 0 to 7 hold two numbers of three bits, in bits 0 to 2 and 3 to 5, each the level of one alarm: 0 is
 * none, 1 warns, more has switched off (daly-modbus.md 6.2). As a word of bits that is: 0 and 1 the first number's
 * warning and protection, 2 and 3 the second's; 6 and 7 stay what they are.
 */
const FLAG_BITS = 0xc0;

function spread(byte: number): number {
  return bitOfLevel(byte & 7) | (bitOfLevel((byte >> 3) & 7) << 2) | (byte & FLAG_BITS);
}

function gather(word: number): number {
  return levelOfBits(word & 3) | (levelOfBits((word >> 2) & 3) << 3) | (word & FLAG_BITS);
}

/** @returns 0, 1 for a warning, 2 for any level above */
function bitOfLevel(level: number): number {
  return Math.min(level, 2);
}

/** Of a warning and a protection at the same time, a level can only say the protection. */
function levelOfBits(bits: number): number {
  return Math.min(bits, 2);
}

type Code = AlarmBit[0];

/** A code byte with two levels. @param flags bits 6 and 7; the others of them are states, no alarms */
function levels(byte: number, first: Code, second: Code, flags: Readonly<Record<number, AlarmBit>> = {}): AlarmWord {
  const secondHigh: AlarmBit = [second, 'protection'];
  const bits: Record<number, AlarmBit> = {
    0: [first, 'warning'],
    1: [first, 'protection'],
    // A thermal runaway is no warning at any level.
    2: second === 'thermal_runaway' ? secondHigh : [second, 'warning'],
    3: secondHigh,
    ...flags,
  };
  const word = alarmWord(
    `code_${byte}`,
    bits,
    [4, 5, 6, 7].filter((bit) => !(bit in flags)),
  );
  return {
    decode: (raw, into) => word.decode(spread(raw), into),
    encode: (alarms) => gather(word.encode(alarms)),
  };
}

/** Code bytes by number (daly-modbus.md 6.2); 8 to 10 are reserved. */
const BYTES: readonly (AlarmWord | undefined)[] = [
  levels(0, 'cell_overvoltage', 'cell_undervoltage', { 7: ['communication_fault', 'fault'] }),
  levels(1, 'cell_imbalance', 'charge_overtemperature', { 7: ['communication_fault', 'fault'] }),
  levels(2, 'charge_undertemperature', 'discharge_overtemperature', {
    6: ['mos_overtemperature', 'warning'],
    7: ['sensor_fault', 'fault'],
  }),
  levels(3, 'discharge_undertemperature', 'temperature_imbalance', {
    6: ['mos_overtemperature', 'warning'],
    7: ['sensor_fault', 'fault'],
  }),
  levels(4, 'pack_overvoltage', 'pack_undervoltage', { 6: ['short_circuit', 'protection'] }),
  levels(5, 'charge_overcurrent', 'discharge_overcurrent', {
    6: ['charge_inhibited', 'protection'],
    7: ['discharge_inhibited', 'protection'],
  }),
  levels(6, 'soc_low', 'soh_low', { 7: ['communication_fault', 'fault'] }),
  levels(7, 'mos_overtemperature', 'thermal_runaway'),
  undefined,
  undefined,
  undefined,
  alarmWord('code_11', {
    0: ['afe_fault', 'fault'],
    1: ['afe_fault', 'fault'],
    2: ['afe_fault', 'fault'],
    3: ['cell_sense_fault', 'fault'],
    4: ['cell_sense_fault', 'fault'],
    5: ['voltage_sensor_fault', 'fault'],
    6: ['current_sensor_fault', 'fault'],
    7: ['sensor_fault', 'fault'],
  }),
  alarmWord('code_12', {
    0: ['sensor_fault', 'fault'],
    1: ['storage_fault', 'fault'],
    2: ['storage_fault', 'fault'],
    3: ['rtc_fault', 'fault'],
    4: ['charge_mos_fault', 'fault'],
    5: ['discharge_mos_fault', 'fault'],
    6: ['precharge_fault', 'fault'],
    7: ['precharge_fault', 'fault'],
  }),
  // Off by command in 0 and 1, by a switch in 2 and 3; 4 to 6 say what runs: fan, heater, current limiter.
  alarmWord(
    'code_13',
    {
      0: ['software_lock', 'warning'],
      1: ['software_lock', 'warning'],
      2: ['software_lock', 'warning'],
      3: ['software_lock', 'warning'],
      7: ['heater_fault', 'fault'],
    },
    [4, 5, 6],
  ),
];

/**
 * The alarms in registers 6d to 73; a register has the lower code byte in its lower half. Registers 66 to 69 are said
 * to repeat them, in an order that is not known, and are not looked at (daly-modbus.md 6.3).
 * @param base where register 0 would be
 * @returns undefined when the board has none of the registers
 */
export function decodeAlarms(data: Buffer, base: number): Alarm[] | undefined {
  const alarms: Alarm[] = [];
  let known = false;
  for (let index = 0; index < COUNT; index++) {
    const raw = data.readUInt16BE(base + at(FIRST + index));
    if (raw === NOT_IMPLEMENTED) continue;
    known = true;
    BYTES[2 * index]?.decode(raw & 0xff, alarms);
    BYTES[2 * index + 1]?.decode(raw >> 8, alarms);
  }
  return known ? alarms : undefined;
}

/** Writes the registers that report these alarms; those that the board cannot say are left out. */
export function encodeAlarms(alarms: readonly Alarm[], data: Buffer): void {
  for (let index = 0; index < COUNT; index++) {
    const low = BYTES[2 * index]?.encode(alarms) ?? 0;
    const high = BYTES[2 * index + 1]?.encode(alarms) ?? 0;
    data.writeUInt16BE(((high & 0xff) << 8) | (low & 0xff), at(FIRST + index));
  }
}
