import type { Reading } from '../../battery/reading';
import type { SettingRowValues } from '../../battery/settings/vocabulary';
import { layout } from '../kit/fields';
import type { EmulatedBoard } from '../protocol';
import { BLOCK, dataIn, emptyBlock, putSlot, ROWS, SLOTS } from './parameters';

/*
 * The settings of the simulated board, which stand in `EmulatedBoard.settings`.
 */

/** As boards were captured (settings-jk.md). */
const DELIVERED: SettingRowValues = {
  ...{ cellOvervoltageDelay: 5, cellUndervoltageDelay: 5, cellDifferenceProtection: 0.3, balanceDelta: 0.01 },
  ...{ dischargeOvercurrentDelay: 300, chargeOvercurrentDelay: 30 },
  ...{ mosOvertemperatureProtection: 90, mosOvertemperatureRecovery: 70 },
  ...{ boardOvertemperatureProtection: 80, boardOvertemperatureRecovery: 70, temperatureDifferenceProtection: 20 },
  ...{ chargeOvertemperatureProtection: 70, dischargeOvertemperatureProtection: 70 },
  ...{ chargeUndertemperatureProtection: 0, chargeUndertemperatureRecovery: 5 },
  ...{ dischargeUndertemperatureProtection: -20, dischargeUndertemperatureRecovery: -10 },
  ...{ currentCalibration: 0.725, boardAddress: 1, sleepDelay: 10, socLowWarning: 20, jkDedicatedCharger: false },
  deviceName: 'Input Us',
};

const LFP: SettingRowValues = {
  ...{ cellOvervoltageProtection: 3.65, cellOvervoltageRecovery: 3.55, balanceStartVoltage: 3.45 },
  ...{ cellUndervoltageProtection: 2.65, cellUndervoltageRecovery: 2.75, chemistry: 'lfp' },
};
const NMC: SettingRowValues = {
  ...{ cellOvervoltageProtection: 4.2, cellOvervoltageRecovery: 4.15, balanceStartVoltage: 4.0 },
  ...{ cellUndervoltageProtection: 2.8, cellUndervoltageRecovery: 2.9, chemistry: 'nmc' },
};
/** The mean of NMC cells is above this, V. */
const NMC_FROM = 3.5;

const USUAL_CAPACITY = 100;
const PASSWORD_ID = 0xb2;
const PASSWORD = '123456';
const PASSWORD_LENGTH = 10;

/** What the values of the pack tell, and so is no matter of the settings. */
const OF_PACK: readonly number[] = [0x9d, 0xab, 0xac, 0xba];

const rows = layout<SettingRowValues>(ROWS);

function valuesFor(pack: Reading): SettingRowValues {
  const { cellVoltages = [], designCapacity, cellCount = cellVoltages.length } = pack;
  const mean = cellVoltages.reduce((sum, voltage) => sum + voltage, 0) / cellVoltages.length;
  const ofCells = mean >= NMC_FROM ? NMC : LFP;
  const { cellOvervoltageProtection = 0, cellUndervoltageProtection = 0 } = ofCells;
  const capacity = designCapacity ?? USUAL_CAPACITY;
  return {
    ...DELIVERED,
    ...ofCells,
    packOvervoltageProtection: cellCount * cellOvervoltageProtection,
    packUndervoltageProtection: cellCount * cellUndervoltageProtection,
    chargeOvercurrentProtection: capacity / 2,
    dischargeOvercurrentProtection: capacity,
    cellCount,
    designCapacity: capacity,
  };
}

function settingsOf(pack: Reading, board: EmulatedBoard): Buffer {
  const found = board.settings.get(BLOCK.id);
  if (found !== undefined) return found;
  const block = emptyBlock();
  rows.encode(valuesFor(pack), block);
  for (const { id, at } of SLOTS.values()) block[at] = OF_PACK.includes(id) ? 0 : id;
  board.settings.set(BLOCK.id, block);
  return block;
}

/** The ids of settings with their data, by id; with them the password, which real boards send too. */
export function settingItems(pack: Reading, board: EmulatedBoard): Map<number, Buffer> {
  const block = settingsOf(pack, board);
  const password = Buffer.from(PASSWORD.padEnd(PASSWORD_LENGTH, '\0'), 'latin1');
  const items = new Map<number, Buffer>([[PASSWORD_ID, password]]);
  for (const id of SLOTS.keys()) {
    const data = dataIn(block, id);
    if (data !== undefined) items.set(id, data);
  }
  return items;
}

export function writeSetting(id: number, data: Buffer, pack: Reading, board: EmulatedBoard): void {
  const block = Buffer.from(settingsOf(pack, board));
  putSlot(block, id, data);
  board.settings.set(BLOCK.id, block);
}
