import type { Reading } from '../../battery/reading';
import type { SettingValues } from '../../battery/settings/vocabulary';
import { deliveredSettings } from '../ant/delivered';
import { PARAMETERS as NEWER } from '../ant/parameters';
import { putSettings, settingsInForce } from '../kit/emulated-settings';
import type { EmulatedBoard } from '../protocol';
import { BLOCKS, PARAMETERS } from './parameters';
import { COMMANDS, PER_AH } from './wire';

/*
 * The settings of a simulated board: those of a newer one as far as it has them. What is written is in force at once, and lives
 * in RAM until it is applied (settings-ant-legacy.md 3).
 */

const OWN: SettingValues = { balanceCurrent: 0.1, antTyreLength: 1000, antPulses: 4, antSlaves: 0 };

function delivered(pack: Reading): Map<string, Buffer> {
  const blocks = new Map<string, Buffer>();
  for (const { id, registers } of BLOCKS) blocks.set(id, Buffer.alloc(2 * registers.length));
  const newer = deliveredSettings(pack);
  putSettings(
    blocks,
    PARAMETERS,
    (key) => OWN[key] ?? NEWER.find((each) => each.key === key)?.decode(newer) ?? undefined,
  );
  return blocks;
}

function settingsOf(pack: Reading, board: EmulatedBoard | undefined): Map<string, Buffer> {
  return board === undefined ? delivered(pack) : settingsInForce(board, () => delivered(pack));
}

/** Whether the board has this register. */
export function isSetting(register: number): boolean {
  return BLOCKS.some(({ registers }) => registers.includes(register));
}

/** What a register holds. */
export function readRegister(register: number, pack: Reading, board: EmulatedBoard | undefined): number {
  const remaining = Math.round((pack.remainingCapacity ?? 0) * PER_AH);
  if (register === COMMANDS.remainingLow) return remaining % 0x10000;
  if (register === COMMANDS.remainingHigh) return Math.floor(remaining / 0x10000) & 0xffff;
  const block = BLOCKS.find(({ registers }) => registers.includes(register));
  const data = block && settingsOf(pack, board).get(block.id);
  return block === undefined || data === undefined ? 0xffff : data.readUInt16BE(2 * block.registers.indexOf(register));
}

/** Writes a register; the board checks nothing that is known. */
export function writeRegister(register: number, value: number, pack: Reading, board: EmulatedBoard): void {
  const block = BLOCKS.find(({ registers }) => registers.includes(register));
  const settings = settingsOf(pack, board);
  const data = block && settings.get(block.id);
  if (block === undefined || data === undefined) return;
  const changed = Buffer.from(data);
  changed.writeUInt16BE(value, 2 * block.registers.indexOf(register));
  settings.set(block.id, changed);
}
