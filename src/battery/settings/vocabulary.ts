/*
 * The settings of boards: one key and one unit for the same thing, whatever the vendor (settings-vocabulary.md 3). A board has some of
 * them; which, and where they stand in it, its protocol says.
 */

/**
 * What a setting is about, which decides what may be done with it (settings-vocabulary.md 1.1): P protection, W warning, B balancing,
 * S model of the state of charge, O comfort, T structure of the pack, L link, C calibration, V state, I identity, X secret.
 */
export type SettingClass = 'P' | 'W' | 'B' | 'S' | 'O' | 'T' | 'L' | 'C' | 'V' | 'I' | 'X';

/** Where a setting stands in lists. */
export type SettingGroup =
  'voltage' | 'current' | 'temperature' | 'soc' | 'balancing' | 'capacity' | 'system' | 'vendor';

/** '' for words and switches, '1' for plain numbers; durations are always in seconds, currents positive in both directions */
export type SettingUnit = '' | '1' | 'V' | 'A' | 'Ah' | 's' | 'degC' | '%' | 'ohm';

/** What is known of a setting, whatever the board. */
export interface SettingInfo {
  readonly unit: SettingUnit;
  readonly type: 'number' | 'boolean' | 'string' | 'number[]';
  readonly class: SettingClass;
  readonly group: SettingGroup;
}

