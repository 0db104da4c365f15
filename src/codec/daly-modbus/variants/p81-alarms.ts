import type { AlarmCode } from '../../../battery/alarm';
import { alarmBits, type AlarmBit, type AlarmWord } from '../../kit/alarm-bits';

/*
 * Code bytes 0 to 7 hold two levels of three bits, in bits 0 to 2 and 3 to 5, each of one alarm: 0 is none, 1 warns, more has
 * switched off (daly-modbus.md 6.2). Here they become a word of bits: 0 and 1 are the warning and protection of the first, 2
 * and 3 those of the second; bits 6 and 7 stay as they are.
 */

const FLAG_BITS = 0xc0;

function bitsOfLevels(byte: number): number {
  return bitOfLevel(byte & 7) | (bitOfLevel((byte >> 3) & 7) << 2) | (byte & FLAG_BITS);
}

function levelsOfBits(word: number): number {
  return levelOfBits(word & 3) | (levelOfBits((word >> 2) & 3) << 3) | (word & FLAG_BITS);
}

/** @returns 0, 1 for a warning, 2 for any level above */
function bitOfLevel(level: number): number {
  return Math.min(level, 2);
}

/** Where a warning and a protection are active, the level is that of the protection. */
function levelOfBits(bits: number): number {
  return Math.min(bits, 2);
}

/** A code byte with two levels. @param bit6 and bit7: those that are undefined are states, no alarms */
function levels(first: AlarmCode, second: AlarmCode, bit6?: AlarmBit, bit7?: AlarmBit): AlarmWord {
  const word = alarmBits([
    [first, 'warning'],
    [first, 'protection'],
    // A thermal runaway is no warning at any level.
    [second, second === 'thermal_runaway' ? 'protection' : 'warning'],
    [second, 'protection'],
    undefined,
    undefined,
    bit6,
    bit7,
  ]);
  return {
    decode: (raw, into) => word.decode(bitsOfLevels(raw), into),
    encode: (alarms) => levelsOfBits(word.encode(alarms)),
  };
}

const fault = (code: AlarmCode): AlarmBit => [code, 'fault'];
const faults = (...codes: readonly AlarmCode[]): AlarmWord => alarmBits(codes.map(fault));

const HOT: AlarmBit = ['mos_overtemperature', 'warning'];
const LOCKED: AlarmBit = ['software_lock', 'warning'];

/** Code bytes by number (daly-modbus.md 6.2); 8 to 10 are reserved. */
export const CODE_BYTES: readonly (AlarmWord | undefined)[] = [
  levels('cell_overvoltage', 'cell_undervoltage', undefined, fault('communication_fault')),
  levels('cell_imbalance', 'charge_overtemperature', undefined, fault('communication_fault')),
  levels('charge_undertemperature', 'discharge_overtemperature', HOT, fault('sensor_fault')),
  levels('discharge_undertemperature', 'temperature_imbalance', HOT, fault('sensor_fault')),
  levels('pack_overvoltage', 'pack_undervoltage', ['short_circuit', 'protection']),
  levels(
    'charge_overcurrent',
    'discharge_overcurrent',
    ['charge_inhibited', 'protection'],
    ['discharge_inhibited', 'protection'],
  ),
  levels('soc_low', 'soh_low', undefined, fault('communication_fault')),
  levels('mos_overtemperature', 'thermal_runaway'),
  undefined,
  undefined,
  undefined,
  faults(
    ...(['afe_fault', 'afe_fault', 'afe_fault', 'cell_sense_fault', 'cell_sense_fault'] as const),
    ...(['voltage_sensor_fault', 'current_sensor_fault', 'sensor_fault'] as const),
  ),
  faults(
    ...(['sensor_fault', 'storage_fault', 'storage_fault', 'rtc_fault', 'charge_mos_fault'] as const),
    ...(['discharge_mos_fault', 'precharge_fault', 'precharge_fault'] as const),
  ),
  // Off by command in 0 and 1, by a switch in 2 and 3; 4 to 6 are states: fan, heater, current limiter.
  alarmBits([LOCKED, LOCKED, LOCKED, LOCKED, undefined, undefined, undefined, fault('heater_fault')]),
];
