import type { Reading } from './reading';

/** The rank of every key of a reading: first what people look for first. An object, so that none can be forgotten. */
const RANKS: Readonly<Record<keyof Required<Reading>, true>> = {
  voltage: true,
  current: true,
  power: true,
  soc: true,
  state: true,
  soh: true,
  remainingCapacity: true,
  fullCapacity: true,
  designCapacity: true,
  remainingEnergy: true,
  cycles: true,
  cycleCapacity: true,
  runtime: true,
  timeToEmpty: true,
  timeToFull: true,
  cellCount: true,
  cellVoltages: true,
  cellVoltageMin: true,
  cellVoltageMax: true,
  cellVoltageAverage: true,
  cellVoltageDelta: true,
  minCell: true,
  maxCell: true,
  cellResistances: true,
  temperatures: true,
  temperatureMin: true,
  temperatureMax: true,
  temperatureAverage: true,
  mosTemperature: true,
  balancerTemperature: true,
  ambientTemperature: true,
  chargeEnabled: true,
  dischargeEnabled: true,
  chargeSwitch: true,
  dischargeSwitch: true,
  balancingSwitch: true,
  heatingSwitch: true,
  balancing: true,
  balancingCells: true,
  balanceCurrent: true,
  heating: true,
  chargerConnected: true,
  loadConnected: true,
  digitalInputs: true,
  timeSinceCharge: true,
  chargeVoltageLimit: true,
  chargeCurrentLimit: true,
  dischargeVoltageLimit: true,
  dischargeCurrentLimit: true,
  errorCounts: true,
  alarms: true,
  manufacturer: true,
  model: true,
  hardwareVersion: true,
  softwareVersion: true,
  serialNumber: true,
  deviceName: true,
  manufactureDate: true,
};

/** Every key that a reading can have, in the order in which it has them, whatever the protocol. */
export const READING_KEYS = Object.keys(RANKS) as readonly (keyof Reading)[];

/**
 * A copy of a reading with its keys in the order of `READING_KEYS`, so that a preview shows what matters first. Readings
 * with the same keys share a hidden class of V8, as they get them in the same order.
 */
export function inKeyOrder(reading: Reading): Reading {
  const ordered: Partial<Record<keyof Reading, unknown>> = {};
  for (const key of READING_KEYS) {
    const value = reading[key];
    if (value !== undefined) ordered[key] = value;
  }
  return ordered as Reading;
}
