import { derive } from '../../battery/derive';
import type { Profile, Protocol, Query, Served } from '../protocol';
import type { Block } from './block';
import { counters } from './counters';
import {
  addressOf,
  ANSWER,
  buildAnswer,
  buildRequest,
  dataOf,
  frames,
  functionOf,
  modelOf,
  registerOf,
  resultOf,
  wantedOf,
} from './frame';
import { chipId, deviceInfo, packId } from './identity';
import { refusalOf } from './refusal';
import { status } from './status';

/**
 * Boards mix up their answers when they are asked again too soon (ant 11). The first request of a connection may be
 * lost.
 */
const PROFILE: Profile = { baudRate: 19200, gapMs: 200, retryGapMs: 200, timeoutMs: 1000, quietMs: 200, retries: 2 };

const BLOCKS: readonly Block[] = [status, counters, deviceInfo, chipId, packId];

function blockQuery(block: Block): Query {
  const { func, register } = block;
  return {
    name: block.name,
    group: block.group,
    optional: block.optional ?? false,
    request: ({ address }) => buildRequest(address, func, register, block.wanted),
    judge(frame, _parts, { address }) {
      if (addressOf(frame) !== address || functionOf(frame) !== func + ANSWER) return 'foreign';
      if (registerOf(frame) !== register) return 'foreign';
      return refusalOf(resultOf(frame), block.name) ?? 'complete';
    },
    decode: ([frame]) => ({
      reading: frame === undefined ? block.decode(Buffer.alloc(0)) : block.decode(dataOf(frame), modelOf(frame)),
    }),
  };
}

/** Boards are silent on what they do not know. */
function serve(request: Buffer): Served | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  const func = functionOf(request);
  const register = registerOf(request);
  const block = BLOCKS.find((entry) => entry.func === func && entry.register === register);
  if (block === undefined) return undefined;
  const address = addressOf(request);
  return {
    address,
    answer(pack) {
      // A board finds out power, state and extremes by itself; it sends what it has, but no more than is wanted.
      const data = block.encode(derive({ ...pack })).subarray(0, wantedOf(request));
      return buildAnswer(address, func + ANSWER, register, data, block.result);
    },
  };
}

/** ANT boards of about 2021 and later: frames that begin with 7e a1, over UART or Bluetooth (ant 1). */
export const ant: Protocol = {
  id: 'ant',
  label: 'ANT (2021 and later)',
  profile: PROFILE,
  address: { initial: 0xa1, min: 1, max: 255 },
  frames,
  queries: BLOCKS.map(blockQuery),
  serve,
};
