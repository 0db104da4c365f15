import { readBack, say, verbatim, type Sentence } from './sentence';

/** Alarm levels in rising order: it only warns; it has switched something off; something is broken. */
export const ALARM_LEVELS = ['warning', 'protection', 'fault'] as const;

/** It only warns; it has switched something off; something is broken. */
export type AlarmLevel = (typeof ALARM_LEVELS)[number];

/** Something that is wrong with a pack. */
export interface Alarm {
  /** snake_case, shared by every vendor */
  code: string;
  level: AlarmLevel;
  /** one plain sentence */
  message: string;
}

/** An alarm of several packs as one battery. */
export interface BankAlarm extends Alarm {
  /** that has it */
  pack?: string;
  /** that have it, in place of `pack` */
  packs?: string[];
  /** what it counts as for the bank as a whole, where that is less than its level: enough of the bank is left (bank.md 6) */
  bankLevel?: AlarmLevel;
}

/** What an alarm counts as for its battery as a whole. */
export function countedLevel({ level, bankLevel }: Pick<BankAlarm, 'level' | 'bankLevel'>): AlarmLevel {
  return bankLevel ?? level;
}

/** The highest level that any of these alarms counts as. */
export function highestLevel(alarms: readonly Pick<BankAlarm, 'level' | 'bankLevel'>[]): AlarmLevel | 'none' {
  const rank = Math.max(-1, ...alarms.map((each) => ALARM_LEVELS.indexOf(countedLevel(each))));
  return ALARM_LEVELS[rank] ?? 'none';
}

/** The sentence of each code, the same for every vendor. */
const MESSAGES = {
  cell_overvoltage: say`A cell voltage is too high.`,
  cell_undervoltage: say`A cell voltage is too low.`,
  pack_overvoltage: say`The pack voltage is too high.`,
  pack_undervoltage: say`The pack voltage is too low.`,
  cell_imbalance: say`The cell voltages are too far apart.`,
  charge_overcurrent: say`The charge current is too high.`,
  discharge_overcurrent: say`The discharge current is too high.`,
  short_circuit: say`The output is short-circuited.`,
  charge_overtemperature: say`The battery is too hot to charge.`,
  charge_undertemperature: say`The battery is too cold to charge.`,
  discharge_overtemperature: say`The battery is too hot to discharge.`,
  discharge_undertemperature: say`The battery is too cold to discharge.`,
  overtemperature: say`The battery is too hot.`,
  undertemperature: say`The battery is too cold.`,
  thermal_runaway: say`The battery heats up by itself.`,
  ambient_overtemperature: say`The surroundings of the board are too hot.`,
  ambient_undertemperature: say`The surroundings of the board are too cold.`,
  mos_overtemperature: say`The MOSFETs are too hot.`,
  temperature_imbalance: say`The battery temperatures are too far apart.`,
  soc_low: say`The state of charge is low.`,
  soc_high: say`The state of charge is high.`,
  soh_low: say`The state of health is low.`,
  low_capacity: say`The remaining capacity is low.`,
  mos_fault: say`A MOSFET does not switch as it should.`,
  charge_mos_fault: say`The charge MOSFET does not switch as it should.`,
  discharge_mos_fault: say`The discharge MOSFET does not switch as it should.`,
  sensor_fault: say`A temperature sensor has failed.`,
  afe_fault: say`The measuring chip of the board has failed.`,
  cell_sense_fault: say`A cell voltage cannot be measured.`,
  cell_disconnected: say`A cell is disconnected.`,
  current_sensor_fault: say`The current measurement has failed.`,
  voltage_sensor_fault: say`The pack voltage measurement has failed.`,
  communication_fault: say`The board reports a communication fault.`,
  software_lock: say`A MOSFET was switched off by command.`,
  charge_inhibited: say`Charging is forbidden because the voltage is too low.`,
  discharge_inhibited: say`Discharging is forbidden because the voltage is too high.`,
  cell_count_mismatch: say`The number of cells differs from the setting.`,
  heater_fault: say`The heater has failed.`,
  balancer_fault: say`The balancer has failed.`,
  precharge_fault: say`The precharge has failed.`,
  current_limiter_fault: say`The current limiter has failed.`,
  fire_detector_fault: say`The fire detector reports a fault.`,
  full_charge_protection: say`Charging has stopped because the battery is full.`,
  reverse_connection: say`The battery is connected the wrong way round.`,
  eeprom_fault: say`The memory of the board has failed.`,
  storage_fault: say`The memory of the board has failed.`,
  rtc_fault: say`The clock of the board has failed.`,
  vendor_fault: say`The board reports a fault code of its vendor.`,
  cell_type_not_set: say`The cell type of the board has not been set.`,
  balance_wire_open: say`A balance wire is open.`,
  board_overtemperature: say`The board is too hot.`,
  balancer_overtemperature: say`The balancer is too hot.`,
  precharge_failed: say`The precharge did not succeed.`,
  precharge_mos_fault: say`The precharge MOSFET does not switch as it should.`,
  self_test_failed: say`The self-test of the board has failed.`,
  charger_communication_fault: say`The charger does not communicate as it should.`,
  dtu_communication_lost: say`The remote module of the board does not answer.`,
  firmware_missing: say`The firmware of the board is missing and has to be installed again.`,
  relay_stuck: say`A relay is stuck.`,
  discharge_fuse_fault: say`The discharge fuse has failed.`,
  charge_fuse_fault: say`The charge fuse has failed.`,
  usage_time_expired: say`The licensed time of use is over or about to end.`,
  cell_voltage_check_failed: say`The check of the cell voltages has failed.`,
  system_error: say`The board reports a system error.`,
  clock_fault: say`The clock of the board is wrong.`,
  low_voltage_shutdown_pending: say`The board is about to switch off because the voltage is too low.`,
  wire_resistance_high: say`The resistance of a balance wire is too high.`,
  gps_disconnected: say`The GPS module is disconnected.`,
  password_default: say`The password of the board has to be changed.`,
  discharge_start_failed: say`The discharge MOSFET could not be switched on.`,
  parallel_module_fault: say`The parallel module has failed.`,
  short_circuit_release_failed: say`The board could not recover from a short circuit.`,
  remote_lock: say`The board is locked remotely.`,
  communication_lost: say`The device does not answer.`,
  pack_lost: say`A pack of the bank is missing.`,
  pack_joining: say`A pack is back and waits until it counts again.`,
  pack_voltage_difference: say`The voltages of packs in parallel are too far apart.`,
  soc_difference: say`The states of charge of packs in parallel are too far apart.`,
  current_sharing: say`A pack carries too much or too little of the current; cables and terminals are the usual cause.`,
  circulating_current: say`A current flows from one pack into another.`,
  current_mismatch: say`The currents of packs in series differ: check calibration and loads connected between packs.`,
} as const;

