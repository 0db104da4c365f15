import type { Reading } from '../../battery/reading';
import type { SettingRowValues } from '../../battery/settings/vocabulary';
import type { Endian } from '../kit/fields';
import {
  COLD_DISCHARGE_LINES,
  HEATER_LINES,
  mainLines,
  PRECHARGE_LINE,
  REQUEST_TIME_LINES,
  SLEEP_LINES,
} from './parameters';
import { encodeSwitchBits, encodeSwitches, switchesOf, withHeating } from './settings';
import { tables } from './tables';
import { DATA_LENGTH, inData } from './wire';

/*
 * The settings of a new board, for the simulator: what the vendor's presets for a chemistry hold (settings-jk-ble.md 4), and
 * beside them what boards with firmware 15.41 are delivered with.
 */

const LTO: SettingRowValues = {
  ...{ cellUndervoltageProtection: 1.8, cellUndervoltageRecovery: 2.0, shutdownCellVoltage: 1.7 },
  ...{ cellOvervoltageProtection: 2.7, cellOvervoltageRecovery: 2.4, balanceStartVoltage: 2.3 },
  ...{ socVoltage0: 1.85, socVoltage100: 2.6, smartSleepVoltage: 2.2 },
  ...{ requestedChargeCellVoltage: 2.65, requestedFloatCellVoltage: 2.5 },
};
const LFP: SettingRowValues = {
  ...{ cellUndervoltageProtection: 2.6, cellUndervoltageRecovery: 3.0, shutdownCellVoltage: 2.5 },
  ...{ cellOvervoltageProtection: 3.6, cellOvervoltageRecovery: 3.4, balanceStartVoltage: 3.3 },
  ...{ socVoltage0: 2.65, socVoltage100: 3.45, smartSleepVoltage: 3.5 },
  ...{ requestedChargeCellVoltage: 3.5, requestedFloatCellVoltage: 3.35 },
};
const NMC: SettingRowValues = {
  ...{ cellUndervoltageProtection: 2.9, cellUndervoltageRecovery: 3.2, shutdownCellVoltage: 2.8 },
  ...{ cellOvervoltageProtection: 4.2, cellOvervoltageRecovery: 4.1, balanceStartVoltage: 3.6 },
  ...{ socVoltage0: 2.95, socVoltage100: 4.15, smartSleepVoltage: 3.5 },
  ...{ requestedChargeCellVoltage: 4.18, requestedFloatCellVoltage: 4.05 },
};

/** By the mean of the cells, V, which shows the chemistry well enough. */
function presetFor(mean: number): SettingRowValues {
  if (mean >= 3.5) return NMC;
  return mean < 2.8 ? LTO : LFP;
}

const COMMON: SettingRowValues = {
  balanceDelta: 0.01,
  chargeOvercurrentDelay: 30,
  chargeOvercurrentRecoveryDelay: 60,
  dischargeOvercurrentDelay: 30,
  dischargeOvercurrentRecoveryDelay: 60,
  shortCircuitRecoveryDelay: 60,
  shortCircuitDelay: 0.0015,
  balanceCurrent: 2,
  chargeOvertemperatureProtection: 60,
  chargeOvertemperatureRecovery: 55,
  dischargeOvertemperatureProtection: 60,
  dischargeOvertemperatureRecovery: 55,
  chargeUndertemperatureProtection: -20,
  chargeUndertemperatureRecovery: -10,
  mosOvertemperatureProtection: 75,
  mosOvertemperatureRecovery: 70,
  jkPrechargeTime: 5,
  heatingStartTemperature: 0,
  heatingStopTemperature: 10,
  smartSleepDelay: 24 * 3600,
  dischargeUndertemperatureProtection: -20,
  dischargeUndertemperatureRecovery: -10,
  requestedChargeTime: 3600,
  requestedFloatTime: 2880,
};

/** The word of switches: display, storage, and both further steps of the discharge current. */
const USUAL_BITS = 0x3310;

const USUAL_CAPACITY = 100;

const record01 = tables<SettingRowValues>(
  [...mainLines({}), PRECHARGE_LINE, ...HEATER_LINES, ...SLEEP_LINES, ...COLD_DISCHARGE_LINES].map(([row]) => row),
);
const requestTimes = tables<SettingRowValues>(REQUEST_TIME_LINES.map(([row]) => row)).little;
/** in the data of record 03 */
export const REQUEST_TIMES_AT = inData(266);

function valuesFor(pack: Reading): SettingRowValues {
  const { cellVoltages = [], designCapacity, cellCount = cellVoltages.length } = pack;
  const mean = cellVoltages.reduce((sum, voltage) => sum + voltage, 0) / cellVoltages.length;
  const capacity = designCapacity ?? USUAL_CAPACITY;
  return {
    ...COMMON,
    ...presetFor(mean),
    chargeOvercurrentProtection: Math.max(1, Math.round(capacity / 2)),
    dischargeOvercurrentProtection: Math.max(1, Math.round(capacity)),
    cellCount,
    ...(designCapacity !== undefined && { designCapacity }),
  };
}

/** The data of record 01 of a new board for this pack, with room for 32 cells. */
export function deliveredSettings(pack: Reading, endian: Endian): Buffer {
  const data = Buffer.alloc(DATA_LENGTH);
  record01[endian].encode(valuesFor(pack), data);
  const switches = switchesOf(pack);
  encodeSwitches(switches, data, endian);
  encodeSwitchBits(withHeating(USUAL_BITS, switches.heating), data, endian);
  return data;
}

/** The two bytes of record 03 from `REQUEST_TIMES_AT` on: how long the voltages of charging and floating are asked for. */
export function deliveredRequestTimes(): Buffer {
  const record = Buffer.alloc(DATA_LENGTH);
  requestTimes.encode(COMMON, record);
  return record.subarray(REQUEST_TIMES_AT, REQUEST_TIMES_AT + 2);
}
