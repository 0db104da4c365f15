import type { Memory, Query, Target } from '../untyped';
import { judgeAnswer } from './block';
import { decodeStatus, NEW_COUNT, OLD_COUNT } from './d2';
import { MEMORY, mayBeD2, mayBeP81, p81Station } from './memory';
import { cells } from './p81';
import { addressOf, D2, d2Station, dataOf, encodeRequest } from './wire';

const NAME = 'status (0000)';

/**
 * The first thing that is asked of a board, and with every poll: its registers from 0000 on, which say which map it
 * has. All firmware is said to answer 62 registers of D2, while captures of boards with 80 have only that request
 * (daly-modbus.md 1, 4.1). At address 0 board 1 is asked in between, so that a board of either map answers the first or
 * the second try, if it is not one of those.
 */
export const statusQuery: Query = {
  name: NAME,
  group: 'fast',

  request(target, attempt = 1) {
    const tries = triesOf(target);
    const count = tries[(attempt - 1) % tries.length];
    if (count === undefined) return encodeRequest(p81Station(target), cells.start, cells.count);
    return encodeRequest(d2Station, 0, count);
  },

  match(frame, _parts, target) {
    if (addressOf(frame) === D2) {
      return mayBeD2(target) ? judgeAnswer(frame, d2Station, d2Counts(target.memory), NAME) : 'foreign';
    }
    return mayBeP81(target) ? judgeAnswer(frame, p81Station(target), [cells.count], NAME) : 'foreign';
  },

  decode([frame], { memory }) {
    if (frame === undefined || addressOf(frame) === D2) {
      return decodeStatus(frame === undefined ? Buffer.alloc(0) : dataOf(frame));
    }
    return cells.decode(dataOf(frame), memory);
  },
};

/** How many registers of D2 are asked in one try after the other; undefined is a board with a number instead. */
function triesOf(target: Target): readonly (number | undefined)[] {
  if (!mayBeD2(target)) return [undefined];
  const counts = d2Counts(target.memory);
  return mayBeP81(target) ? counts.flatMap((count) => [count, undefined]) : counts;
}

function d2Counts(memory: Memory): readonly number[] {
  const known = memory[MEMORY.registers];
  return known === undefined ? [OLD_COUNT, NEW_COUNT] : [known];
}
