import type { Reading } from './reading';

/** Stores a value under one key. */
type Setter<K extends keyof Reading> = (into: Reading, value: Required<Reading>[K]) => unknown;

/**
 * Every key of a reading, first what people look for first, and how a value is stored under it. A store under a key that is
 * written out takes V8 half the time of one under a key that varies; and of an object that gets 20 keys in the latter way it
 * makes a hash table, which takes thrice as long to fill and to read. An object, so that no key can be forgotten.
 */
const SETTERS: { readonly [K in keyof Required<Reading>]: Setter<K> } = {
  voltage: (into, value) => (into.voltage = value),
  current: (into, value) => (into.current = value),
  power: (into, value) => (into.power = value),
  soc: (into, value) => (into.soc = value),
  state: (into, value) => (into.state = value),
  soh: (into, value) => (into.soh = value),
  remainingCapacity: (into, value) => (into.remainingCapacity = value),
  fullCapacity: (into, value) => (into.fullCapacity = value),
  designCapacity: (into, value) => (into.designCapacity = value),
  remainingEnergy: (into, value) => (into.remainingEnergy = value),
  cycles: (into, value) => (into.cycles = value),
  cycleCapacity: (into, value) => (into.cycleCapacity = value),
  chargedEnergy: (into, value) => (into.chargedEnergy = value),
  dischargedEnergy: (into, value) => (into.dischargedEnergy = value),
  chargedCapacity: (into, value) => (into.chargedCapacity = value),
  dischargedCapacity: (into, value) => (into.dischargedCapacity = value),
  runtime: (into, value) => (into.runtime = value),
  timeToEmpty: (into, value) => (into.timeToEmpty = value),
  timeToFull: (into, value) => (into.timeToFull = value),
  cellCount: (into, value) => (into.cellCount = value),
  cellVoltages: (into, value) => (into.cellVoltages = value),
  cellVoltageMin: (into, value) => (into.cellVoltageMin = value),
  cellVoltageMax: (into, value) => (into.cellVoltageMax = value),
  cellVoltageAverage: (into, value) => (into.cellVoltageAverage = value),
  cellVoltageDelta: (into, value) => (into.cellVoltageDelta = value),
  minCell: (into, value) => (into.minCell = value),
  maxCell: (into, value) => (into.maxCell = value),
  cellResistances: (into, value) => (into.cellResistances = value),
  temperatures: (into, value) => (into.temperatures = value),
  temperatureMin: (into, value) => (into.temperatureMin = value),
  temperatureMax: (into, value) => (into.temperatureMax = value),
  temperatureAverage: (into, value) => (into.temperatureAverage = value),
  mosTemperature: (into, value) => (into.mosTemperature = value),
  balancerTemperature: (into, value) => (into.balancerTemperature = value),
  ambientTemperature: (into, value) => (into.ambientTemperature = value),
  chargeEnabled: (into, value) => (into.chargeEnabled = value),
  dischargeEnabled: (into, value) => (into.dischargeEnabled = value),
  chargeSwitch: (into, value) => (into.chargeSwitch = value),
  dischargeSwitch: (into, value) => (into.dischargeSwitch = value),
  balancingSwitch: (into, value) => (into.balancingSwitch = value),
  heatingSwitch: (into, value) => (into.heatingSwitch = value),
  balancing: (into, value) => (into.balancing = value),
  balancingCells: (into, value) => (into.balancingCells = value),
  balanceCurrent: (into, value) => (into.balanceCurrent = value),
  heating: (into, value) => (into.heating = value),
  chargerConnected: (into, value) => (into.chargerConnected = value),
  loadConnected: (into, value) => (into.loadConnected = value),
  digitalInputs: (into, value) => (into.digitalInputs = value),
  timeSinceCharge: (into, value) => (into.timeSinceCharge = value),
  chargeVoltageLimit: (into, value) => (into.chargeVoltageLimit = value),
  chargeCurrentLimit: (into, value) => (into.chargeCurrentLimit = value),
  dischargeVoltageLimit: (into, value) => (into.dischargeVoltageLimit = value),
  dischargeCurrentLimit: (into, value) => (into.dischargeCurrentLimit = value),
  errorCounts: (into, value) => (into.errorCounts = value),
  alarms: (into, value) => (into.alarms = value),
  manufacturer: (into, value) => (into.manufacturer = value),
  model: (into, value) => (into.model = value),
  hardwareVersion: (into, value) => (into.hardwareVersion = value),
  softwareVersion: (into, value) => (into.softwareVersion = value),
  serialNumber: (into, value) => (into.serialNumber = value),
  deviceName: (into, value) => (into.deviceName = value),
  manufactureDate: (into, value) => (into.manufactureDate = value),
};

/** Every key that a reading can have, in the order in which it has them, whatever the protocol. */
export const READING_KEYS = Object.keys(SETTERS) as readonly (keyof Reading)[];

/** Stores a value, of the type that belongs to the key. */
export type AnySetter = (into: object, value: unknown) => unknown;

const BY_KEY: ReadonlyMap<string, AnySetter> = new Map(Object.entries(SETTERS) as [string, AnySetter][]);

/** What stores a value under a key: that of a reading, or any other one. */
export function setterOf(key: string): AnySetter {
  return BY_KEY.get(key) ?? ((into, value) => ((into as Record<string, unknown>)[key] = value));
}

/** Copies every value of a reading into another one. @returns the other one */
export function addValues(into: Reading, from: Readonly<Reading>): Reading {
  for (const key in from) BY_KEY.get(key)?.(into, from[key as keyof Reading]);
  return into;
}

const IN_ORDER = READING_KEYS.map((key) => ({ key, set: setterOf(key) }));

/**
 * A copy of a reading with its keys in the order of `READING_KEYS`, so that a preview shows what matters first. Readings
 * with the same keys share a hidden class of V8, as they get them in the same order.
 */
export function inKeyOrder(reading: Readonly<Reading>): Reading {
  const ordered: Reading = {};
  for (const { key, set } of IN_ORDER) {
    const value = reading[key];
    if (value !== undefined) set(ordered, value);
  }
  return ordered;
}
