import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PRIORITIES, PriorityQueue, type Priority } from '../../src/session/queue';

describe('PriorityQueue', () => {
  interface Item {
    priority: Priority;
    serial: number;
  }

  it('loses nothing, keeps the order of the classes, and drops the newest of the lowest', () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PRIORITIES) }, fc.constant('take' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), (steps, capacity) => {
        const queue = new PriorityQueue<Item>(capacity);
        let model: Item[] = [];
        steps.forEach((action, serial) => {
          if (action === 'take') {
            const expected = PRIORITIES.flatMap((priority) => model.filter((item) => item.priority === priority))[0];
            assert.deepEqual(queue.take(), expected);
            model = model.filter((item) => item !== expected);
            return;
          }
          const item = { priority: action, serial };
          model.push(item);
          const dropped = queue.add(item, action);
          const expendable = model.filter(({ priority }) => priority === 'request' || priority === 'poll');
          if (model.length <= capacity || expendable.length === 0) assert.equal(dropped, undefined);
          else {
            const polls = expendable.filter(({ priority }) => priority === 'poll');
            assert.equal(dropped, (polls.length > 0 ? polls : expendable).at(-1));
            model = model.filter((entry) => entry !== dropped);
          }
          assert.equal(queue.length, model.length);
        });
        assert.equal(queue.drain().length, model.length);
        assert.equal(queue.length, 0);
      }),
    );
  });

  it('gives out what is meant, in turn, and keeps the rest', () => {
    const queue = new PriorityQueue<number>(10);
    for (const [item, priority] of [
      [1, 'poll'],
      [2, 'control'],
      [3, 'poll'],
      [4, 'control'],
    ] as const)
      queue.add(item, priority);
    assert.deepEqual(
      queue.remove((item) => item < 3),
      [2, 1],
    );
    assert.deepEqual(queue.drain(), [4, 3]);
  });
});
