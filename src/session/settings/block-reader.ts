import { BmsError, toBmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { settingInfo } from '../../battery/settings/vocabulary';
import { isRefusal } from '../../codec/kit/refusal';
import type { SettingsAccess, SettingsBlock, SettingsImage, SettingsOrder } from '../../codec/parameter';
import type { Script } from '../../codec/protocol';
import { sameSetting } from '../../codec/settings/board-settings';

/** Reads of one block until two in a row must say the same, where one alone proves nothing. */
const MOST_READS = 4;

/** What was read of a block; undefined where the board does not have it. */
export type BlockTaken = (block: SettingsBlock, data: Buffer | undefined) => void;

/** How blocks are read within one session. */
export interface BlockReading {
  readonly access: SettingsAccess;
  readonly order: SettingsOrder;
  /** whether each is read until it says the same twice running */
  readonly twice: boolean;
  /** what was read of the board so far */
  readonly image: SettingsImage;
  readonly taken: BlockTaken;
  /** Whether the session may go on with the next block. */
  mayGoOn(): boolean;
}

/**
 * Reads blocks within one session with the board, until it may not go on; at least one.
 * @param blocks those to read; each is taken out once it was read
 */
export function* readBlocks(blocks: SettingsBlock[], how: BlockReading): Script<void> {
  do {
    const [block] = blocks;
    if (block === undefined) return;
    const data = yield* readIfThere(block, how);
    blocks.shift();
    how.taken(block, data);
  } while (how.mayGoOn());
}

function* readIfThere(block: SettingsBlock, how: BlockReading): Script<Buffer | undefined> {
  try {
    return yield* how.twice ? readTwice(block, how) : how.access.read(how.order, block);
  } catch (thrown) {
    const isAbsent = isRefusal(thrown) || toBmsError(thrown).code === 'timeout';
    if (block.optional === true && isAbsent) return undefined;
    throw thrown;
  }
}

function* readTwice(block: SettingsBlock, how: BlockReading): Script<Buffer> {
  const { access, order } = how;
  let before = yield* access.read(order, block);
  for (let reads = 1; reads < MOST_READS; reads++) {
    const data = yield* access.read(order, block);
    if (data.equals(before) || saySame(block, [before, data], how)) return data;
    before = data;
  }
  throw new BmsError('malformed', say`${block.name} says something else with every answer; check the line.`);
}

/** Whether all settings of a block are the same in two answers: bytes that no sheet names may change by themselves. */
function saySame(
  { id }: SettingsBlock,
  [before, data]: readonly [Buffer, Buffer],
  { access, order, image }: BlockReading,
): boolean {
  const [one, other] = [new Map(image).set(id, before), new Map(image).set(id, data)];
  const settings = access
    .parameters(order.target, other)
    .filter(({ key, block }) => block === id && settingInfo(key).class !== 'V');
  return settings.length > 0 && settings.every((each) => sameSetting(each.decode(one), each.decode(other)));
}
