import type { Reading } from '../../battery/reading';
import type { SettingKey, SettingValue } from '../../battery/settings/vocabulary';
import { dateToBytes } from '../kit/date';
import { putSettings } from '../kit/emulated-settings';
import type { EmulatedBoard } from '../protocol';
import { PARAMETERS } from './parameters';
import { WRITE_DISTANCE } from './settings';
import { PRODUCTION_DATE_AT, RATING } from './tables';
import { DATA_LENGTH } from './wire';

/*
 * The settings of a simulated board. What is written is kept at once: no document tells of saving.
 */

/** As of a board for LFP cells; of the chemistry nothing else is known. */
const DELIVERED: Partial<Record<SettingKey, SettingValue>> = {
  ...{ cellReferenceVoltage: 3.2, dalyAcquisitionBoards: 1, dalyBoard1Sensors: 1, dalyOperatingMode: 1 },
  ...{ chemistry: 'lfp', sleepDelay: 3600 },
  ...{ cellOvervoltageWarning: 3.6, cellOvervoltageProtection: 3.75 },
  ...{ cellUndervoltageWarning: 2.8, cellUndervoltageProtection: 2.5 },
  ...{ chargeOvercurrentWarning: 90, chargeOvercurrentProtection: 100 },
  ...{ dischargeOvercurrentWarning: 180, dischargeOvercurrentProtection: 200 },
  ...{ chargeOvertemperatureWarning: 55, chargeOvertemperatureProtection: 60 },
  ...{ chargeUndertemperatureWarning: 0, chargeUndertemperatureProtection: -5 },
  ...{ dischargeOvertemperatureWarning: 65, dischargeOvertemperatureProtection: 70 },
  ...{ dischargeUndertemperatureWarning: -15, dischargeUndertemperatureProtection: -20 },
  ...{ socHighWarning: 100, socHighProtection: 100, socLowWarning: 10, socLowProtection: 5 },
  ...{ cellDifferenceWarning: 0.3, cellDifferenceProtection: 0.5 },
  ...{ temperatureDifferenceWarning: 10, temperatureDifferenceProtection: 15 },
  ...{ balanceStartVoltage: 3.4, balanceDelta: 0.05, shortCircuitProtection: 600, shuntResistance: 0.000333 },
};

/** V of one cell, where a board counts in those of the pack. */
const PER_CELL: Partial<Record<SettingKey, number>> = {
  ...{ packOvervoltageWarning: 3.6, packOvervoltageProtection: 3.75 },
  ...{ packUndervoltageWarning: 2.8, packUndervoltageProtection: 2.5 },
};

function delivered({ cellVoltages = [], designCapacity = 100 }: Reading): Map<string, Buffer> {
  const cells = cellVoltages.length;
  const own: Partial<Record<SettingKey, SettingValue>> = { designCapacity, dalyBoard1Cells: cells };
  const blocks = new Map(PARAMETERS.map(({ block }): [string, Buffer] => [block, Buffer.alloc(DATA_LENGTH)]));
  // 0 A is not 0 on the wire, and a limit is either side of it: see `current` of the parameters.
  blocks.get('5b')?.fill(Buffer.of(0x75, 0x30));
  putSettings(blocks, PARAMETERS, (key) => {
    const perCell = PER_CELL[key];
    return own[key] ?? DELIVERED[key] ?? (perCell === undefined ? undefined : perCell * cells);
  });
  return blocks;
}

function settingsOf(pack: Reading, board: EmulatedBoard | undefined): Map<string, Buffer> {
  if (board === undefined) return delivered(pack);
  if (board.settings.size === 0) for (const [id, data] of delivered(pack)) board.settings.set(id, data);
  return board.settings;
}

const blockId = (id: number): string => id.toString(16);
const IDS: ReadonlySet<string> = new Set(PARAMETERS.map(({ block }) => block));

/** Whether this id reads settings. */
export function readsSettings(id: number): boolean {
  return IDS.has(blockId(id));
}

/** Whether this id writes settings that may be written. */
export function writesSettings(id: number): boolean {
  const block = blockId(id + WRITE_DISTANCE);
  return PARAMETERS.some((each) => each.block === block && each.access === 'experimental');
}

/** The data of an id. What readings are made of follows the pack. */
export function readSettings(id: number, pack: Reading, board: EmulatedBoard | undefined): Buffer {
  const data = Buffer.from(settingsOf(pack, board).get(blockId(id)) ?? Buffer.alloc(DATA_LENGTH));
  if (id === 0x50) RATING.encode(pack, data);
  if (id === 0x53) data.set(dateToBytes(pack.manufactureDate), PRODUCTION_DATE_AT);
  return data;
}

export function writeSettings(id: number, data: Buffer, pack: Reading, board: EmulatedBoard): void {
  settingsOf(pack, board).set(blockId(id + WRITE_DISTANCE), Buffer.from(data));
}
