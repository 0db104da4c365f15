import assert from 'node:assert/strict';
import { NodeRed, type Collected } from '../support/node-red';

type Counters = Record<'chargedEnergy' | 'chargedCapacity' | 'gaps', number>;

const countersIn = ({ payload }: Collected): Counters => payload as Counters;
const isCounters = ({ from, payload }: Collected): boolean =>
  from === 'node' && (payload as Partial<Counters>).chargedEnergy !== undefined;

describe('energy counters in a real Node-RED with a context store on disk', function () {
  this.timeout(60_000);
  // The store writes each second: with the 30 s that it has by default, this would take minutes.
  const settings = "contextStorage: { default: { module: 'localfilesystem', config: { flushInterval: 1 } } },";
  const red = new NodeRed({ settings });

  before(async function () {
    this.timeout(180_000);
    await red.start();
  });
  after(() => red.stop());

  const flow = (): object[] => [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'line', type: 'bms-connection', transport: 'simulator', simScenario: 'charge' },
    { id: 'pack', type: 'bms-device', name: 'Bank', connection: 'line', protocol: 'jbd', pollInterval: 0.2 },
    { id: 'energy', type: 'bms-energy', z: 'tab', device: 'pack', emit: 'change', wires: [['collect']] },
    ...red.collecting('tab'),
  ];

  /** Counters above these, and all that came on the way. */
  async function risen(above: number, from: number): Promise<number> {
    await red.until((entry) => isCounters(entry) && countersIn(entry).chargedEnergy > above, from);
    const energies = red.collected
      .slice(from)
      .filter(isCounters)
      .map((entry) => countersIn(entry).chargedEnergy);
    assert.deepEqual(
      energies,
      energies.toSorted((one, other) => one - other),
    );
    return energies.at(-1) ?? 0;
  }

  it('only rise, over a deploy, an orderly restart and kill -9', async () => {
    await red.deploy(flow());
    let energy = await risen(1, 0);
    const steps: readonly (readonly [string, () => Promise<void>])[] = [
      ['a deploy', () => red.deploy(flow())],
      ['a restart', () => red.restart('SIGTERM')],
      ['kill -9', () => red.restart('SIGKILL')],
    ];
    for (const [what, step] of steps) {
      const from = red.collected.length;
      await step();
      const { chargedEnergy } = countersIn(await red.until(isCounters, from));
      assert.ok(
        chargedEnergy >= energy && chargedEnergy < energy + 60,
        `${chargedEnergy} after ${what}, ${energy} before`,
      );
      energy = Math.max(energy, ...red.collected.filter(isCounters).map((entry) => countersIn(entry).chargedEnergy));
    }
    assert.deepEqual(
      red.collected.filter(({ from }) => from === 'catch'),
      [],
    );
  });
});
