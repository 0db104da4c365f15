import assert from 'node:assert/strict';
import type { Query } from '../../../src/codec/protocol';
import { queryStep, reading, stateOf } from '../../../src/codec/kit/script';

const TARGET = { address: 3, memory: { cells: 4 } };

function query(name: string, options: Partial<Query> = {}): Query {
  return {
    name,
    group: 'fast',
    request: ({ address }) => Buffer.of(address),
    match: () => 'complete',
    decode: () => ({ reading: {} }),
    ...options,
  };
}

describe('scripts', () => {
  it('a query as a step only reads, with frames of its own where it has some', () => {
    const plain = queryStep(query('a'), TARGET);
    assert.deepEqual([plain.name, plain.request, plain.isWrite, plain.frames], ['a', Buffer.of(3), false, undefined]);
    assert.equal(plain.match(Buffer.alloc(0), []), 'complete');
    const frames = { maxLength: 1, measure: (): number => 1 };
    assert.equal(queryStep(query('b', { frames: () => frames }), TARGET).frames, frames);
  });

  it('reads several queries, each with what the earlier ones told', () => {
    const first = query('a', { decode: () => ({ reading: { soc: 5 }, memory: { variant: 2 } }) });
    const second = query('b', {
      decode: (_parts, { memory }) => ({ reading: { soh: 'variant' in memory ? Number(memory.variant) : 0 } }),
    });
    const script = reading(first, second)(TARGET);
    assert.equal((script.next().value as { name: string }).name, 'a');
    assert.equal((script.next([]).value as { name: string }).name, 'b');
    const end = script.next([]);
    assert.deepEqual(end, { done: true, value: { reading: { soc: 5, soh: 2 }, memory: { cells: 4, variant: 2 } } });
  });

  it('takes the state from a reading', () => {
    assert.equal(stateOf('chargeEnabled')({ reading: { chargeEnabled: false } }), false);
    assert.equal(stateOf('soc')({ reading: {} }), undefined);
  });
});
