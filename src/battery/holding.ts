import type { ActionName } from './action';
import type { Alarm, AlarmCode } from './alarm';

/** Alarms that can keep both MOSFETs open, on any board. */
const EITHER: readonly AlarmCode[] = [
  'afe_fault',
  'ambient_overtemperature',
  'ambient_undertemperature',
  'balance_wire_open',
  'board_overtemperature',
  'cell_count_mismatch',
  'cell_disconnected',
  'cell_imbalance',
  'cell_sense_fault',
  'cell_type_not_set',
  'cell_voltage_check_failed',
  'current_sensor_fault',
  'fire_detector_fault',
  'firmware_missing',
  'mos_fault',
  'mos_overtemperature',
  'overtemperature',
  'precharge_failed',
  'precharge_fault',
  'relay_stuck',
  'remote_lock',
  'reverse_connection',
  'self_test_failed',
  'sensor_fault',
  'short_circuit',
  'short_circuit_release_failed',
  'software_lock',
  'system_error',
  'temperature_imbalance',
  'thermal_runaway',
  'undertemperature',
  'usage_time_expired',
  'voltage_sensor_fault',
];

const HOLDING: Partial<Record<ActionName, ReadonlySet<string>>> = {
  charge: new Set<AlarmCode>([
    ...EITHER,
    'cell_overvoltage',
    'pack_overvoltage',
    'charge_overcurrent',
    'charge_overtemperature',
    'charge_undertemperature',
    'charge_mos_fault',
    'charge_fuse_fault',
    'charge_inhibited',
    'current_limiter_fault',
    'full_charge_protection',
    'soc_high',
  ]),
  discharge: new Set<AlarmCode>([
    ...EITHER,
    'cell_undervoltage',
    'pack_undervoltage',
    'discharge_overcurrent',
    'discharge_overtemperature',
    'discharge_undertemperature',
    'discharge_mos_fault',
    'discharge_fuse_fault',
    'discharge_inhibited',
    'discharge_start_failed',
    'low_capacity',
    'low_voltage_shutdown_pending',
    'precharge_mos_fault',
    'soc_low',
  ]),
};

/** Those of the alarms that can keep the MOSFET of an action open; none for an action without a MOSFET. */
export function holdingAlarms(action: ActionName, alarms: readonly Alarm[]): readonly Alarm[] {
  const codes = HOLDING[action];
  return codes === undefined ? [] : alarms.filter(({ code }) => codes.has(code));
}
