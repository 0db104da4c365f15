import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { COUNTER_KEYS, NO_COUNTERS } from '../../src/battery/energy/counters';
import { receive } from '../support/bridged-board';
import { flow as readFlow, load, type Config, type Loaded } from '../support/helper-flow';

/** A simulated pack that is charged, a thousand times as fast as a real one, and a bms-energy on it. */
function flow(node: Record<string, unknown> = {}, device: Record<string, unknown> = {}): Config[] {
  return readFlow(
    { transport: 'simulator', simScenario: 'charge' },
    { pollInterval: 0.1, ...device },
    { type: 'bms-energy', emit: 'input', ...node },
  );
}

type Payload = Record<string, unknown> & Record<(typeof COUNTER_KEYS)[number], number>;
const payloadsOf = ({ out }: Loaded): Payload[] => out.messages.map(({ payload }) => payload as Payload);
const codesOf = ({ caught }: Loaded): unknown[] => caught.messages.map(({ error }) => (error as { code: string }).code);

describe('bms-energy', function () {
  this.timeout(15_000);
  afterEach(() => helper.unload());

  it('answers with the counters on the message that requests them', async () => {
    const loaded = await load(flow({ topic: 'pack' }));
    receive(loaded.read, { payload: { action: 'reset' } });
    receive(loaded.read, { _msgid: 'm1', payload: 'go', own: 5 });
    const { payload, topic, bms, ...rest } = await loaded.out.nth(2);
    const { since, ...counters } = payload as Payload;
    assert.ok(Math.abs(Number(since) - Date.now()) < 10_000);
    assert.deepEqual(counters, { ...NO_COUNTERS, today: NO_COUNTERS, yesterday: NO_COUNTERS, observed: 0, gaps: 0 });
    assert.deepEqual([topic, (bms as { device: string }).device, rest], ['pack', 'Bank', { _msgid: 'm1', own: 5 }]);
  });

  it('sends by itself when a counter has changed, and only rises', async () => {
    const loaded = await load(flow({ emit: 'change' }));
    await loaded.out.nth(5);
    const energies = payloadsOf(loaded).map(({ chargedEnergy }) => chargedEnergy);
    assert.deepEqual(
      energies,
      energies.toSorted((one, other) => one - other),
    );
    assert.ok((energies[4] ?? 0) > 0);
    assert.equal(new Set(payloadsOf(loaded).map((payload) => JSON.stringify(payload))).size, energies.length);
    assert.equal(typeof payloadsOf(loaded)[1]?.['equivalentCycles'], 'number');
  });

  it('sends at intervals, also before the first reading', async () => {
    const loaded = await load(flow({ emit: 'interval', interval: '1' }, { pollInterval: 0 }));
    await loaded.out.nth(2);
    const [first, second] = payloadsOf(loaded);
    assert.deepEqual(first, second);
  });

  it('sends values and points of a database', async () => {
    let loaded = await load(flow({ format: 'values' }));
    receive(loaded.read, { payload: 1 });
    await loaded.completed.nth(1);
    const topics = loaded.out.messages.map(({ topic }) => topic);
    for (const day of ['', 'today/', 'yesterday/'])
      for (const key of COUNTER_KEYS) assert.ok(topics.includes(`Bank/${day}${key}`), `${day}${key}`);
    assert.deepEqual(
      loaded.out.messages.map(({ payload, parts }) => [typeof payload, typeof parts]),
      topics.map(() => ['number', 'object']),
    );
    await helper.unload();
    loaded = await load(flow({ format: 'influx' }));
    receive(loaded.read, { payload: 1 });
    const [fields, tags] = (await loaded.out.nth(1)).payload as [Record<string, number>, Record<string, string>];
    const types = [typeof fields['chargedEnergy'], typeof fields['today_chargedEnergy']];
    assert.deepEqual([...types, tags['device']], ['number', 'number', 'Bank']);
  });

  it('sets and resets the counters', async () => {
    const loaded = await load(flow());
    receive(loaded.read, { payload: { action: 'set', chargedEnergy: 123_000.5, dischargedCapacity: 40 } });
    const { chargedEnergy, dischargedCapacity, dischargedEnergy } = (await loaded.out.nth(1)).payload as Payload;
    assert.deepEqual([chargedEnergy, dischargedCapacity, dischargedEnergy], [123_000.5, 40, 0]);
    receive(loaded.read, { payload: { action: 'reset' } });
    assert.equal(((await loaded.out.nth(2)).payload as Payload).chargedEnergy, 0);
    assert.deepEqual(codesOf(loaded), []);
  });

  it('sets nothing of what is wrong', async () => {
    const loaded = await load(flow());
    const wrong: unknown[] = [
      ...[-1, '5', null, Number.NaN, Infinity, true].map((chargedEnergy) => ({ dischargedEnergy: 7, chargedEnergy })),
      ...[{}, { dischargedEnergy: 7, energy: 5 }],
    ];
    for (const counters of wrong) receive(loaded.read, { payload: { action: 'set', ...(counters as object) } });
    receive(loaded.read, { payload: { action: 'clear' } });
    await loaded.caught.nth(wrong.length + 1);
    assert.deepEqual(new Set(codesOf(loaded)), new Set(['bad_value']));
    receive(loaded.read, { payload: {} });
    assert.equal(((await loaded.out.nth(1)).payload as Payload).dischargedEnergy, 0);
  });

  it('counts a bank, by the counts of its boards where all have them', async () => {
    const ant = { protocol: 'ant', pollInterval: 0.2 };
    const [pack1, pack2] = ['device', 'second'];
    const bank = { id: 'bank', type: 'bms-bank', name: 'House', topology: 'parallel', interval: 1, pack1, pack2 };
    const [tab, line, device, ...others] = flow({ device: 'bank', emit: 'change' }, ant);
    assert.ok(tab && line && device);
    const second = { ...device, id: 'second', name: 'Second', connection: 'line2' };
    const packs = [device, { ...line, id: 'line2' }, second];
    const list = [{ device: pack1 }, { device: pack2 }];
    const loaded = await load([tab, line, ...packs, { ...bank, packs: list }, ...others]);
    const isCounted = ({ countedByBoard: keys }: Payload): boolean => Array.isArray(keys) && keys.length === 2;
    let n = 1;
    while (!isCounted((await loaded.out.nth(n)).payload as Payload)) n++;
    const { topic, bms } = await loaded.out.nth(n);
    assert.deepEqual([topic, (bms as { protocol: string }).protocol], ['House', 'bank']);
  });

  it('two on one pack count each for itself', async () => {
    const other = { id: 'other', type: 'bms-energy', z: 'tab', device: 'device', emit: 'input', wires: [['out']] };
    const loaded = await load([...flow(), other]);
    receive(loaded.read, { payload: { action: 'set', chargedEnergy: 50 } });
    await loaded.out.nth(1);
    receive(helper.getNode('other'), { payload: 1 });
    assert.equal(((await loaded.out.nth(2)).payload as Payload).chargedEnergy < 50, true);
  });

  it('goes on after a deploy, of another device too, and forgets when it is deleted', async () => {
    const loaded = await load(flow());
    receive(loaded.read, { payload: { action: 'set', chargedEnergy: 50 } });
    await loaded.out.nth(1);
    const second = { ...flow()[2], id: 'second', name: 'Second' } as Config;
    const flows = (device: string): Config[] => [...flow({ device }), second];
    await helper.setFlows(flows('second'), 'full');
    const ask = async (): Promise<Payload> => {
      const answer = new Promise<Payload>((resolve) =>
        helper.getNode('out').once('input', (message) => resolve(message.payload as Payload)),
      );
      receive(helper.getNode('read'), { payload: 1 });
      return answer;
    };
    assert.ok((await ask()).chargedEnergy >= 50);
    await helper.setFlows(
      flows('second').filter(({ id }) => id !== 'read'),
      'full',
    );
    await helper.setFlows(flows('second'), 'full');
    assert.ok((await ask()).chargedEnergy < 50);
  });

  for (const [what, node, code] of [
    ['a wrong property', { interval: 0 }, 'bad_value'],
    ['no device', { device: '' }, 'not_found'],
  ] as const)
    it(`ends each message with an error: ${what}`, async () => {
      const loaded = await load(flow({ emit: 'interval', ...node }));
      receive(loaded.read, { payload: 1 });
      await loaded.caught.nth(1);
      assert.ok(codesOf(loaded).every((each) => each === code));
      assert.deepEqual(loaded.out.messages, []);
    });
});
