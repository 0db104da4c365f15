import type { Profile, Protocol, Query, Served } from '../protocol';
import type { Block } from './block';
import { parameters, product } from './identity';
import { packStatus } from './pack-status';
import { throughput } from './throughput';
import { addressOf, build, commandOf, dataOf, endOf, frames, MAX_ADDRESS, MIN_ADDRESS, READ, startOf } from './wire';

/** Answers take 0.15 to 0.6 s; boards want 0.3 s between requests (jbd 11.1). */
const PROFILE: Profile = { baudRate: 9600, gapMs: 300, retryGapMs: 300, timeoutMs: 1500, quietMs: 150, retries: 3 };

/**
 * The individual status (command 45) is not asked: what it has beyond the pack status are limits that a reading has
 * no name for, and all else in it is of one pack where the master's pack status may speak of the whole bank.
 */
const BLOCKS: readonly Block[] = [packStatus, throughput, parameters, product];

function blockQuery(block: Block): Query {
  return {
    name: block.name,
    group: block.group,
    optional: block.optional ?? false,
    ...(block.applies && { applies: block.applies }),
    request: (target) => build(target.address, block.start, block.end),
    judge(frame, _parts, target) {
      if (addressOf(frame) !== target.address || commandOf(frame) !== READ) return 'foreign';
      // The echo of our own request differs from an answer only in that it has no data.
      return startOf(frame) === block.start && dataOf(frame).length > 0 ? 'complete' : 'foreign';
    },
    decode: ([frame], target) => block.decode(frame === undefined ? Buffer.alloc(0) : dataOf(frame), target.facts),
  };
}

function serve(request: Buffer): Served | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  if (commandOf(request) !== READ || dataOf(request).length > 0) return undefined;
  const start = startOf(request);
  const end = endOf(request);
  // Boards stay silent when they do not offer a block (jbd 11.1).
  const block = BLOCKS.find((entry) => entry.start === start && entry.end === end);
  if (block === undefined) return undefined;
  const address = addressOf(request);
  return { address, answer: (pack) => build(address, start, end, block.encode(pack)) };
}

/** UP16S rack boards: blocks of memory in Modbus-like frames, a master and its slaves (jbd 11). */
export const jbdUp16s: Protocol = {
  id: 'jbd-up16s',
  label: 'JBD UP16S',
  profile: PROFILE,
  address: { initial: 1, min: MIN_ADDRESS, max: MAX_ADDRESS },
  frames,
  queries: BLOCKS.map(blockQuery),
  serve,
};
