import { dataOf } from '../kit/modbus';
import { checkLength } from '../kit/malformed';
import { d2StationOf, mayBeD2, mayBeP81, p81Station, type Query, type Target } from './memory';
import { queryOf } from './registers';
import { at } from './tables';
import * as d2 from './variants/d2';
import * as p81 from './variants/p81';
import { buildRead, isFromD2, matchRead } from './wire';

const NAME = 'status (0000)';

/**
 * The first request to a board, and part of every poll: its registers from 0000 on, by which it shows which map it has. All
 * firmware is said to answer 62 registers of D2, while boards with 80 are captured with that request alone (daly-modbus.md 1,
 * 4.1). At address 0 board 1 is asked in between, so that a board of either map answers the first or the second try, unless
 * it is one of those.
 */
export const statusQuery: Query = {
  name: NAME,
  group: 'fast',

  request(target, attempt = 1) {
    const tries = triesOf(target);
    const count = tries[(attempt - 1) % tries.length];
    return count === undefined ? buildRead(p81Station(target), 0, p81.FIRST_COUNT) : buildRead(d2StationOf(), 0, count);
  },

  match(frame, _parts, target) {
    if (isFromD2(frame)) return mayBeD2(target) ? matchRead(frame, d2StationOf(), d2Counts(target), NAME) : 'foreign';
    return mayBeP81(target) ? matchRead(frame, p81Station(target), [p81.FIRST_COUNT], NAME) : 'foreign';
  },

  decode([frame = Buffer.alloc(0)]) {
    const data = dataOf(frame);
    const isD2 = frame.length > 0 && isFromD2(frame);
    checkLength(NAME, data, at(isD2 ? d2.OLD_COUNT : p81.FIRST_COUNT));
    return isD2 ? d2.decodeStatus(NAME, data) : p81.decodeFirst(NAME, data);
  },
};

/** How many registers of D2 are asked in one try after the other; undefined for those of a board with a number. */
function triesOf(target: Target): readonly (number | undefined)[] {
  if (!mayBeD2(target)) return [undefined];
  const counts = d2Counts(target);
  return mayBeP81(target) ? counts.flatMap((count) => [count, undefined]) : counts;
}

function d2Counts({ memory: { statusRegisters } }: Target): readonly number[] {
  return statusRegisters === undefined ? [d2.OLD_COUNT, d2.NEW_COUNT] : [statusRegisters];
}

/** Everything that is read of a board. */
export const queries: readonly Query[] = [
  statusQuery,
  ...d2.d2.reads.map((read) => queryOf(read, d2.d2)),
  ...p81.p81.reads.map((read) => queryOf(read, p81.p81)),
];
