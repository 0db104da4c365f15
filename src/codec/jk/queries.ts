import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { MatchResult, Query } from '../protocol';
import { decodeSet, NAME } from './data-set';
import { itemOf } from './tables';
import { COMMANDS, commandOf, informationOf, request, TYPES, typeOf } from './wire';

/** On the third try the board may be asleep: it is woken instead of asked (jk.md 1, 8). */
const WAKING_TRY = 3;

/**
 * The one request that reads everything, cells included (jk.md 4). Answers are recognised by their content, as some
 * firmware sends the whole set under the command that reads one id, and what a board uploads by itself serves as well.
 */
export const readAll: Query = {
  name: NAME,
  group: 'fast',
  request: (_target, attempt = 1) => request(attempt === WAKING_TRY ? COMMANDS.activate : COMMANDS.readAll),
  match(frame) {
    if (isAwake(frame)) return new BmsError('timeout', say`The board was asleep and has been woken; ask it again.`);
    return matchSet(frame);
  },
  decode: ([frame]) => ({ reading: decodeSet(frame === undefined ? Buffer.alloc(0) : informationOf(frame)) }),
};

/** Whether a board is there: it answers, or at least wakes up (jk.md 1). */
export const probe: Query = {
  name: `${NAME}, or waking (01)`,
  group: 'fast',
  request: (_target, attempt = 1) => request(attempt === 1 ? COMMANDS.readAll : COMMANDS.activate),
  match: (frame) => (isAwake(frame) ? 'complete' : matchSet(frame)),
  decode: () => ({ reading: {} }),
};

function matchSet(frame: Buffer): MatchResult {
  // The echo of a request, on a half-duplex line, is a whole frame of type 0 (jk.md 3).
  if (typeOf(frame) === TYPES.request) return 'foreign';
  const command = commandOf(frame);
  if (command === COMMANDS.readAll) return 'complete';
  return command === COMMANDS.readOne && isSet(informationOf(frame)) ? 'complete' : 'foreign';
}

function isAwake(frame: Buffer): boolean {
  return typeOf(frame) === TYPES.reply && commandOf(frame) === COMMANDS.activate;
}

/** Whether the data hold more than one id. */
function isSet(data: Buffer): boolean {
  const first = itemOf(data[0]);
  return first !== undefined && 1 + first.lengthOf(data, 1) < data.length;
}
