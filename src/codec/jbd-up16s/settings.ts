import type { SettingsAccess, SettingsBlock } from '../parameter';
import type { Script } from '../protocol';
import { LIMITS, PACK, PARAMETERS } from './parameters';
import { isAnswer } from './queries';
import { parameters, type Block, type Up16sMemory } from './tables';
import { build, dataOf } from './wire';

/*
 * How the settings of UP16S boards are read. Nothing is known of how they are written (settings-jbd-up16s.md 3).
 */

/** Where the blocks lie, up to their ends (jbd.md 11.2). */
export const PLACES = new Map<string, Pick<Block, 'start' | 'end'>>([
  [LIMITS, { start: 0x1800, end: 0x1900 }],
  [PACK, parameters],
]);

/** A slave behind the master answers neither: silence (settings-jbd-up16s.md 3). */
const BLOCKS: readonly SettingsBlock[] = [
  { id: LIMITS, name: 'protection settings (1800)', optional: true },
  { id: PACK, name: parameters.name, optional: true },
];

/** The settings of UP16S boards: read only. */
export const settings: SettingsAccess<Up16sMemory> = {
  blocks: () => BLOCKS,
  parameters: () => PARAMETERS,
  rules: () => [],
  *read({ target: { address } }, { id, name }): Script<Buffer> {
    const place = PLACES.get(id);
    if (place === undefined) throw new Error(`no block ${id}`);
    const { start, end } = place;
    const [frame = Buffer.alloc(0)] = yield {
      name,
      request: build(address, start, end),
      isWrite: false,
      match: (answer) => (isAnswer(answer, address, start) ? 'complete' : 'foreign'),
    };
    return Buffer.from(dataOf(frame));
  },
  provedAfter: 'each',
  settlesMs: 0,
};
