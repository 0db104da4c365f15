import type { Query } from '../untyped';
import type { Block } from './block';
import { addressOf, build, commandOf, dataOf, READ, startOf } from './wire';

/** The query for one block. */
export function blockQuery(block: Block): Query {
  return {
    name: block.name,
    group: block.group,
    optional: block.optional ?? false,
    ...(block.exact && { overrides: block.exact }),
    ...(block.applies && { applies: block.applies }),
    request: (target) => build(target.address, block.start, block.end),
    match(frame, _parts, target) {
      if (addressOf(frame) !== target.address || commandOf(frame) !== READ) return 'foreign';
      // The echo of our own request differs from an answer only in that it has no data.
      return startOf(frame) === block.start && dataOf(frame).length > 0 ? 'complete' : 'foreign';
    },
    decode: ([frame], target) => block.decode(frame === undefined ? Buffer.alloc(0) : dataOf(frame), target.memory),
  };
}
