import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { receive } from '../support/bridged-board';
import { flow as readFlow, load, type Config, type Loaded } from '../support/helper-flow';

/** A simulated pack with a log, and a bms-log on it. */
function flow(node: Record<string, unknown> = {}, device: Record<string, unknown> = {}): Config[] {
  return readFlow(
    { transport: 'simulator', simScenario: 'steady' },
    { protocol: 'ant', pollInterval: 1, ...device },
    { type: 'bms-log', emit: 'change', ...node },
  );
}

const entriesOf = ({ out }: Loaded): Record<string, unknown>[] =>
  out.messages.map(({ payload }) => payload as Record<string, unknown>);

describe('bms-log', function () {
  this.timeout(30_000);
  afterEach(() => helper.unload());

  it('sends each entry once, oldest first, and the whole log when it is asked for', async () => {
    const loaded = await load(flow());
    const first = await loaded.out.nth(1);
    assert.equal(first.topic, 'Bank');
    assert.equal((first['bms'] as { device: string }).device, 'Bank');
    receive(loaded.read, { payload: 1 });
    await loaded.completed.nth(1);
    const sent = entriesOf(loaded);
    const numbers = sent.map(({ entry }) => Number(entry));
    assert.deepEqual(
      numbers,
      numbers.toSorted((one, other) => one - other),
    );
    for (const { code, level, message } of sent)
      assert.deepEqual([typeof code, typeof level, typeof message], ['string', 'string', 'string']);
    receive(loaded.read, { payload: 1 });
    await loaded.completed.nth(2);
    assert.equal(entriesOf(loaded).length, sent.length);
    receive(loaded.read, { _msgid: 'm3', payload: { action: 'all' } });
    await loaded.completed.nth(3);
    assert.deepEqual(entriesOf(loaded).slice(sent.length), sent);
    assert.equal(loaded.out.messages.at(-1)?._msgid, 'm3');
    assert.deepEqual(loaded.caught.messages, []);
  });

  it('sends nothing by itself when it is only to answer', async () => {
    const loaded = await load(flow({ emit: 'input' }));
    receive(loaded.read, { payload: { action: 'all' } });
    await loaded.completed.nth(1);
    const count = loaded.out.messages.length;
    assert.ok(count > 0);
    receive(loaded.read, { payload: 1 });
    await loaded.completed.nth(2);
    assert.equal(loaded.out.messages.length, count);
  });

  it('says once that a board keeps no log', async () => {
    const loaded = await load(flow({}, { protocol: 'daly' }));
    const { error } = (await loaded.caught.nth(1)) as unknown as { error: { code: string } };
    assert.equal(error.code, 'unsupported');
  });
});
