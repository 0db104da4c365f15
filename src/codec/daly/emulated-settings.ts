import type { Reading } from '../../battery/reading';
import { dateToBytes } from '../kit/date';
import { putSettings } from '../kit/emulated-settings';
import type { EmulatedBoard } from '../protocol';
import { deliveredSetting } from './delivered';
import { PARAMETERS } from './parameters';
import { WRITE_DISTANCE } from './settings';
import { PRODUCTION_DATE_AT, RATING } from './tables';
import { DATA_LENGTH } from './wire';

/*
 * The settings of a simulated board. What is written is kept at once: no document tells of saving.
 */

function delivered(pack: Reading): Map<string, Buffer> {
  const blocks = new Map(PARAMETERS.map(({ block }): [string, Buffer] => [block, Buffer.alloc(DATA_LENGTH)]));
  // 0 A is not 0 on the wire, and a limit is either side of it.
  blocks.get('5b')?.fill(Buffer.of(0x75, 0x30));
  putSettings(blocks, PARAMETERS, (key) => deliveredSetting(key, pack));
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
