import type { Query } from '../protocol';
import { packStatus } from './pack-status';
import { parameters, product, throughput, type Block, type Up16sMemory } from './tables';
import { addressOf, build, commandOf, dataOf, READ, startOf } from './wire';

/**
 * The blocks that are asked. The individual status (command 45) is not: what it has beyond the pack status are limits that a
 * reading has no name for, and all else in it is of one pack where the master's pack status may be that of the whole bank.
 */
export const BLOCKS: readonly Block[] = [packStatus, throughput, parameters, product];

/** Whether a frame is the answer to a request for the block that begins at `start`. */
export function isAnswer(frame: Buffer, address: number, start: number): boolean {
  if (addressOf(frame) !== address || commandOf(frame) !== READ) return false;
  // The echo of our own request differs from an answer only in that it has no data.
  return startOf(frame) === start && dataOf(frame).length > 0;
}

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
    match: (frame, _parts, target) => (isAnswer(frame, target.address, start) ? 'complete' : 'foreign'),
    decode: ([frame]) => block.decode(frame === undefined ? Buffer.alloc(0) : dataOf(frame)),
  };
}
