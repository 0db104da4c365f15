import type { Reading } from '../../battery/reading';
import type { SettingKey, SettingValue, SettingValues } from '../../battery/settings/vocabulary';

/*
 * What simulated boards of this maker are delivered with, whatever they speak.
 */

/** As of a board for LFP cells. */
const DELIVERED: SettingValues = {
  ...{ cellReferenceVoltage: 3.2, dalyAcquisitionBoards: 1, dalyBoard2Cells: 0, dalyBoard3Cells: 0 },
  ...{ dalyBoard1Sensors: 1, dalyBoard2Sensors: 0, dalyBoard3Sensors: 0, dalyOperatingMode: 1 },
  ...{ boardAddress: 1, chemistry: 'lfp', sleepDelay: 3600, dalySocSetting: 100 },
  ...{ cellOvervoltageWarning: 3.6, cellOvervoltageProtection: 3.75 },
  ...{ cellOvervoltageRecovery: 3.55, cellOvervoltageDelay: 5 },
  ...{ cellUndervoltageWarning: 2.8, cellUndervoltageProtection: 2.5 },
  ...{ cellUndervoltageRecovery: 2.9, cellUndervoltageDelay: 5 },
  ...{ packOvervoltageDelay: 1, packUndervoltageDelay: 1 },
  ...{ chargeOvercurrentWarning: 90, chargeOvercurrentProtection: 100, chargeOvercurrentDelay: 1 },
  ...{ chargeOvercurrent2Protection: 150, chargeOvercurrent2Delay: 1 },
  ...{ dischargeOvercurrentWarning: 180, dischargeOvercurrentProtection: 200, dischargeOvercurrentDelay: 1 },
  ...{ dischargeOvercurrent2Protection: 300, dischargeOvercurrent2Delay: 1 },
  ...{ chargeOvertemperatureWarning: 55, chargeOvertemperatureProtection: 60 },
  ...{ chargeOvertemperatureRecovery: 55, chargeOvertemperatureDelay: 1 },
  ...{ chargeUndertemperatureWarning: 0, chargeUndertemperatureProtection: -5 },
  ...{ chargeUndertemperatureRecovery: 0, chargeUndertemperatureDelay: 1 },
  ...{ dischargeOvertemperatureWarning: 65, dischargeOvertemperatureProtection: 70 },
  ...{ dischargeOvertemperatureRecovery: 65, dischargeOvertemperatureDelay: 1 },
  ...{ dischargeUndertemperatureWarning: -15, dischargeUndertemperatureProtection: -20 },
  ...{ dischargeUndertemperatureRecovery: -15, dischargeUndertemperatureDelay: 1 },
  ...{ socHighWarning: 100, socHighProtection: 100, socLowWarning: 10, socLowProtection: 5 },
  ...{ cellDifferenceWarning: 0.3, cellDifferenceProtection: 0.5, cellDifferenceRecovery: 0.3, cellDifferenceDelay: 1 },
  ...{ temperatureDifferenceWarning: 10, temperatureDifferenceProtection: 15 },
  ...{ temperatureDifferenceRecovery: 12, temperatureDifferenceDelay: 1 },
  ...{ mosOvertemperatureWarning: 95, mosOvertemperatureProtection: 100 },
  ...{ mosOvertemperatureRecovery: 65, mosOvertemperatureDelay: 1 },
  ...{ boardOvertemperatureWarning: 65, boardOvertemperatureProtection: 70 },
  ...{ boardOvertemperatureRecovery: 65, boardOvertemperatureDelay: 1 },
  ...{ balanceStartVoltage: 3.4, balanceDelta: 0.05 },
  ...{ shortCircuitProtection: 600, shortCircuitDelay: 0.0003, shuntResistance: 0.000333 },
};

/** V of one cell, where a board counts in those of the pack. */
const PER_CELL: Partial<Record<SettingKey, number>> = {
  ...{ packOvervoltageWarning: 3.6, packOvervoltageProtection: 3.75, packOvervoltageRecovery: 3.55 },
  ...{ packUndervoltageWarning: 2.8, packUndervoltageProtection: 2.5, packUndervoltageRecovery: 2.9 },
};

/** What a board for this pack is delivered with; undefined for what the pack does not have, and for switches. */
export function deliveredSetting(
  key: SettingKey,
  { cellVoltages = [], designCapacity, fullCapacity = designCapacity }: Reading,
): SettingValue | undefined {
  const cells = cellVoltages.length;
  const own: SettingValues = { cellCount: cells, dalyBoard1Cells: cells };
  if (key === 'designCapacity') return designCapacity;
  if (key === 'fullCapacity') return fullCapacity;
  const perCell = PER_CELL[key];
  return own[key] ?? DELIVERED[key] ?? (perCell === undefined ? undefined : perCell * cells);
}
