import assert from 'node:assert/strict';
import { NodeRed, type Collected } from '../support/node-red';

type Node = Record<string, unknown> & { id: string; type: string; wires?: string[][]; z?: string };

const PATH = '/library/examples/flows/@openbms/node-red-bms';

/** The examples, run as they are but faster, with what they would show in the sidebar collected. */
describe('the examples in a real Node-RED', function () {
  this.timeout(120_000);
  const red = new NodeRed();

  before(async function () {
    this.timeout(180_000);
    await red.start();
  });
  after(() => red.stop());

  async function load(name: string, simSpeed?: number): Promise<Node[]> {
    const text = await (await red.request(`${PATH}/${encodeURIComponent(name)}`)).text();
    const nodes = JSON.parse(text) as Node[];
    for (const node of nodes) if (node.type === 'bms-connection' && simSpeed !== undefined) node['simSpeed'] = simSpeed;
    return nodes;
  }

  /** Deploys an example whose debug nodes also tell the test. */
  async function run(nodes: Node[]): Promise<void> {
    const tab = nodes.find(({ type }) => type === 'tab')?.id ?? '';
    const shown = new Set(nodes.filter(({ type }) => type === 'debug').map(({ id }) => id));
    const wired = nodes.map((node) => {
      if (!Array.isArray(node.wires)) return node;
      return { ...node, wires: node.wires.map((ids) => (ids.some((id) => shown.has(id)) ? [...ids, 'collect'] : ids)) };
    });
    await red.deploy([...wired, ...red.collecting(tab)]);
  }

  const payloadOf = (entry: Collected): Record<string, unknown> => (entry['payload'] ?? {}) as Record<string, unknown>;
  const switched =
    (action: string, after: unknown) =>
    (entry: Collected): boolean => {
      const { confirmed, action: done, after: state } = payloadOf(entry);
      return confirmed === true && done === action && state === after;
    };

  /** Those that need no other palette; test/e2e has the others. */
  async function names(): Promise<string[]> {
    const listed = JSON.stringify(await red.json(PATH));
    return [...listed.matchAll(/\d\d - [^"]+/g)].map(([name]) => name).filter((name) => !name.includes('(needs '));
  }

  it('import without unknown types, and run without an error', async () => {
    const list = await names();
    assert.ok(list.length >= 10, list.join());
    const { length } = red.collected;
    for (const name of list) {
      const nodes = await load(name);
      await run(nodes);
      const from = red.collected.length;
      // Some do nothing until they are asked.
      for (const { id } of nodes.filter(({ type }) => type === 'inject'))
        await red.request(`/inject/${id}`, { method: 'POST' });
      await red.until((entry) => entry.from === 'node', from);
    }
    const errors = red.collected.slice(length).filter(({ from }) => from === 'catch');
    assert.deepEqual(errors, []);
  });

  it('Load shedding: the load goes off when the pack is almost empty, and comes back by itself', async () => {
    const nodes = await load('04 - Load shedding on low SOC', 300);
    for (const node of nodes) {
      // The minute in which it does not switch back is one of real time, and so is the wait for 40 %.
      if (node.type === 'bms-control') node['minInterval'] = '';
      if (node.type === 'bms-alarm') (node['rules'] as { clear: number }[]).forEach((rule) => (rule.clear = 20));
    }
    const from = red.collected.length;
    await run(nodes);
    const button = nodes.find(({ type }) => type === 'inject')?.id ?? '';
    assert.ok((await red.request(`/inject/${button}`, { method: 'POST' })).ok);
    await red.until(switched('discharge', false), from);
    await red.until(switched('discharge', true), from);
  });

  it('Stop charging: the charging goes off when a cell is high, and comes back when it is not', async () => {
    const from = red.collected.length;
    await run(await load('06 - Stop charging when a cell is high', 1200));
    await red.until((entry) => payloadOf(entry)['code'] === 'cell_voltage_high', from);
    await red.until(switched('charge', false), from);
    await red.until(switched('charge', true), from);
  });

  it('Alarm to notification: texts for what begins and what ends', async () => {
    const from = red.collected.length;
    await run(await load('05 - Alarm to notification', 600));
    await red.until((entry) => /^(WARNING|PROTECTION|FAULT): /.test(String(entry['payload'])), from);
    await red.until((entry) => /^Over after \d+ s: /.test(String(entry['payload'])), from);
  });

  it('Several packs on one bus: currents and capacities add up', async () => {
    const from = red.collected.length;
    await run(await load('07 - Several packs on one RS485 bus'));
    const isBank = (entry: Collected): boolean => (payloadOf(entry)['packs'] as string[] | undefined)?.length === 3;
    const { payload } = await red.until(isBank, from);
    const bank = payload as { current: number; fullCapacity: number; soc: number; lowestCell: { voltage: number } };
    const readings = red.collected.slice(from).filter((entry) => Array.isArray(payloadOf(entry)['cellVoltages']));
    const last = ['Pack 1', 'Pack 2', 'Pack 3'].map((name) => {
      const own = readings.filter(({ topic }) => topic === name);
      return payloadOf(own[0] ?? { from: '' }) as Record<'current' | 'fullCapacity' | 'soc' | 'cellVoltageMin', number>;
    });
    const sum = (key: 'current' | 'fullCapacity'): number => last.reduce((total, pack) => total + pack[key], 0);
    assert.ok(
      Math.abs(bank.fullCapacity - sum('fullCapacity')) < 1,
      `${bank.fullCapacity} Ah, ${sum('fullCapacity')} Ah`,
    );
    assert.ok(Math.abs(bank.current - sum('current')) < 3, `${bank.current} A, ${sum('current')} A`);
    const charges = last.map(({ soc }) => soc);
    assert.ok(bank.soc >= Math.min(...charges) - 1.5 && bank.soc <= Math.max(...charges) + 1.5, `${bank.soc} %`);
    assert.ok(Math.abs(bank.lowestCell.voltage - Math.min(...last.map((pack) => pack.cellVoltageMin))) < 0.01);
  });

  /** Presses a button of an example. */
  async function press(nodes: readonly Node[], name: string): Promise<void> {
    const button = nodes.find((node) => node.type === 'inject' && node['name'] === name)?.id ?? assert.fail(name);
    assert.ok((await red.request(`/inject/${button}`, { method: 'POST' })).ok);
  }

  const isText =
    (text: RegExp) =>
    (entry: Collected): boolean =>
      text.test(String(entry['payload']));

  it('Seasons: a limit is compared, tried and written when the pack is at rest, and stands then', async () => {
    const nodes = await load('14 - Seasons');
    let from = red.collected.length;
    await run(nodes);
    await press(nodes, 'Summer');
    await red.until(isText(/^Not now: A current of \d+/), from);
    const isAtRest = (entry: Collected): boolean => /^100 %, 0(\.\d+)? A/.test(String(entry['payload']));
    await red.until(isAtRest, from);
    for (const [button, said] of [
      ['Summer', /of summer now/],
      ['Winter', /of winter now/],
      ['Winter', /has the limits of winter\.$/],
    ] as const) {
      from = red.collected.length;
      await press(nodes, button);
      await red.until(isText(said), from);
    }
    const failed = red.collected.filter(({ from: source, error }) => source === 'catch' && error !== undefined);
    assert.deepEqual(failed, []);
  });

  it('Sister packs: the one that was changed is named, with the setting', async () => {
    const nodes = await load('15 - Sister packs');
    await run(nodes);
    for (const [button, said] of [
      ['Which one differs?', /^All have the same settings\.$/],
      ['Change Sister 2', undefined],
      ['Which one differs?', /^Sister 2 differs: cellOvervoltageProtection is 3\.55, the others have 3\.6\.$/],
      ['As before', undefined],
      ['Which one differs?', /^All have the same settings\.$/],
    ] as const) {
      const from = red.collected.length;
      await press(nodes, button);
      const isWritten = (entry: Collected): boolean => payloadOf(entry)['confirmed'] === true;
      await red.until(said === undefined ? isWritten : isText(said), from);
    }
  });
});
