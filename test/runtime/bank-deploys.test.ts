import assert from 'node:assert/strict';
import type { BankReading } from '../../src/battery/bank/reading';
import { isReadingOf } from '../support/census';
import { NodeRed, type Collected } from '../support/node-red';

type Flow = Record<string, unknown>[];

const TAB = { id: 'tab', type: 'tab', label: 'test' };

/** The id of a device or a bank: Node-RED takes a name that is an id for a reference. */
const idOf = (name: string): string => `id-${name}`;

/** A simulated pack on a line of its own. @param z the subflow that it is in */
function packOf(name: string, props: Record<string, unknown> = {}, z?: string): Flow {
  return [
    { id: `line-${name}`, type: 'bms-connection', z, transport: 'simulator', simScenario: 'steady', simCells: 4 },
    {
      id: idOf(name),
      type: 'bms-device',
      z,
      name,
      connection: `line-${name}`,
      protocol: 'jbd',
      pollInterval: 1,
      ...props,
    },
  ];
}

interface BankProps {
  readonly z?: string;
  /** whether it refers to each device by a property of its own, as the editor writes it */
  readonly refers?: boolean;
}

/** A bank. */
function bankOf(name: string, devices: readonly string[], { z, refers = true }: BankProps = {}): Flow {
  const references = devices.map((device, i): [string, string] => [`pack${i + 1}`, idOf(device)]);
  const packs = devices.map((device) => ({ device: idOf(device) }));
  const bank = { id: idOf(name), type: 'bms-bank', z, name, packs };
  return [{ ...bank, ...(refers ? Object.fromEntries(references) : {}) }];
}

function readOf(device: string): Record<string, unknown> {
  return { id: `read-${device}`, type: 'bms-read', z: 'tab', device: idOf(device), emit: 'poll', wires: [['collect']] };
}

const readingIn = (entry: Collected): BankReading => entry['payload'] as BankReading;
const packsIn = (entry: Collected): string[] => (readingIn(entry).packs ?? []).map(({ pack }) => pack);

describe('a bank in a real Node-RED', function () {
  this.timeout(60_000);
  const red = new NodeRed();
  before(() => red.start());
  after(() => red.stop());

  const deploy = (flow: Flow, type: 'full' | 'flows' | 'nodes' = 'full'): Promise<void> =>
    red.deploy([TAB, ...flow, ...red.collecting('tab')], type);

  /** The next reading of a battery that is as wanted. */
  async function next(name: string, isWanted: (entry: Collected) => boolean = () => true): Promise<Collected> {
    return red.until((entry) => isReadingOf(entry, name) && isWanted(entry), red.collected.length);
  }

  for (const refers of [true, false]) {
    for (const type of ['full', 'flows', 'nodes'] as const) {
      const made = refers ? 'as the editor writes it' : 'made by hand';
      it(`follows a device that changes, ${made}: deploys ${type}`, async () => {
        const flow = (props: Record<string, unknown>): Flow => [
          ...bankOf('House', ['A', 'B'], { refers }),
          ...[...packOf('A'), ...packOf('B', props), readOf('House')],
        ];
        await deploy(flow({}));
        await next('House', (entry) => readingIn(entry).packsOnline === 2);
        await deploy(flow({ pollInterval: 2 }), type);
        for (let i = 0; i < 3; i++) assert.deepEqual(packsIn(await next('House')), ['A', 'B']);
        const [, packB] = readingIn(await next('House')).packs ?? [];
        assert.deepEqual([packB?.state, packB?.pack], ['fresh', 'B']);
        assert.ok((packB?.age ?? Infinity) < 5, `${packB?.age}`);
      });
    }
  }

  // Without a name of its own, each is called otherwise.
  it('is each its own in two copies of a subflow', async () => {
    const at = { x: 0, y: 0 };
    const inside = { id: 'in-read', ...at, type: 'bms-read', z: 'sub', device: idOf(''), emit: 'poll', wires: [[]] };
    const subflow = {
      id: 'sub',
      type: 'subflow',
      name: 'bank',
      in: [],
      out: [{ ...at, wires: [{ id: 'in-read', port: 0 }] }],
    };
    const copies = ['one', 'two'].map((id) => ({ id, ...at, type: 'subflow:sub', z: 'tab', wires: [['collect']] }));
    await deploy([
      ...[subflow, inside, ...copies],
      ...[...packOf('S', {}, 'sub'), ...packOf('T', {}, 'sub'), ...bankOf('', ['S', 'T'], { z: 'sub' })],
    ]);
    const packs = packsIn(await next('Bank', (entry) => readingIn(entry).packsOnline === 2));
    const others = packsIn(await next('Bank (2)', (entry) => readingIn(entry).packsOnline === 2));
    assert.deepEqual(
      [packs, others],
      [
        ['S', 'T'],
        ['S', 'T'],
      ],
    );
  });

  it('shares a pack with another bank, which may go', async () => {
    const packs = ['A', 'B', 'C'].flatMap((name) => packOf(name));
    const second = [...bankOf('Second', ['B', 'C']), readOf('Second')];
    const first = [...packs, ...bankOf('First', ['A', 'B']), readOf('First')];
    await deploy([...first, ...second]);
    assert.deepEqual(packsIn(await next('First')), ['A', 'B']);
    assert.deepEqual(packsIn(await next('Second')), ['B', 'C']);
    await deploy([...first], 'nodes');
    const from = red.collected.length;
    for (let i = 0; i < 2; i++) assert.equal(readingIn(await next('First')).packsOnline, 2);
    assert.ok(!red.collected.slice(from).some((entry) => isReadingOf(entry, 'Second')));
  });

  it('goes on without a device that is disabled, and with it again', async () => {
    const flow = (props: Record<string, unknown>): Flow => [
      ...[...packOf('A'), ...packOf('B', props), ...bankOf('House', ['A', 'B']), readOf('House')],
    ];
    await deploy(flow({ d: true }));
    assert.deepEqual(packsIn(await next('House')), ['A']);
    await deploy(flow({}), 'nodes');
    await next('House', (entry) => packsIn(entry).length === 2);
    await deploy(flow({ d: true }), 'nodes');
    await next('House', (entry) => packsIn(entry).length === 1);
  });

  it('reports a device that is missing to the flows that use it, once', async () => {
    const from = red.collected.length;
    await deploy([...packOf('A'), ...bankOf('House', ['A', 'gone']), readOf('House')]);
    const { error } = (await red.until((entry) => entry.from === 'catch', from)) as unknown as {
      error: { message: string; code: string };
    };
    assert.deepEqual([error.code, /pack 2/.test(error.message)], ['not_found', true]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(red.collected.slice(from).filter((entry) => entry.from === 'catch').length, 1);
  });
});
