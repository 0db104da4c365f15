import type { Query } from '../protocol';
import { packStatus } from './pack-status';
import { parameters, product, throughput, type Block, type Up16sMemory } from './tables';
import { addressOf, build, commandOf, dataOf, READ, startOf } from './wire';

/**
 * The blocks that are asked. The individual status (command 45) is not: what it has beyond the pack status are limits that a
 * reading has no name for, and all else in it is of one pack where the master's pack status may be that of the whole bank.
 */
export const BLOCKS: readonly Block[] = [packStatus, throughput, parameters, product];

/** The query for one block. */
export function blockQuery(block: Block): Query<Up16sMemory> {
  const { name, group, optional = false, overrides, applies, start, end } = block;
  return {
    name,
    group,
    optional,
    ...(overrides && { overrides }),
    ...(applies && { applies: ({ memory }) => applies(memory) }),
    request: (target) => build(target.address, start, end),
    match(frame, _parts, target) {
      if (addressOf(frame) !== target.address || commandOf(frame) !== READ) return 'foreign';
      // The echo of our own request differs from an answer only in that it has no data.
      return startOf(frame) === start && dataOf(frame).length > 0 ? 'complete' : 'foreign';
    },
    decode: ([frame]) => block.decode(frame === undefined ? Buffer.alloc(0) : dataOf(frame)),
  };
}
