import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import { protocolById } from '../../src/codec';
import { choiceOf, foundBoards } from '../../src/runtime/remembered';
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

const CHOICE = choiceOf({ connection: 'line', protocol: 'auto', address: '' });

function recalled(node: Node, choice = CHOICE): (Found | undefined)[] {
  const told: (Found | undefined)[] = [];
  foundBoards.recall(node, choice, (found) => told.push(found));
  return told;
}

describe('what a device has found out', () => {
  const daly = protocolById('daly');
  assert.ok(daly);
  const found: Found = { protocol: daly, address: 3 };

  it('is remembered in this process, and beyond it in the context', () => {
    const context: { value?: unknown } = {};
    const { node } = nodeWith('one', context);
    assert.deepEqual(recalled(node), [undefined]);
    foundBoards.keep(node, CHOICE, found);
    assert.deepEqual(context.value, { protocol: 'daly', address: 3, choice: CHOICE });
    const kept = context.value;
    context.value = undefined;
    assert.deepEqual(recalled(node), [found]);
    foundBoards.forget(node);
    assert.deepEqual(recalled(node), [undefined]);
    context.value = kept;
    assert.deepEqual(recalled(node), [found]);
  });

  it('is nothing where the context holds something else', () => {
    const choice = CHOICE;
    const others = [{}, { protocol: 'other', address: 1 }, { protocol: 'daly', address: '1' }];
    const odd = [NaN, null, 1.5].map((address) => ({ protocol: 'daly', address }));
    const values = [
      null,
      7,
      { protocol: 'daly', address: 1 },
      ...[...others, ...odd].map((each) => ({ ...each, choice })),
    ];
    for (const value of values) {
      assert.deepEqual(recalled(nodeWith('two', { value }).node), [undefined], JSON.stringify(value));
    }
  });

  it('is nothing once the user has chosen another board', () => {
    const { node } = nodeWith('four', {});
    foundBoards.keep(node, CHOICE, found);
    const choices = [
      { connection: 'other', protocol: 'auto', address: '' },
      { connection: 'line', protocol: 'daly', address: '' },
      { connection: 'line', protocol: 'auto', address: '2' },
    ];
    for (const choice of choices) assert.deepEqual(recalled(node, choiceOf(choice)), [undefined]);
    assert.deepEqual(recalled(node, choiceOf({ connection: 'line' })), [found], 'blank is auto');
  });

  it('survives a store that fails', () => {
    const { node, notes } = nodeWith('three', { failure: new Error('disk full') });
    assert.deepEqual(recalled(node), [undefined]);
    foundBoards.keep(node, CHOICE, found);
    assert.deepEqual(recalled(node), [found]);
    assert.deepEqual(notes, ['disk full', 'disk full']);
  });
});
