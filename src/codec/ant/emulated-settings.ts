import type { Reading } from '../../battery/reading';
import { SETTINGS } from '../../battery/settings/vocabulary';
import { settingsInForce } from '../kit/emulated-settings';
import type { Parameter, SettingsImage } from '../parameter';
import type { EmulatedBoard } from '../protocol';
import { deliveredSettings } from './delivered';
import { NEEDED } from './levels';
import { BLOCKS, PARAMETERS, WIDE } from './parameters';
import { CODES } from './results';
import { REMAINING } from './tables';
import type { Result } from './wire';

/*
 * The settings of a simulated board. What is written is in force at once, and lives in RAM until it is saved (settings-ant.md 4).
 */

const BLOCK_LIST = Object.values(BLOCKS);
/** Behind the last block are passwords, which no board lets be read. */
const END = Math.max(...BLOCK_LIST.map(({ register, wanted }) => register + wanted));

function settingsOf(board: EmulatedBoard, pack: Reading): Map<string, Buffer> {
  return settingsInForce(board, () => deliveredSettings(pack));
}

/** Whether these registers are settings. */
export function holdsSettings(register: number, length: number): boolean {
  return register + length <= END;
}

/** What the board shows of its settings. @param level of permission in force */
export function readSettings(
  register: number,
  wanted: number,
  pack: Reading,
  board: EmulatedBoard | undefined,
  level: number,
): Buffer {
  const memory = Buffer.alloc(END, 0xff);
  if (level >= NEEDED.read) {
    const settings = board === undefined ? deliveredSettings(pack) : settingsOf(board, pack);
    for (const block of BLOCK_LIST) settings.get(block.id)?.copy(memory, block.register);
    memory.writeUInt32LE(Math.round((pack.remainingCapacity ?? 0) * REMAINING.perAh), REMAINING.register);
  }
  return memory.subarray(register, register + wanted);
}

/** Writes a register of two bytes. @returns the code of the result segment, with the limit that it names */
export function writeSetting(
  register: number,
  data: Buffer,
  pack: Reading,
  board: EmulatedBoard,
  level: number,
): Result {
  const block = BLOCK_LIST.find((entry) => register >= entry.register && register < entry.register + entry.wanted);
  const setting = PARAMETERS.find((entry) => isAt(entry, register));
  if (block === undefined || setting === undefined || data.length !== 2) return { code: CODES.unknownAddress };
  const needed = neededFor(setting);
  if (level < needed) return { code: CODES.noPermission, limit: { register, value: needed } };
  const settings = settingsOf(board, pack);
  const changed = Buffer.from(settings.get(block.id) ?? []);
  data.copy(changed, register - block.register);
  // Of the two halves of a wide one, the lower one comes first: it is judged with the upper one.
  const isWhole = !WIDE.has(setting.key) || register !== Number(setting.register);
  const refused = isWhole ? beyondLimit(setting, changed, register - block.register) : undefined;
  if (refused === undefined) settings.set(block.id, changed);
  return refused ?? { code: CODES.set };
}

function isAt({ register, key }: Parameter, at: number): boolean {
  return Number(register) === at || (WIDE.has(key) && Number(register) + 2 === at);
}

/** Structure and calibration demand more than the rest: which settings do is not told, but that there are some (ant.md 9.1). */
function neededFor({ key }: Parameter): number {
  return ['T', 'C'].includes(SETTINGS.get(key)?.class ?? '') ? NEEDED.all : NEEDED.write;
}

function beyondLimit(setting: Parameter, changed: Buffer, at: number): Result | undefined {
  const image: SettingsImage = new Map([[setting.block, changed]]);
  const value = setting.decode(image);
  if (typeof value !== 'number' || setting.range === undefined) return undefined;
  const [least, most] = setting.range;
  if (value >= least && value <= most) return undefined;
  const limit = setting.encode(value < least ? least : most, image).readUInt16LE(at);
  const register = Number(setting.block) + at;
  return { code: value < least ? CODES.tooLow : CODES.tooHigh, limit: { register, value: limit } };
}
