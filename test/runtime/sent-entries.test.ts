import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import { say } from '../../src/battery/sentence';
import type { LogEntry } from '../../src/codec/log-entry';
import { SentEntries } from '../../src/runtime/sent-entries';
import { FakeNode } from '../support/fake-red';

function entry(number: number, uptime = number): LogEntry {
  return { entry: number, code: 'short_circuit', level: 'protection', message: say`Short circuit.`, uptime };
}

function node(kept = new Map<string, unknown>(), id = 'log'): { node: Node; kept: Map<string, unknown> } {
  return { node: new FakeNode({ id, type: 'bms-log' }, kept) as unknown as Node, kept };
}

async function after(owner: Node): Promise<SentEntries> {
  const sent = new SentEntries(owner);
  await sent.recalled;
  return sent;
}

describe('entries of a log that were sent', () => {
  it('are known after a deploy, and after a restart with a context store', async () => {
    const { node: first, kept } = node(new Map(), 'deployed');
    const sent = await after(first);
    sent.add([entry(1), entry(2)], false);
    assert.deepEqual(
      [1, 2, 3].map((n) => sent.has(entry(n))),
      [true, true, false],
    );
    const again = await after(node(new Map(), 'deployed').node);
    assert.equal(again.has(entry(2)), true, 'in this process');
    const restarted = await after(node(structuredClone(kept), 'restarted').node);
    assert.deepEqual(
      [1, 2, 3].map((n) => restarted.has(entry(n))),
      [true, true, false],
    );
  });

  it('of a board that gives its whole log are forgotten with it: numbers that begin anew are new', async () => {
    const sent = await after(node(new Map(), 'whole').node);
    sent.add([entry(1), entry(2)], true);
    sent.add([entry(2)], true);
    assert.deepEqual(
      [1, 2].map((n) => sent.has(entry(n))),
      [false, true],
    );
    sent.add([], true);
    assert.equal(sent.has(entry(2)), false);
  });

  it('stay known where a board gives new ones only', async () => {
    const sent = await after(node(new Map(), 'newest').node);
    sent.add([entry(1)], false);
    sent.add([], false);
    sent.add([entry(2)], false);
    assert.deepEqual(
      [1, 2].map((n) => sent.has(entry(n))),
      [true, true],
    );
  });

  it('are the same with the same number only when all else is: a board may count seconds', async () => {
    const sent = await after(node(new Map(), 'seconds').node);
    sent.add([entry(7)], false);
    assert.equal(sent.has({ ...entry(7), code: 'cell_overvoltage' }), false);
  });

  for (const damaged of [undefined, null, 'marks', {}, { marks: 7 }, { marks: [1] }]) {
    it(`begin anew where the context store holds ${JSON.stringify(damaged)}`, async () => {
      const sent = await after(node(new Map([['sentEntries', damaged]]), `damaged ${JSON.stringify(damaged)}`).node);
      assert.equal(sent.has(entry(1)), false);
    });
  }
});
