import type { Query } from '../untyped';
import type { Block } from './block';
import { addressOf, ANSWER, buildRequest, dataOf, functionOf, modelOf, registerOf, resultOf } from './frame';
import { refusalOf } from './refusal';

/** The query that asks for a block. */
export function blockQuery(block: Block): Query {
  const { func, register } = block;
  return {
    name: block.name,
    group: block.group,
    optional: block.optional ?? false,
    request: ({ address }) => buildRequest(address, func, register, block.wanted),
    match(frame, _parts, { address }) {
      if (addressOf(frame) !== address || functionOf(frame) !== func + ANSWER) return 'foreign';
      if (registerOf(frame) !== register) return 'foreign';
      return refusalOf(resultOf(frame), block.name) ?? 'complete';
    },
    decode([frame = Buffer.alloc(0)]) {
      const data = dataOf(frame);
      const reading = block.decode(data, modelOf(frame));
      return { reading, ...(block.memory !== undefined && { memory: block.memory(data) }) };
    },
  };
}
