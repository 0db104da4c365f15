import type { Reading } from '../../battery/reading';
import { deliveredRequestTimes, REQUEST_TIMES_AT } from '../jk-record/delivered';
import { isTaken } from '../jk-record/rules';
import { DATA_LENGTH, dataOf, emptyRecord, RECORDS, withSum } from '../jk-record/wire';
import { encodeDeviceInfo, majorOf } from '../jk-record/device-info';
import { switchesOf } from '../jk-record/settings';
import type { EmulatedBoard } from '../protocol';
import { INFO_BLOCK, parametersFor, putValue, REGISTERS, SETTINGS_BLOCK } from './parameters';
import { LAYOUTS, variantOf } from './variant';
import type { Command } from './wire';

/*
 * The settings of the simulated board. They stand in `EmulatedBoard.settings`, but for what its user has switched, which is
 * the board's own.
 */

/** The blocks of a board. @param board a new one, where it is missing */
function blocksOf(pack: Reading, board?: EmulatedBoard): Map<string, Buffer> {
  const blocks = board?.settings ?? new Map<string, Buffer>();
  if (blocks.size > 0) return blocks;
  const info = Buffer.alloc(DATA_LENGTH);
  if (variantOf(pack) === 'jk02-32s') deliveredRequestTimes().copy(info, REQUEST_TIMES_AT);
  blocks.set(SETTINGS_BLOCK.id, LAYOUTS[variantOf(pack)].deliveredSettings(pack));
  blocks.set(INFO_BLOCK.id, info);
  return blocks;
}

/** Record 01 of a board in this state. */
export function settingsRecord(pack: Reading, board?: EmulatedBoard): Buffer {
  const record = emptyRecord(RECORDS.settings);
  blocksOf(pack, board).get(SETTINGS_BLOCK.id)?.copy(dataOf(record));
  LAYOUTS[variantOf(pack)].encodeSwitches(board?.switches ?? switchesOf(pack), record);
  return withSum(record);
}

/** Record 03 of a board in this state. */
export function infoRecord(pack: Reading, board?: EmulatedBoard): Buffer {
  const record = emptyRecord(RECORDS.deviceInfo);
  const data = dataOf(record);
  blocksOf(pack, board).get(INFO_BLOCK.id)?.copy(data);
  encodeDeviceInfo(pack, data, 'little');
  return withSum(record);
}

/** Whether a register is one of a setting, on one variant or another. */
export function isSetting(number: number): boolean {
  return Object.values(REGISTERS).some((registers) => registers.has(nameOf(number)));
}

function nameOf(number: number): string {
  return number.toString(16).padStart(2, '0');
}

/**
 * Does what a write asks for. What the board does not take it acknowledges all the same.
 * @returns whether it has this register, with this width
 */
export function writeSetting({ number, value }: Command, pack: Reading, board: EmulatedBoard): boolean {
  const variant = variantOf(pack);
  const blocks = blocksOf(pack, board);
  const softwareMajor = majorOf(pack.softwareVersion);
  const memory = softwareMajor === undefined ? {} : { softwareMajor };
  const parameters = parametersFor(variant, blocks, memory);
  const written = parameters.filter(({ register, access }) => register === nameOf(number) && access === 'write');
  const register = REGISTERS[variant].get(nameOf(number));
  const before = blocks.get(register?.block ?? '');
  if (register === undefined || before === undefined || written.length === 0 || value.length !== register.width)
    return false;
  const after = Buffer.from(before);
  putValue(register, value, after);
  const keys = written.map(({ key }) => key);
  if (isTaken(keys, parameters, new Map([...blocks, [register.block, after]]))) blocks.set(register.block, after);
  return true;
}
