import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import { protocolById } from '../../src/codec';
import { forget, recall, remember } from '../../src/runtime/remembered';
import type { Found } from '../../src/session/detect';

type Answer = (error: unknown, value?: unknown) => void;

/** A node whose context holds one value. */
function nodeWith(id: string, context: { value?: unknown; failure?: Error }): { node: Node; notes: string[] } {
  const notes: string[] = [];
  const get = (_key: string, answer: Answer): void => answer(context.failure, context.value);
  const set = (_key: string, value: unknown, answer: Answer): void => {
    context.value = value;
    answer(context.failure);
  };
  const node = { id, context: () => ({ get, set }), debug: (note: string) => notes.push(note) };
  return { node: node as unknown as Node, notes };
}

function recalled(node: Node): Found[] {
  const told: Found[] = [];
  recall(node, (found) => told.push(found));
  return told;
}

describe('what a device has found out', () => {
  const daly = protocolById('daly');
  assert.ok(daly);
  const found: Found = { protocol: daly, address: 3 };

  it('is remembered in this process, and beyond it in the context', () => {
    const context: { value?: unknown } = {};
    const { node } = nodeWith('one', context);
    assert.deepEqual(recalled(node), []);
    remember(node, found);
    assert.deepEqual(context.value, { protocol: 'daly', address: 3 });
    const kept = context.value;
    context.value = undefined;
    assert.deepEqual(recalled(node), [found]);
    forget(node);
    assert.deepEqual(recalled(node), []);
    context.value = kept;
    assert.deepEqual(recalled(node), [found]);
  });

  it('is nothing where the context holds something else', () => {
    for (const value of [null, 7, {}, { protocol: 'other', address: 1 }, { protocol: 'daly', address: '1' }]) {
      assert.deepEqual(recalled(nodeWith('two', { value }).node), []);
    }
  });

  it('survives a store that fails', () => {
    const { node, notes } = nodeWith('three', { failure: new Error('disk full') });
    assert.deepEqual(recalled(node), []);
    remember(node, found);
    assert.deepEqual(recalled(node), [found]);
    assert.deepEqual(notes, ['disk full', 'disk full']);
  });
});