const LISTED = {
  cellOvervoltageProtection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellOvervoltageRecovery: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellOvervoltageDelay: { unit: 's', type: 'number', class: 'P', group: 'voltage' },
  cellOvervoltageWarning: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  cellOvervoltageWarningRecovery: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  cellOvervoltageWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'voltage' },
  cellOvervoltage2Protection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellOvervoltage2Recovery: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  hardwareCellOvervoltageProtection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  hardwareCellOvervoltageDelay: { unit: 's', type: 'number', class: 'P', group: 'voltage' },
  cellUndervoltageProtection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellUndervoltageRecovery: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellUndervoltageDelay: { unit: 's', type: 'number', class: 'P', group: 'voltage' },
  cellUndervoltageWarning: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  cellUndervoltageWarningRecovery: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  cellUndervoltageWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'voltage' },
  cellUndervoltage2Protection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellUndervoltage2Recovery: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  hardwareCellUndervoltageProtection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  hardwareCellUndervoltageDelay: { unit: 's', type: 'number', class: 'P', group: 'voltage' },
  packOvervoltageProtection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  packOvervoltageRecovery: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  packOvervoltageDelay: { unit: 's', type: 'number', class: 'P', group: 'voltage' },
  packOvervoltageWarning: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  packOvervoltageWarningRecovery: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  packOvervoltageWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'voltage' },
  packUndervoltageProtection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  packUndervoltageRecovery: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  packUndervoltageDelay: { unit: 's', type: 'number', class: 'P', group: 'voltage' },
  packUndervoltageWarning: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  packUndervoltageWarningRecovery: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  packUndervoltageWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'voltage' },
  cellDifferenceProtection: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellDifferenceRecovery: { unit: 'V', type: 'number', class: 'P', group: 'voltage' },
  cellDifferenceDelay: { unit: 's', type: 'number', class: 'P', group: 'voltage' },
  cellDifferenceWarning: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  cellDifferenceWarningRecovery: { unit: 'V', type: 'number', class: 'W', group: 'voltage' },
  cellDifferenceWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'voltage' },
  chargeOvercurrentProtection: { unit: 'A', type: 'number', class: 'P', group: 'current' },
  chargeOvercurrentDelay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  chargeOvercurrentRecoveryDelay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  chargeOvercurrentWarning: { unit: 'A', type: 'number', class: 'W', group: 'current' },
  chargeOvercurrentWarningRecovery: { unit: 'A', type: 'number', class: 'W', group: 'current' },
  chargeOvercurrentWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'current' },
  chargeOvercurrent2Protection: { unit: 'A', type: 'number', class: 'P', group: 'current' },
  chargeOvercurrent2Delay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  dischargeOvercurrentProtection: { unit: 'A', type: 'number', class: 'P', group: 'current' },
  dischargeOvercurrentDelay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  dischargeOvercurrentRecoveryDelay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  dischargeOvercurrentWarning: { unit: 'A', type: 'number', class: 'W', group: 'current' },
  dischargeOvercurrentWarningRecovery: { unit: 'A', type: 'number', class: 'W', group: 'current' },
  dischargeOvercurrentWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'current' },
  dischargeOvercurrent2Protection: { unit: 'A', type: 'number', class: 'P', group: 'current' },
  dischargeOvercurrent2Delay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  shortCircuitProtection: { unit: 'A', type: 'number', class: 'P', group: 'current' },
  shortCircuitDelay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  shortCircuitRecoveryDelay: { unit: 's', type: 'number', class: 'P', group: 'current' },
  chargeOvertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  chargeOvertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  chargeOvertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  chargeOvertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  chargeOvertemperatureWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  chargeOvertemperatureWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  chargeUndertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  chargeUndertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  chargeUndertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  chargeUndertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  chargeUndertemperatureWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  chargeUndertemperatureWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  dischargeOvertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  dischargeOvertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  dischargeOvertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  dischargeOvertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  dischargeOvertemperatureWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  dischargeOvertemperatureWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  dischargeUndertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  dischargeUndertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  dischargeUndertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  dischargeUndertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  dischargeUndertemperatureWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  dischargeUndertemperatureWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  mosOvertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  mosOvertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  mosOvertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  mosOvertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  mosOvertemperatureWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  mosOvertemperatureWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  boardOvertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  boardOvertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  boardOvertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  boardOvertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  ambientOvertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  ambientOvertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  ambientOvertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  ambientOvertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  ambientOvertemperatureWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  ambientOvertemperatureWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  ambientUndertemperatureProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  ambientUndertemperatureRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  ambientUndertemperatureDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  ambientUndertemperatureWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  ambientUndertemperatureWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  ambientUndertemperatureWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  temperatureDifferenceProtection: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  temperatureDifferenceRecovery: { unit: 'degC', type: 'number', class: 'P', group: 'temperature' },
  temperatureDifferenceDelay: { unit: 's', type: 'number', class: 'P', group: 'temperature' },
  temperatureDifferenceWarning: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  temperatureDifferenceWarningRecovery: { unit: 'degC', type: 'number', class: 'W', group: 'temperature' },
  temperatureDifferenceWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'temperature' },
  socLowProtection: { unit: '%', type: 'number', class: 'P', group: 'soc' },
  socLowRecovery: { unit: '%', type: 'number', class: 'P', group: 'soc' },
  socLowDelay: { unit: 's', type: 'number', class: 'P', group: 'soc' },
  socLowWarning: { unit: '%', type: 'number', class: 'W', group: 'soc' },
  socLowWarningRecovery: { unit: '%', type: 'number', class: 'W', group: 'soc' },
  socLowWarningDelay: { unit: 's', type: 'number', class: 'W', group: 'soc' },
  socLow2Warning: { unit: '%', type: 'number', class: 'W', group: 'soc' },
  socHighProtection: { unit: '%', type: 'number', class: 'P', group: 'soc' },
  socHighWarning: { unit: '%', type: 'number', class: 'W', group: 'soc' },
  balanceStartVoltage: { unit: 'V', type: 'number', class: 'B', group: 'balancing' },
  balanceDelta: { unit: 'V', type: 'number', class: 'B', group: 'balancing' },
  balancerSwitch: { unit: '', type: 'boolean', class: 'V', group: 'balancing' },
  balanceOnlyWhileCharging: { unit: '', type: 'boolean', class: 'B', group: 'balancing' },
  balanceCurrent: { unit: 'A', type: 'number', class: 'B', group: 'balancing' },
  balanceLimitVoltage: { unit: 'V', type: 'number', class: 'B', group: 'balancing' },
  balanceStopDelta: { unit: 'V', type: 'number', class: 'B', group: 'balancing' },
  balanceMaxChargeCurrent: { unit: 'A', type: 'number', class: 'B', group: 'balancing' },
  socVoltage100: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage90: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage80: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage70: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage60: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage50: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage40: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage30: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage20: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage10: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  socVoltage0: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  designCapacity: { unit: 'Ah', type: 'number', class: 'T', group: 'capacity' },
  cycleCountCapacity: { unit: 'Ah', type: 'number', class: 'S', group: 'capacity' },
  fullChargeCellVoltage: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  emptyCellVoltage: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  selfDischargeRate: { unit: '%', type: 'number', class: 'S', group: 'capacity' },
  requestedChargeCellVoltage: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  requestedFloatCellVoltage: { unit: 'V', type: 'number', class: 'S', group: 'capacity' },
  requestedChargeTime: { unit: 's', type: 'number', class: 'S', group: 'capacity' },
  requestedFloatTime: { unit: 's', type: 'number', class: 'S', group: 'capacity' },
  requestedChargeCurrent: { unit: 'A', type: 'number', class: 'S', group: 'capacity' },
  remainingCapacity: { unit: 'Ah', type: 'number', class: 'V', group: 'capacity' },
  fullCapacity: { unit: 'Ah', type: 'number', class: 'T', group: 'capacity' },
  manufactureDate: { unit: '', type: 'string', class: 'I', group: 'system' },
  boardSerialNumber: { unit: '1', type: 'number', class: 'I', group: 'system' },
  cycleCount: { unit: '1', type: 'number', class: 'V', group: 'system' },
  shuntResistance: { unit: 'ohm', type: 'number', class: 'C', group: 'system' },
  temperatureSensorsUsed: { unit: '', type: 'number[]', class: 'T', group: 'system' },
  cellCount: { unit: '1', type: 'number', class: 'T', group: 'system' },
  fetControlTime: { unit: 's', type: 'number', class: 'O', group: 'system' },
  ledTime: { unit: 's', type: 'number', class: 'O', group: 'system' },
  gpsShutdownVoltage: { unit: 'V', type: 'number', class: 'O', group: 'system' },
  gpsShutdownDelay: { unit: 's', type: 'number', class: 'O', group: 'system' },
  manufacturer: { unit: '', type: 'string', class: 'I', group: 'system' },
  deviceModel: { unit: '', type: 'string', class: 'I', group: 'system' },
  barcode: { unit: '', type: 'string', class: 'I', group: 'system' },
  smartSleepVoltage: { unit: 'V', type: 'number', class: 'O', group: 'system' },
  shutdownCellVoltage: { unit: 'V', type: 'number', class: 'P', group: 'system' },
  chargeSwitch: { unit: '', type: 'boolean', class: 'V', group: 'system' },
  dischargeSwitch: { unit: '', type: 'boolean', class: 'V', group: 'system' },
  heatingEnabled: { unit: '', type: 'boolean', class: 'O', group: 'system' },
  boardAddress: { unit: '1', type: 'number', class: 'L', group: 'system' },
  heatingStartTemperature: { unit: 'degC', type: 'number', class: 'O', group: 'system' },
  heatingStopTemperature: { unit: 'degC', type: 'number', class: 'O', group: 'system' },
  smartSleepDelay: { unit: 's', type: 'number', class: 'O', group: 'system' },
  chemistry: { unit: '', type: 'string', class: 'T', group: 'system' },
  undervoltageResistanceCompensation: { unit: 'ohm', type: 'number', class: 'O', group: 'system' },
  currentSensorRange: { unit: 'A', type: 'number', class: 'C', group: 'system' },
  sleepDelay: { unit: 's', type: 'number', class: 'O', group: 'system' },
  bluetoothAddressNumber: { unit: '1', type: 'number', class: 'L', group: 'system' },
  ownConsumption: { unit: 'A', type: 'number', class: 'C', group: 'system' },
  startCurrent: { unit: 'A', type: 'number', class: 'C', group: 'system' },
  systemReferenceVoltage: { unit: 'V', type: 'number', class: 'C', group: 'system' },
  packVoltageFactor: { unit: '1', type: 'number', class: 'C', group: 'system' },
  forbidDischargeTime: { unit: 's', type: 'number', class: 'O', group: 'system' },
  forbidChargeTime: { unit: 's', type: 'number', class: 'O', group: 'system' },
  allowDischargeTime: { unit: 's', type: 'number', class: 'O', group: 'system' },
  allowChargeTime: { unit: 's', type: 'number', class: 'O', group: 'system' },
  autoShutdownDelay: { unit: 's', type: 'number', class: 'O', group: 'system' },
  cellReferenceVoltage: { unit: 'V', type: 'number', class: 'T', group: 'system' },
  currentCalibration: { unit: 'A', type: 'number', class: 'C', group: 'system' },
  deviceName: { unit: '', type: 'string', class: 'L', group: 'system' },
  gpsRestartVoltage: { unit: 'V', type: 'number', class: 'O', group: 'system' },
  jbdExternalSwitch: { unit: '', type: 'boolean', class: 'T', group: 'vendor' },
  jbdLoadDetection: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jbdLed: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jbdLedCount: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jbdShortCircuitThreshold: { unit: 'V', type: 'number', class: 'P', group: 'vendor' },
  jbdDischargeOvercurrent2Threshold: { unit: 'V', type: 'number', class: 'P', group: 'vendor' },
  jbdThresholdsDoubled: { unit: '', type: 'boolean', class: 'P', group: 'vendor' },
  jkTemperatureSensorsDisabled: { unit: '', type: 'boolean', class: 'T', group: 'vendor' },
  jkGpsHeartbeat: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkPortRs485: { unit: '', type: 'boolean', class: 'L', group: 'vendor' },
  jkDisplayAlwaysOn: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkSpecialCharger: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkSmartSleep: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkParallelModuleDisabled: { unit: '', type: 'boolean', class: 'T', group: 'vendor' },
  jkTimedStorage: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkFloatMode: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkEmergencyButton: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkDryContactIntermittent: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkDischargeOvercurrent2: { unit: '', type: 'boolean', class: 'P', group: 'vendor' },
  jkDischargeOvercurrent3: { unit: '', type: 'boolean', class: 'P', group: 'vendor' },
  jkGpsLocksCharge: { unit: '', type: 'boolean', class: 'T', group: 'vendor' },
  jkGpsLocksDischarge: { unit: '', type: 'boolean', class: 'T', group: 'vendor' },
  jkPrechargeTime: { unit: 's', type: 'number', class: 'O', group: 'vendor' },
  jkEmergencyDuration: { unit: 's', type: 'number', class: 'O', group: 'vendor' },
  jkRebulkSoc: { unit: '%', type: 'number', class: 'S', group: 'vendor' },
  jkSocSetting: { unit: '%', type: 'number', class: 'V', group: 'vendor' },
  jkSohSetting: { unit: '%', type: 'number', class: 'V', group: 'vendor' },
  antBalanceEffort: { unit: '1', type: 'number', class: 'B', group: 'vendor' },
  antTotalCycleCapacity: { unit: 'Ah', type: 'number', class: 'V', group: 'vendor' },
  antSocMethod: { unit: '1', type: 'number', class: 'S', group: 'vendor' },
  antRunTime: { unit: '1', type: 'number', class: 'V', group: 'vendor' },
  antJumperLow: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  antJumperHigh: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  antTyreLength: { unit: '1', type: 'number', class: 'O', group: 'vendor' },
  antPulses: { unit: '1', type: 'number', class: 'O', group: 'vendor' },
  antSlaves: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyAcquisitionBoards: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyBoard1Cells: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyBoard2Cells: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyBoard3Cells: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyBoard1Sensors: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyBoard2Sensors: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyBoard3Sensors: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalyOperatingMode: { unit: '1', type: 'number', class: 'T', group: 'vendor' },
  dalySocSetting: { unit: '%', type: 'number', class: 'V', group: 'vendor' },
  jkDedicatedCharger: { unit: '', type: 'boolean', class: 'O', group: 'vendor' },
  jkManufacturerId: { unit: '', type: 'string', class: 'I', group: 'vendor' },
} as const satisfies Record<string, SettingInfo>;

