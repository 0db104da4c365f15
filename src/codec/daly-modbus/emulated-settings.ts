import type { Reading } from '../../battery/reading';
import { deliveredSetting } from '../daly/delivered';
import { putSettings } from '../kit/emulated-settings';
import type { EmulatedBoard } from '../protocol';
import { blockWith, type RegisterSettings } from './register-settings';
import { at, NOT_IMPLEMENTED } from './tables';

/*
 * The settings of a simulated board. What is written is in force and kept at once (settings-daly-modbus.md 2).
 */

/** Those of a new board. What its user switches and what the pack does not have is not there. */
function delivered({ blocks, parameters }: RegisterSettings, pack: Reading): Map<string, Buffer> {
  const made = new Map<string, Buffer>();
  for (const { id, count } of blocks) made.set(id, Buffer.alloc(at(count), NOT_IMPLEMENTED & 0xff));
  putSettings(made, parameters, (key) => deliveredSetting(key, pack));
  return made;
}

function settingsOf(
  settings: RegisterSettings,
  pack: Reading,
  board: EmulatedBoard | undefined,
): ReadonlyMap<string, Buffer> {
  if (board === undefined) return delivered(settings, pack);
  const isFilled = settings.blocks.every(({ id }) => board.settings.has(id));
  if (!isFilled) for (const [id, data] of delivered(settings, pack)) board.settings.set(id, data);
  return board.settings;
}

/** Puts the settings into the registers of a board. @param base where register 0 would be in `data` */
export function encodeSettings(
  settings: RegisterSettings,
  pack: Reading,
  data: Buffer,
  base: number,
  board: EmulatedBoard | undefined,
): void {
  const blocks = settingsOf(settings, pack, board);
  for (const { id, start } of settings.blocks) blocks.get(id)?.copy(data, base + at(start));
}

/** Whether a register is that of a setting that can be written. */
export function isWritten({ parameters }: RegisterSettings, register: number): boolean {
  const name = register.toString(16);
  return parameters.some((each) => each.register === name && each.access !== 'read');
}

/** Keeps what was written to a register; the board checks nothing that is known. */
export function keepRegister(
  settings: RegisterSettings,
  register: number,
  raw: number,
  pack: Reading,
  board: EmulatedBoard,
): void {
  const block = blockWith(settings.blocks, register);
  const before = block && settingsOf(settings, pack, board).get(block.id);
  if (block === undefined || before === undefined) return;
  const after = Buffer.from(before);
  after.writeUInt16BE(raw, at(register - block.start));
  board.settings.set(block.id, after);
}
