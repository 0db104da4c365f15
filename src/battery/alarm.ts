/** Alarm levels in rising order: it only warns; it has switched something off; something is broken. */
export const ALARM_LEVELS = ['warning', 'protection', 'fault'] as const;

export type AlarmLevel = (typeof ALARM_LEVELS)[number];

export interface Alarm {
  /** snake_case, shared by every vendor */
  code: string;
  level: AlarmLevel;
  /** one plain sentence */
  message: string;
}

/** The vocabulary: what each code means, said once for every vendor. */
const MESSAGES = {
  cell_overvoltage: 'A cell voltage is too high.',
  cell_undervoltage: 'A cell voltage is too low.',
  pack_overvoltage: 'The pack voltage is too high.',
  pack_undervoltage: 'The pack voltage is too low.',
  cell_imbalance: 'The cell voltages are too far apart.',
  charge_overcurrent: 'The charge current is too high.',
  discharge_overcurrent: 'The discharge current is too high.',
  short_circuit: 'The output is short-circuited.',
  charge_overtemperature: 'The battery is too hot to charge.',
  charge_undertemperature: 'The battery is too cold to charge.',
  discharge_overtemperature: 'The battery is too hot to discharge.',
  discharge_undertemperature: 'The battery is too cold to discharge.',
  overtemperature: 'The battery is too hot.',
  undertemperature: 'The battery is too cold.',
  thermal_runaway: 'The battery heats up by itself.',
  ambient_overtemperature: 'The surroundings of the board are too hot.',
  ambient_undertemperature: 'The surroundings of the board are too cold.',
  mos_overtemperature: 'The MOSFETs are too hot.',
  temperature_imbalance: 'The battery temperatures are too far apart.',
  soc_low: 'The state of charge is low.',
  soc_high: 'The state of charge is high.',
  soh_low: 'The state of health is low.',
  low_capacity: 'The remaining capacity is low.',
  mos_fault: 'A MOSFET does not switch as it should.',
  charge_mos_fault: 'The charge MOSFET does not switch as it should.',
  discharge_mos_fault: 'The discharge MOSFET does not switch as it should.',
  sensor_fault: 'A temperature sensor has failed.',
  afe_fault: 'The measuring chip of the board has failed.',
  cell_sense_fault: 'A cell voltage cannot be measured.',
  cell_disconnected: 'A cell is disconnected.',
  current_sensor_fault: 'The current measurement has failed.',
  voltage_sensor_fault: 'The pack voltage measurement has failed.',
  communication_fault: 'The board reports a communication fault.',
  software_lock: 'A MOSFET was switched off by command.',
  charge_inhibited: 'Charging is forbidden because the voltage is too low.',
  discharge_inhibited: 'Discharging is forbidden because the voltage is too high.',
  cell_count_mismatch: 'The number of cells differs from the setting.',
  heater_fault: 'The heater has failed.',
  balancer_fault: 'The balancer has failed.',
  precharge_fault: 'The precharge has failed.',
  current_limiter_fault: 'The current limiter has failed.',
  fire_detector_fault: 'The fire detector reports a fault.',
  full_charge_protection: 'Charging has stopped because the battery is full.',
  reverse_connection: 'The battery is connected the wrong way round.',
  eeprom_fault: 'The memory of the board has failed.',
  storage_fault: 'The memory of the board has failed.',
  rtc_fault: 'The clock of the board has failed.',
  vendor_fault: 'The board reports a fault code of its vendor.',
  cell_type_not_set: 'The cell type of the board has not been set.',
  balance_wire_open: 'A balance wire is open.',
  board_overtemperature: 'The board is too hot.',
  balancer_overtemperature: 'The balancer is too hot.',
  precharge_failed: 'The precharge did not succeed.',
  precharge_mos_fault: 'The precharge MOSFET does not switch as it should.',
  self_test_failed: 'The self-test of the board has failed.',
  charger_communication_fault: 'The charger does not communicate as it should.',
  dtu_communication_lost: 'The remote module of the board does not answer.',
  firmware_missing: 'The firmware of the board is missing and has to be installed again.',
  relay_stuck: 'A relay is stuck.',
  discharge_fuse_fault: 'The discharge fuse has failed.',
  charge_fuse_fault: 'The charge fuse has failed.',
  usage_time_expired: 'The licensed time of use is over or about to end.',
  cell_voltage_check_failed: 'The check of the cell voltages has failed.',
  system_error: 'The board reports a system error.',
  clock_fault: 'The clock of the board is wrong.',
  low_voltage_shutdown_pending: 'The board is about to switch off because the voltage is too low.',
  wire_resistance_high: 'The resistance of a balance wire is too high.',
  gps_disconnected: 'The GPS module is disconnected.',
  password_default: 'The password of the board has to be changed.',
  discharge_start_failed: 'The discharge MOSFET could not be switched on.',
  parallel_module_fault: 'The parallel module has failed.',
  short_circuit_release_failed: 'The board could not recover from a short circuit.',
  remote_lock: 'The board is locked from afar.',
  communication_lost: 'The device does not answer.',
} as const;

export type AlarmCode = keyof typeof MESSAGES;

/** Every code with a fixed meaning. Boards may add `unknown_<register>_<bit>`. */
export const ALARM_CODES = Object.keys(MESSAGES) as readonly AlarmCode[];

/**
 * An alarm from the shared vocabulary.
 * @param detail added to the sentence, for example a vendor's fault number
 */
export function alarm(code: AlarmCode, level: AlarmLevel, detail?: string): Alarm {
  const message = MESSAGES[code];
  return { code, level, message: detail === undefined ? message : `${message.slice(0, -1)}: ${detail}.` };
}

/** The alarm for a status bit that the protocol's documentation does not explain. */
export function unknownAlarm(register: string, bit: number, level: AlarmLevel = 'warning'): Alarm {
  return {
    code: `unknown_${register}_${bit}`,
    level,
    message: `The device sets ${register} bit ${bit}, whose meaning is not known.`,
  };
}

/** The alarm for a value of a status byte that the protocol's documentation does not explain. */
export function unknownCode(register: string, code: number, level: AlarmLevel = 'warning'): Alarm {
  return {
    code: `unknown_${register}_${code}`,
    level,
    message: `The device reports ${register} code ${code}, whose meaning is not known.`,
  };
}
