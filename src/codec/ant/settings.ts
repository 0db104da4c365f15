import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { settingInfo } from '../../battery/settings/vocabulary';
import { isRefusal, LevelTooLow, Refusal } from '../kit/refusal';
import type { Parameter, RegisterWrite, SettingsAccess, SettingsBlock, SettingsOrder } from '../parameter';
import type { Script } from '../protocol';
import { LEVELS, NEEDED, passwordFor } from './levels';
import { BLOCKS, isBlank, PARAMETERS, WIDE, type AntBlock } from './parameters';
import { raiseLevel } from './password';
import type { AntMemory } from './queries';
import { readStep, saveStep, writeStep } from './requests';
import { RULES } from './rules';
import { CODES, refusalOf } from './results';
import { dataOf, type Result } from './wire';

type Order = SettingsOrder<AntMemory>;

const BLOCK_LIST: readonly AntBlock[] = Object.values(BLOCKS);

const SHOWN = { needed: NEEDED.read, enough: NEEDED.read, what: say`shows its settings` };
const WRITTEN = { needed: NEEDED.write, enough: NEEDED.all, what: say`lets settings be written` };

/**
 * Below level 2 a whole block reads ffff: only then the level is asked for and, where the password of the device opens it,
 * raised (ant.md 9.1). A block that reads so above level 2 is not there.
 */
function* read(order: Order, block: SettingsBlock): Script<Buffer> {
  const data = yield* readBlock(order, block);
  if (!isBlank(data)) return data;
  try {
    yield* raiseLevel(order, SHOWN);
  } catch (thrown) {
    if (!(thrown instanceof BmsError && thrown.code === 'timeout')) throw thrown;
    const why = say`The board ${SHOWN.what} from level ${SHOWN.needed} on, and shows nothing in ${block.name}`;
    throw new LevelTooLow(say`${why}; ${passwordFor(SHOWN.needed)}.`, thrown);
  }
  return yield* readBlock(order, block);
}

function* readBlock({ target: { address } }: Order, { id, name }: SettingsBlock): Script<Buffer> {
  const block = BLOCK_LIST.find((entry) => entry.id === id);
  if (block === undefined) throw new BmsError('unsupported', say`The board has no settings at ${id}.`);
  const [frame = Buffer.alloc(0)] = yield readStep(address, block.register, block.wanted, name);
  return Buffer.from(dataOf(frame));
}

/** Two bytes per write; a setting of 32 bits takes two, the lower half first, with nothing between them (settings-ant.md 4). */
function* write({ target: { address } }: Order, order: RegisterWrite): Script<void> {
  const [setting] = order.parameters;
  const data = setting && order.image.get(setting.block);
  if (setting === undefined || data === undefined) return;
  const register = Number(order.register);
  const at = register - Number(setting.block);
  const words = WIDE.has(setting.key) ? 2 : 1;
  for (let word = 0; word < words; word++) {
    const name = `${setting.key} (22 ${register + 2 * word})`;
    const bytes = data.subarray(at + 2 * word, at + 2 * word + 2);
    try {
      yield writeStep(address, register + 2 * word, bytes, name, {
        refusal: (result) => refusalOfWrite(result, order, name),
        withoutResult: 'part',
      });
    } catch (thrown) {
      throw word > 0 && isRefusal(thrown) ? halfTaken(setting, thrown) : thrown;
    }
  }
}

/** The lower half is taken: a refusal would tell that nothing has changed. */
function halfTaken({ key }: Parameter, cause: BmsError): BmsError {
  return new BmsError('not_confirmed', say`The board took one half of ${key} and refuses the other.`, cause);
}

/** The error for what the board says of a write (ant.md 9.3). @returns undefined when it is taken */
function refusalOfWrite(result: Result, order: RegisterWrite, name: string): BmsError | undefined {
  const { code, limit } = result;
  if (code === CODES.noPermission) {
    // A board that was seen to refuse named the level that it wanted, 3, where others name a limit.
    const named = limit !== undefined && limit.value <= NEEDED.all ? limit.value : NEEDED.all;
    const refused = say`The board refuses ${name} at the level of permission in force`;
    return new LevelTooLow(say`${refused}; ${passwordFor(Math.max(named, NEEDED.write))}.`);
  }
  const isLimit = code === CODES.tooLow || code === CODES.tooHigh;
  const bound = isLimit && limit !== undefined ? boundOf(limit, order) : undefined;
  if (bound === undefined) return refusalOf(result, name);
  const says =
    code === CODES.tooLow
      ? say`The board refuses ${name}: its least value is ${bound}.`
      : say`The board refuses ${name}: its greatest value is ${bound}.`;
  return new Refusal('bad_value', says, code);
}

/** The limit that the board names, in the unit of the setting. @returns undefined where it is that of another register */
function boundOf(limit: { register: number; value: number }, { parameters, image }: RegisterWrite): string | undefined {
  const setting = parameters.find(({ register, key }) => Number(register) === limit.register && !WIDE.has(key));
  const data = setting && image.get(setting.block);
  if (setting === undefined || data === undefined) return undefined;
  const held = Buffer.from(data);
  held.writeUInt16LE(limit.value, limit.register - Number(setting.block));
  const value = setting.decode(new Map([[setting.block, held]]));
  return typeof value === 'number' ? `${value} ${settingInfo(setting.key).unit}` : undefined;
}

/** Reading and writing settings (settings-ant.md 3, 4). What is written lives in RAM until it is saved. */
export const settings: SettingsAccess<AntMemory> = {
  permission: { levels: LEVELS, inForce: ({ memory }) => memory.level },
  blocks: () => BLOCK_LIST,
  parameters: () => PARAMETERS,
  rules: () => RULES,
  *during(order, purpose, inside) {
    if (purpose === 'save') yield* raiseLevel(order, WRITTEN);
    return yield* inside;
  },
  read,
  write,
  *save({ target: { address } }) {
    yield saveStep(address);
  },
  provedAfter: 'each',
  // A program with a restore that was verified waits so long (settings-ant.md 4).
  settlesMs: 300,
};
