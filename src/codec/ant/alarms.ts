import { unknownAlarm, type Alarm } from '../../battery/alarm';
import { alarmWord, type AlarmBit } from '../kit/alarm-bits';
import { mosfetTables } from './codes';

/** A status word of 64 bits, as two words of 32. */
interface LongWord {
  /** Adds the alarms of the word at `at`. */
  decode(data: Buffer, at: number, into: Alarm[]): void;
  /** Writes the word that reports these alarms; those that it has no bit for are left out. */
  encode(alarms: readonly Alarm[], data: Buffer, at: number): void;
}

/**
 * @param bits bit number, 0 to 63 -> alarm
 * @param states bits that are no alarms; every other bit is unknown and shows as such
 */
function longWord(register: string, bits: Readonly<Record<number, AlarmBit>>, states: readonly number[]): LongWord {
  const upperBits = Array.from({ length: 32 }, (_, bit) => bits[bit + 32] ?? unknownAlarm(register, bit + 32));
  const upperStates = states.map((bit) => bit - 32);
  const lower = alarmWord(register, bits, states);
  const upper = alarmWord(register, upperBits, upperStates);
  return {
    decode(data, at, into) {
      lower.decode(data.readUInt32LE(at), into);
      upper.decode(data.readUInt32LE(at + 4), into);
    },
    encode(alarms, data, at) {
      data.writeUInt32LE(lower.encode(alarms), at);
      data.writeUInt32LE(upper.encode(alarms), at + 4);
    },
  };
}

/** Protection (ant.md 6.1). Bits 49 and 51 to 63 are reserved, and shown as unknown alarms all the same. */
export const protections = longWord(
  'protection',
  {
    0: ['cell_type_not_set', 'protection'],
    1: ['cell_overvoltage', 'protection'],
    2: ['cell_overvoltage', 'protection'],
    3: ['pack_overvoltage', 'protection'],
    4: ['cell_undervoltage', 'protection'],
    5: ['cell_undervoltage', 'protection'],
    6: ['pack_undervoltage', 'protection'],
    7: ['cell_imbalance', 'protection'],
    8: ['charge_overtemperature', 'protection'],
    9: ['discharge_overtemperature', 'protection'],
    10: ['mos_overtemperature', 'protection'],
    11: ['charge_undertemperature', 'protection'],
    12: ['discharge_undertemperature', 'protection'],
    13: ['charge_overcurrent', 'protection'],
    14: ['discharge_overcurrent', 'protection'],
    15: ['discharge_overcurrent', 'protection'],
    16: ['short_circuit', 'protection'],
    25: ['balance_wire_open', 'fault'],
    26: ['current_sensor_fault', 'fault'],
    27: ['discharge_mos_fault', 'fault'],
    28: ['charge_mos_fault', 'fault'],
    29: ['communication_fault', 'fault'],
    30: ['precharge_failed', 'fault'],
    32: ['self_test_failed', 'fault'],
    33: ['self_test_failed', 'fault'],
    34: ['charger_communication_fault', 'protection'],
    35: ['dtu_communication_lost', 'protection'],
    37: ['self_test_failed', 'fault'],
    38: ['firmware_missing', 'fault'],
    39: ['precharge_failed', 'fault'],
    40: ['relay_stuck', 'fault'],
    41: ['discharge_fuse_fault', 'fault'],
    42: ['charge_fuse_fault', 'fault'],
    43: ['communication_fault', 'fault'],
    44: ['usage_time_expired', 'protection'],
    45: ['precharge_mos_fault', 'fault'],
    46: ['precharge_mos_fault', 'fault'],
    48: ['afe_fault', 'fault'],
    50: ['afe_fault', 'fault'],
  },
  // 17 to 24: a switch is off by command; 31: initialising; 36: anti-spark active; 47: load lock
  [17, 18, 19, 20, 21, 22, 23, 24, 31, 36, 47],
);

/** Warnings and status (ant.md 6.2). */
export const warnings = longWord(
  'warning',
  {
    0: ['cell_overvoltage', 'warning'],
    1: ['pack_overvoltage', 'warning'],
    2: ['cell_undervoltage', 'warning'],
    3: ['pack_undervoltage', 'warning'],
    4: ['cell_imbalance', 'warning'],
    5: ['charge_overtemperature', 'warning'],
    6: ['discharge_overtemperature', 'warning'],
    7: ['charge_undertemperature', 'warning'],
    8: ['discharge_undertemperature', 'warning'],
    9: ['mos_overtemperature', 'warning'],
    10: ['charge_overcurrent', 'warning'],
    11: ['discharge_overcurrent', 'warning'],
    12: ['soc_low', 'warning'],
    13: ['soc_low', 'warning'],
    14: ['cell_voltage_check_failed', 'warning'],
    15: ['cell_count_mismatch', 'warning'],
    16: ['precharge_failed', 'warning'],
    30: ['balancer_overtemperature', 'warning'],
    33: ['system_error', 'fault'],
    34: ['dtu_communication_lost', 'warning'],
    43: ['clock_fault', 'fault'],
    46: ['usage_time_expired', 'warning'],
    47: ['usage_time_expired', 'warning'],
    49: ['low_voltage_shutdown_pending', 'warning'],
    53: ['communication_fault', 'warning'],
  },
  [
    ...[17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31, 32],
    ...[35, 36, 37, 38, 39, 40, 41, 42, 44, 45, 48, 50, 51, 52],
  ],
);

/** What the MOSFET codes have beyond those of the older protocol (ant.md 5.2); 14 is waiting, the other silent ones reserved. */
export const mosfets = mosfetTables({
  charge: {
    alarms: { 12: ['charge_mos_fault', 'fault'], 20: ['self_test_failed', 'fault'] },
    silent: [11, 14, 19],
  },
  discharge: { alarms: { 19: ['self_test_failed', 'fault'] }, silent: [20] },
});
