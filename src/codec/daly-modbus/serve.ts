import type { Served } from '../protocol';
import type { Block } from './block';
import * as d2 from './d2';
import { ANY } from './facts';
import { d2Identity, p81Identity } from './identity';
import * as p81 from './p81';
import { at } from './registers';
import { boardStation, d2Station, decodeRequest, encodeAnswer } from './wire';

const D2_BLOCKS: readonly Block[] = [d2.statusBlock, ...d2Identity.blocks];
const P81_BLOCKS: readonly Block[] = [p81.statusBlock, ...p81Identity.blocks];

/**
 * The board's side, for the simulator. Any part of a block may be asked; registers that the board does not have are met
 * with silence (daly-modbus 3).
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid request for registers that a board has
 */
export function serve(request: Buffer): Served | undefined {
  const asked = decodeRequest(request);
  if (asked === undefined) return undefined;
  const { board, start, count } = asked;
  const blocks = board === undefined ? D2_BLOCKS : P81_BLOCKS;
  const block = blocks.find((entry) => start >= entry.start && start + count <= entry.start + entry.count);
  if (block === undefined || count === 0) return undefined;
  const station = board === undefined ? d2Station : boardStation(board);
  const from = at(start - block.start);
  return {
    address: board ?? ANY,
    answer: (pack) => encodeAnswer(station, block.encode(pack).subarray(from, from + at(count))),
  };
}
