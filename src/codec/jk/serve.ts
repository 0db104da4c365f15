import type { Reading } from '../../battery/reading';
import type { Served } from '../protocol';
import { encodeOne, encodeSet } from './data-set';
import { itemOf } from './items';
import { build, COMMANDS, commandOf, frames, informationOf, SOURCES, TYPES, typeOf } from './wire';

const NO_ID = 0;

/**
 * The board's side, for the simulator. A board is silent on damaged frames and unknown commands (jk 4); writes and
 * passwords are none of this board's.
 * @param request bytes as they came over the line
 */
export function serve(request: Buffer): Served | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  if (typeOf(request) !== TYPES.request) return undefined;
  const command = commandOf(request);
  const informationFor = answerTo(command, informationOf(request));
  if (informationFor === undefined) return undefined;
  return {
    address: 0,
    answer(pack) {
      const information = informationFor(pack);
      return information.length === 0 ? information : build(command, SOURCES.board, TYPES.reply, information);
    },
  };
}

/** What stands in the answer to a request, nothing for silence; undefined when it is not understood. */
function answerTo(command: number, asked: Buffer): ((pack: Reading) => Buffer) | undefined {
  const id = asked.readUInt8(0);
  if (asked.length !== 1) return undefined;
  if (command === COMMANDS.activate) return () => Buffer.from([id]);
  if (command === COMMANDS.readAll) return encodeSet;
  if (command !== COMMANDS.readOne) return undefined;
  if (id === NO_ID) return encodeSet;
  const item = itemOf(id);
  return item && ((pack) => encodeOne(pack, item));
}