type Listed = typeof LISTED;

/** The resistance of the connection of each cell, from 1. */
export type ConnectionResistanceKey = `cellConnectionResistance${number}`;

export type SettingKey = keyof Listed | ConnectionResistanceKey;

/** The most cells whose connections a board measures. */
const MOST_CONNECTIONS = 32;

/** The key of the connection of a cell. @param cell from 1 */
export function connectionResistance(cell: number): ConnectionResistanceKey {
  return `cellConnectionResistance${cell}`;
}

const CONNECTION: SettingInfo = { unit: 'ohm', type: 'number', class: 'C', group: 'system' };

/** What is known of each setting, in the order in which they are listed. */
export const SETTINGS: ReadonlyMap<SettingKey, SettingInfo> = new Map<SettingKey, SettingInfo>([
  ...(Object.entries(LISTED) as [keyof Listed, SettingInfo][]),
  ...Array.from({ length: MOST_CONNECTIONS }, (_, i) => [connectionResistance(i + 1), CONNECTION] as const),
]);

/** Whether a word is the key of a setting. */
export function isSettingKey(key: string): key is SettingKey {
  return (SETTINGS as ReadonlyMap<string, SettingInfo>).has(key);
}

/** @throws never: every key has its line */
export function settingInfo(key: SettingKey): SettingInfo {
  return SETTINGS.get(key) ?? CONNECTION;
}

/** A value as it stands in messages and files; null: never, or off, where the board has a number for that. */
export type SettingValue = number | boolean | string | readonly number[] | null;

/** Some settings with their values. */
export type SettingValues = { [K in SettingKey]?: SettingValue };

interface ValueTypes {
  number: number;
  boolean: boolean;
  string: string;
  'number[]': number[];
}

/** The settings with the types that rows of a table need: see `codec/kit/row.ts`. Of a pattern of keys none has to be there. */
export type SettingRowValues = { [K in keyof Listed]?: ValueTypes[Listed[K]['type']] } & {
  [K in ConnectionResistanceKey]: number;
};
