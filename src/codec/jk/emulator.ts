import type { ActionName } from '../../battery/action';
import type { Reading } from '../../battery/reading';
import type { EmulatedBoard, EmulatedResponse } from '../untyped';
import { BALANCER, CHARGE, DISCHARGE, RESTART } from './actions';
import { encodeOne, encodeSet } from './data-set';
import { itemOf } from './items';
import { build, COMMANDS, commandOf, frames, informationOf, SOURCES, TYPES, typeOf } from './wire';

const NO_ID = 0;
const SILENCE = Buffer.alloc(0);

/** What stands in the answer to a request; nothing for silence. */
type Information = (pack: Reading, board?: EmulatedBoard) => Buffer;

/** Ids that can be written, and what is asked with them; the others are stored unread or refused (jk.md 10). */
const WRITES: ReadonlyMap<number, ActionName> = new Map([
  [CHARGE, 'charge'],
  [DISCHARGE, 'discharge'],
  [BALANCER, 'balancing'],
  [RESTART, 'restart'],
]);

/**
 * The board's side, for the simulator. A board is silent on damaged frames and unknown commands (jk.md 4); it takes any
 * password, and does not want one (jk.md 9).
 * @param request bytes as they came over the line
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  if (typeOf(request) !== TYPES.request) return undefined;
  const command = commandOf(request);
  const informationFor = answerTo(command, informationOf(request));
  if (informationFor === undefined) return undefined;
  return {
    address: 0,
    answer(pack, board) {
      const information = informationFor(pack, board);
      return information.length === 0 ? information : build(command, SOURCES.board, TYPES.reply, information);
    },
  };
}

/** Undefined when a request is not understood. */
function answerTo(command: number, asked: Buffer): Information | undefined {
  const id = asked.readUInt8(0);
  const acknowledgement = Buffer.from([id]);
  if (command === COMMANDS.password) return (_pack, board) => (board === undefined ? SILENCE : acknowledgement);
  if (command === COMMANDS.write) return obeyed(WRITES.get(id), asked.subarray(1), acknowledgement);
  if (asked.length !== 1) return undefined;
  if (command === COMMANDS.activate) return () => acknowledgement;
  if (command === COMMANDS.readAll || id === NO_ID) return (pack, board) => encodeSet(pack, board?.switches);
  const item = itemOf(id);
  return item && ((pack, board) => encodeOne(pack, item, board?.switches));
}

/** @param data behind the id */
function obeyed(action: ActionName | undefined, data: Buffer, acknowledgement: Buffer): Information | undefined {
  const value = data[0];
  if (action === undefined || data.length !== 1 || (value !== 0 && value !== 1)) return undefined;
  return (_pack, board) => {
    if (board === undefined) return SILENCE;
    board.execute(action, value === 1);
    return acknowledgement;
  };
}
