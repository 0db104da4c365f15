import assert from 'node:assert/strict';
import type { BankReading } from '../../src/battery/bank/reading';
import type { Reading } from '../../src/battery/reading';
import { isCaught, NodeRed, wantsConsent, type Collected } from '../support/node-red';

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

  /** Presses a button of an example. */
  async function press(nodes: readonly Node[], name: string): Promise<void> {
    const button = nodes.find((node) => node.type === 'inject' && node['name'] === name)?.id ?? assert.fail(name);
    assert.ok((await red.request(`/inject/${button}`, { method: 'POST' })).ok);
  }

  const isText =
    (text: RegExp) =>
    (entry: Collected): boolean =>
      text.test(String(entry['payload']));

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
    assert.deepEqual(
      errors.filter((entry) => !wantsConsent(entry)),
      [],
    );
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
    const bank = payloadOf(await red.until(isBank(3), from)) as unknown as BankReading;
    const readings = red.collected.slice(from).filter(({ topic }) => /^Pack \d$/.test(String(topic)));
    const last = ['Pack 1', 'Pack 2', 'Pack 3'].map((name) => {
      const own = readings.filter(({ topic, payload }) => topic === name && typeof payload === 'object');
      return payloadOf(own[0] ?? { from: '' }) as Required<Reading>;
    });
    addsUp(bank, last);
    assert.ok(Math.abs((bank.cellVoltageMin ?? 0) - Math.min(...last.map((pack) => pack.cellVoltageMin))) < 0.01);
    await red.until(isText(/^3 of 3 packs, \d+(\.\d)? %, 5\d(\.\d+)? V, /), from);
  });

  /** A reading of a bank all of whose packs answer. */
  const isBank =
    (packs: number) =>
    (entry: Collected): boolean =>
      payloadOf(entry)['packsOnline'] === packs && payloadOf(entry)['soc'] !== undefined;

  /** What holds for packs in parallel, as far as readings some seconds apart are alike. */
  function addsUp(bank: BankReading, packs: readonly Pick<Reading, 'current' | 'fullCapacity' | 'soc'>[]): void {
    const sum = (key: 'current' | 'fullCapacity'): number => packs.reduce((total, pack) => total + (pack[key] ?? 0), 0);
    const { fullCapacity = NaN, current = NaN, soc = NaN } = bank;
    if (packs[0]?.fullCapacity !== undefined) assert.ok(Math.abs(fullCapacity - sum('fullCapacity')) < 1);
    assert.ok(Math.abs(current - sum('current')) < 3, `${current} A, ${sum('current')} A`);
    const charges = packs.map((pack) => pack.soc ?? NaN);
    assert.ok(soc >= Math.min(...charges) - 1.5 && soc <= Math.max(...charges) + 1.5, `${soc} %`);
  }

  it('Two packs in parallel: one reading, one switch, and consent where power would be lost', async () => {
    let from = red.collected.length;
    const nodes = await load('17 - Two packs in parallel');
    await run(nodes);
    const bank = payloadOf(await red.until(isBank(2), from)) as unknown as BankReading;
    addsUp(bank, bank.packs ?? []);
    assert.deepEqual([bank.cellCount, bank.seriesCells, bank.degraded], [32, 16, false]);
    await red.until(
      (entry) => Array.isArray(entry['payload']) && /^Front pack: fresh, /.test(String(entry['payload'][0])),
      from,
    );
    await press(nodes, 'Discharging off');
    await red.until(isCaught(/confirm: "discharge"/), from);
    const isSwitched = (action: string, after: boolean) => (entry: Collected) => {
      const { packs } = payloadOf(entry) as { packs?: { confirmed: boolean }[] };
      return switched(action, after)(entry) && packs?.length === 2 && packs.every(({ confirmed }) => confirmed);
    };
    await press(nodes, 'Charging off');
    await red.until(isSwitched('charge', false), from);
    from = red.collected.length;
    // At rest both voltages are known.
    await red.until((entry) => isBank(2)(entry) && payloadOf(entry)['current'] === 0, from);
    await press(nodes, 'Charging on');
    await red.until(isSwitched('charge', true), from);
    await press(nodes, 'Discharging off, with consent');
    await red.until(isSwitched('discharge', false), from);
    await press(nodes, 'Discharging on, with consent');
    await red.until(isSwitched('discharge', true), from);
  });

  it('2S2P: voltages add up in a string, currents over the strings', async () => {
    const from = red.collected.length;
    await run(await load('18 - 2S2P of four 12 V packs'));
    const bank = payloadOf(await red.until(isBank(4), from)) as unknown as Required<BankReading>;
    assert.deepEqual([bank.cellCount, bank.seriesCells, bank.packCount, bank.degraded], [16, 8, 4, false]);
    const of = (key: 'voltage' | 'current' | 'soc'): number[] => bank.packs.map((pack) => pack[key] ?? NaN);
    const [volts, amperes] = [of('voltage'), of('current')].map((all) => all.reduce((total, each) => total + each, 0));
    assert.ok(Math.abs(bank.voltage - (volts ?? NaN) / 2) < 0.05, `${bank.voltage} V`);
    assert.ok(Math.abs(bank.current - (amperes ?? NaN) / 2) < 0.5, `${bank.current} A`);
    assert.ok(bank.soc >= Math.min(...of('soc')) - 0.5 && bank.soc <= Math.max(...of('soc')) + 0.5, `${bank.soc} %`);
    const { payload } = await red.until(isText(/^2[789](\.\d+)? V, \d+(\.\d+)? A to charge, /), from);
    assert.match(String(payload), /(bulk|absorption)$/);
  });

  it('Surplus: heats from full until some percent below, and never without data', async () => {
    const nodes = await load('22 - Surplus - heat water when full', 1200);
    // What takes minutes of real time.
    for (const node of nodes)
      if (node.type === 'bms-limits') Object.assign(node, { absorptionTime: 1, balanceHold: 0, interval: 1 });
    const switches = async (words: readonly string[]): Promise<void> => {
      let from = red.collected.length;
      await run(nodes);
      for (const word of words) {
        await red.until((entry) => entry['payload'] === word, from);
        from = red.collected.length;
      }
    };
    await switches(['OFF', 'ON', 'OFF']);
    for (const node of nodes) if (node.type === 'bms-device') node['pollInterval'] = 0;
    const from = red.collected.length;
    await switches(['OFF']);
    assert.ok(red.collected.slice(from).every(({ payload }) => payload !== 'ON'));
  });

  it('Seasons: a limit is compared, tried and written when the pack is at rest, and stands then', async () => {
    const nodes = await load('14 - Seasons');
    const { length } = red.collected;
    let from = length;
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
    const failed = red.collected
      .slice(length)
      .filter(({ from: source, error }) => source === 'catch' && error !== undefined);
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
