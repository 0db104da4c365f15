import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { SettingsAccess, SettingsBlock, SettingsOrder } from '../parameter';
import type { Script, Step } from '../protocol';
import { BLOCKS, PARAMETERS, RULES } from './parameters';
import type { DalyMemory } from './tables';
import { buildRequest, DATA_AT, DATA_LENGTH, isResponseTo } from './wire';

/** How far the id of a write lies below that of the read (settings-daly.md 2). */
export const WRITE_DISTANCE = 0x40;

/** The ids that hold nothing but zeros only where a board or an adapter has lost its data (daly.md 8). */
const NEVER_ZERO: ReadonlySet<string> = new Set(['50', '51', '59', '5a', '5b', '5c', '5f', '60']);

function stepOf(address: number, id: number, name: string, data?: Buffer): Step {
  return {
    name,
    request: buildRequest(address, id, data),
    isWrite: data !== undefined,
    // What acknowledges a write is not known: whatever comes with its id.
    match: (frame) => (isResponseTo(frame, address, id) ? 'complete' : 'foreign'),
  };
}

function* read({ target: { address } }: SettingsOrder<DalyMemory>, { id, name }: SettingsBlock): Script<Buffer> {
  const step = stepOf(address, Number.parseInt(id, 16), name);
  // Zeros once are data that were lost; zeros again are all that the board has.
  for (let reads = 0; reads < 2; reads++) {
    const [frame = Buffer.alloc(0)] = yield step;
    const data = Buffer.from(frame.subarray(DATA_AT, DATA_AT + DATA_LENGTH));
    if (!NEVER_ZERO.has(id) || data.some((byte) => byte !== 0)) return data;
  }
  throw new BmsError('unsupported', say`The board has no data in ${name}.`);
}

/** Reading and writing settings (settings-daly.md 2): no password and no saving are known. */
export const settings: SettingsAccess<DalyMemory> = {
  blocks: () => BLOCKS,
  parameters: () => PARAMETERS,
  rules: () => RULES,
  read,
  *write({ target: { address } }, { register, image }) {
    const id = Number.parseInt(register, 16) - WRITE_DISTANCE;
    yield stepOf(address, id, `parameters (${id.toString(16)})`, image.get(register));
  },
  provedAfter: 'each',
  settlesMs: 500,
};