export type AlarmCode = keyof typeof MESSAGES;

/** Every code with a fixed meaning. Boards may add `unknown_<register>_<bit>`. */
export const ALARM_CODES = Object.keys(MESSAGES) as readonly AlarmCode[];

/** An alarm from the shared vocabulary. */
export function alarm(code: AlarmCode, level: AlarmLevel): Alarm {
  return { code, level, message: String(MESSAGES[code]) };
}

const faultNumber = (number: number): Sentence => say`The board reports a fault code of its vendor: number ${number}.`;

/** The alarm for a fault that only the vendor can explain. @param number of the fault, as the board reports it */
export function vendorFault(number: number): Alarm {
  return { code: 'vendor_fault', level: 'fault', message: String(faultNumber(number)) };
}

const unknownBit = (register: string, bit: number): Sentence =>
  say`The device sets ${register} bit ${bit}, whose meaning is not known.`;

const unknownNumber = (register: string, code: number): Sentence =>
  say`The device reports ${register} code ${code}, whose meaning is not known.`;

/** The alarm for a status bit that the protocol's documentation does not explain. */
export function unknownAlarm(register: string, bit: number, level: AlarmLevel = 'warning'): Alarm {
  return { code: `unknown_${register}_${bit}`, level, message: String(unknownBit(register, bit)) };
}

/** The alarm for a value of a status byte that the protocol's documentation does not explain. */
export function unknownCode(register: string, code: number, level: AlarmLevel = 'warning'): Alarm {
  return { code: `unknown_${register}_${code}`, level, message: String(unknownNumber(register, code)) };
}

/** Why a bank has no reading. @param packs that are missing */
export const bankLost = (packs: readonly string[]): Sentence =>
  say`The bank has too few packs for a reading; missing: ${packs.join(', ')}.`;

/** Every form of a sentence with values in it. */
const FORMS = [bankLost([]), faultNumber(0), unknownBit('', 0), unknownNumber('', 0)];

/** The translatable sentence of an alarm of a device; the alarm itself has the English text. */
export function alarmSentence({ code, message }: Alarm): Sentence {
  const usual = (MESSAGES as Readonly<Record<string, Sentence>>)[code];
  if (usual !== undefined && String(usual) === message) return usual;
  for (const form of FORMS) {
    const sentence = readBack(form, message);
    if (sentence !== undefined) return sentence;
  }
  return verbatim(message);
}
