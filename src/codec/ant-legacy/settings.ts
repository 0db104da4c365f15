import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { RULES } from '../ant/rules';
import { isRefusal } from '../kit/refusal';
import type { RegisterWrite, SettingsAccess, SettingsBlock, SettingsOrder } from '../parameter';
import type { Script } from '../protocol';
import { BLOCKS, CELL_COUNT, PARAMETERS } from './parameters';
import type { AntLegacyMemory } from './queries';
import { readStep, unlocked, writeStep } from './requests';
import { COMMANDS, parseRead } from './wire';

type Order = SettingsOrder<AntLegacyMemory>;

function registersOf(id: string): readonly number[] {
  const block = BLOCKS.find((entry) => entry.id === id);
  if (block === undefined) throw new BmsError('unsupported', say`The board has no settings at ${id}.`);
  return block.registers;
}

/** One request per register (settings-ant-legacy.md 2). */
function* read({ password }: Order, { id, name }: SettingsBlock): Script<Buffer> {
  const registers = registersOf(id);
  const data = Buffer.alloc(2 * registers.length);
  for (const [i, register] of registers.entries()) {
    const [frame = Buffer.alloc(0)] = yield* unlocked(password, readStep(register, name));
    data.writeUInt16BE(parseRead(frame)?.value ?? 0, 2 * i);
  }
  if (id === CELL_COUNT && data.every((byte) => byte === 0)) throw repeated();
  return data;
}

/** A request that comes back looks like an answer of 0. No board has 0 cells. */
function repeated(): BmsError {
  const why = say`the line repeats what is sent on it, which looks like an answer`;
  return new BmsError('unsupported', say`Settings cannot be read: ${why}. Use an adapter that does not.`);
}

/** A number of 32 bits is written in two halves, the lower one first (settings-ant-legacy.md 3). */
function* write({ password }: Order, { register, parameters, image }: RegisterWrite): Script<void> {
  const [setting] = parameters;
  const data = setting && image.get(setting.block);
  if (setting === undefined || data === undefined) return;
  for (const [i, part] of registersOf(register).entries()) {
    try {
      yield* unlocked(password, writeStep(part, data.readUInt16BE(2 * i), setting.key));
    } catch (thrown) {
      if (i === 0 || !isRefusal(thrown)) throw thrown;
      throw new BmsError(
        'not_confirmed',
        say`The board took one half of ${setting.key} and refuses the other.`,
        thrown,
      );
    }
  }
}

/** Reading and writing settings (settings-ant-legacy.md 2, 3). What is written is lost at a restart unless it is applied. */
export const settings: SettingsAccess<AntLegacyMemory> = {
  blocks: () => BLOCKS,
  parameters: () => PARAMETERS,
  rules: () => RULES,
  read,
  write,
  *save({ password }) {
    yield* unlocked(password, writeStep(COMMANDS.apply, 0, 'apply'));
  },
  provedAfter: 'each',
  settlesMs: 200,
};
