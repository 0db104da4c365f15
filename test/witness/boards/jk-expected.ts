import { chargeEnabled, derivedOf, dischargeEnabled, stateOf, voltageOf, type Truth } from './truth';

/** What a reading must say that was made of the live, settings and info records of a JK board. */
export function expectedOfRecords(truth: Truth): Record<string, unknown> {
  return {
    voltage: voltageOf(truth, 0.001),
    current: truth.current,
    soc: truth.soc,
    soh: truth.soh,
    state: stateOf(truth),
    remainingCapacity: truth.remainingCapacity,
    fullCapacity: truth.fullCapacity,
    designCapacity: truth.designCapacity,
    cycles: truth.cycles,
    cycleCapacity: truth.cycleCapacity,
    runtime: truth.runtime,
    cellCount: truth.cells.length,
    cellVoltages: truth.cells,
    cellResistances: truth.resistances,
    temperatures: truth.temperatures,
    mosTemperature: truth.mosTemperature,
    balancing: truth.balanceCurrent !== 0,
    balanceCurrent: truth.balanceCurrent,
    chargeEnabled: chargeEnabled(truth),
    dischargeEnabled: dischargeEnabled(truth),
    heating: false,
    alarms: truth.alarms,
    model: truth.model,
    hardwareVersion: truth.hardwareVersion,
    softwareVersion: truth.softwareVersion,
    deviceName: truth.deviceName,
    serialNumber: truth.serialNumber,
    manufactureDate: truth.manufactureDate,
    ...derivedOf(truth),
  };
}

/** What besides, by newer versions. */
export function mayOfRecords(truth: Truth): Record<string, unknown> {
  const { chargeSwitch, dischargeSwitch, balancingSwitch, heatingSwitch, chargerConnected } = truth;
  return { chargeSwitch, dischargeSwitch, balancingSwitch, heatingSwitch, chargerConnected };
}
