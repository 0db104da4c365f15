import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { Inputs } from '../../src/runtime/inputs';
import { FakeClock } from '../support/fake-clock';
import { FakeNode } from '../support/fake-red';

/** A node whose messages take as long as a test wants. */
function setUp() {
  const clock = new FakeClock();
  const node = new FakeNode({ id: 'a', type: 'b' });
  let finish: () => void = () => undefined;
  const work = new Promise<void>((resolve) => (finish = resolve));
  const inputs: Inputs = new Inputs({ _: (key: string) => key }, node as unknown as Node, async (message, send) => {
    await work;
    if (inputs.isClosed) throw new BmsError('closed', say`carried out`);
    send(message);
  });
  const ends: string[] = [];
  node.receive({ payload: 1 }, (error) => ends.push(error instanceof Error ? error.message : 'done'));
  return { clock, node, inputs, ends, finish: () => finish() };
}

describe('Inputs of a node that closes', () => {
  it('let a message in progress tell what came of it, and send nothing', async () => {
    const { clock, node, inputs, ends, finish } = setUp();
    await clock.tick(10);
    let isClosed = false;
    void inputs.closeAfter(6000, clock).then(() => (isClosed = true));
    await clock.tick(3000);
    assert.deepEqual([isClosed, ends], [false, []]);
    finish();
    await clock.tick(0);
    assert.deepEqual([isClosed, ends, node.answers, clock.timers], [true, ['carried out'], [], 0]);
  });

  it('do not wait for ever, nor when nothing is in progress', async () => {
    const { clock, inputs, ends, finish } = setUp();
    await clock.tick(10);
    let closings = 0;
    void inputs.closeAfter(6000, clock).then(() => closings++);
    await clock.tick(6000);
    assert.equal(closings, 1);
    assert.match(ends.join(), /closed before the answer came/);
    finish();
    await clock.tick(0);
    void inputs.closeAfter(6000, clock).then(() => closings++);
    await clock.tick(0);
    assert.deepEqual([closings, ends.length, clock.timers], [2, 1, 0]);
  });
});
