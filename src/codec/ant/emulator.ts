import { summarise } from '../../battery/derive';
import type { EmulatedResponse } from '../untyped';
import { BLOCKS } from './blocks';
import { withBalancer } from './codes';
import { commandAnswer, levelOf, passwordAnswer, readRemaining, writeAnswer, type Answer } from './commanded';
import {
  addressOf,
  ANSWER,
  buildFrame,
  COMMAND,
  dataOf,
  frames,
  functionOf,
  PASSWORD,
  registerOf,
  wantedOf,
  WRITE,
  WRITE_ANSWER,
} from './frame';
import { READ, REMAINING } from './remaining';
import { LEVEL_AT, status } from './status';

function readAnswer(func: number, register: number): Answer | undefined {
  if (func === READ && register === REMAINING) return (_asked, pack) => readRemaining(pack);
  const block = BLOCKS.find((entry) => entry.func === func && entry.register === register);
  if (block === undefined) return undefined;
  return ({ wanted }, pack, board) => {
    const shown = block === status ? withBalancer(pack, board) : pack;
    // A board finds out power, state and extremes by itself; it sends what it has, but no more than is wanted.
    const data = block.encode(summarise({ ...shown })).subarray(0, wanted);
    if (block === status && board !== undefined) data.writeUInt8(levelOf(board), LEVEL_AT);
    return { data, ...(block.result !== undefined && { result: block.result }) };
  };
}

function answerOf(func: number, register: number): Answer | undefined {
  switch (func) {
    case COMMAND:
      return commandAnswer(register);
    case PASSWORD:
      return passwordAnswer(register);
    case WRITE:
      return writeAnswer(register);
    default:
      return readAnswer(func, register);
  }
}

/**
 * The board's side, for the simulator.
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid request that the board knows: then it is silent
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  const func = functionOf(request);
  const register = registerOf(request);
  const answer = answerOf(func, register);
  if (answer === undefined) return undefined;
  const address = addressOf(request);
  const answers = func + (func === WRITE || func === PASSWORD ? WRITE_ANSWER : ANSWER);
  return {
    address,
    answer(pack, board) {
      const said = answer({ register, data: dataOf(request), wanted: wantedOf(request) }, pack, board);
      return said === undefined ? Buffer.alloc(0) : buildFrame(address, answers, register, said.data, said.result);
    },
  };
}
