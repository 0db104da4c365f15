import assert from 'node:assert/strict';
import { jbd } from '../../src/codec/jbd';
import { toPylontech } from '../../src/battery/sinks/pylontech';
import { example, nodeOf, watched, type FlowNode } from '../support/e2e';
import { NodeRed, type Collected } from '../support/node-red';
import { ServedBoard } from '../support/served-board';
import { LIMITS } from '../support/sinks';
import { examplePalettes } from '../support/stand-ins/package';
import type { VirtualBatteryReport } from '../support/virtual-battery/battery';

/** Examples that need palettes which the registry of the tests does not have, with stand-ins of their nodes. */
describe('examples for chargers and inverters', function () {
  this.timeout(60_000);
  const red = new NodeRed({ palettes: examplePalettes() });
  const board = new ServedBoard(jbd);

  before(() => Promise.all([red.start(), board.listen()]));
  after(() => Promise.all([red.stop(), board.close()]));

  /** Deploys an example; what a debug node of this name shows is collected. @returns the place of the first message */
  async function run(nodes: readonly FlowNode[], shown: string): Promise<number> {
    const { id } = nodeOf(nodes, 'debug', shown);
    const wired = nodes.map((node) => {
      const wires = node['wires'] as string[][] | undefined;
      return { ...node, ...(wires && { wires: wires.map((ids) => (ids.includes(id) ? [...ids, 'collect'] : ids)) }) };
    });
    const from = red.collected.length;
    await red.deploy(watched(wired, (tab) => red.collecting(tab)));
    return from;
  }

  const payload = ({ payload: value }: Collected): Record<string, unknown> => (value ?? {}) as Record<string, unknown>;
  const errors = (from: number): Collected[] => red.collected.slice(from).filter(({ from: kind }) => kind === 'catch');

  it('Victron virtual battery: limits, readings and alarms arrive, and it is taken away with the pack', async () => {
    const nodes = example('19 - Victron virtual battery (needs @victronenergy node-red-contrib-victron)', {
      'bms-connection': { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: board.port },
      trigger: { duration: '0.1', units: 's' },
      'bms-energy': { interval: 1 },
    });
    const { id } = nodeOf(nodes, 'victron-virtual');
    const battery = (): Promise<VirtualBatteryReport> => red.json(`/virtual-battery/${id}`);
    const from = await run(nodes, 'what it gets');
    const first = await red.until((entry) => 'Info/MaxChargeVoltage' in payload(entry), from);
    assert.equal(Object.keys(payload(first)).length, 4);
    await red.until((entry) => 'Soc' in payload(entry), from);
    const { values, isPresent } = await battery();
    assert.ok(isPresent && Number(values['Soc']) > 0);
    // What is not set at once is there with the next message, a second later.
    const next = red.collected.length;
    await red.until((entry) => 'Soc' in payload(entry), next);
    const later = (await battery()).values;
    assert.ok(Number(later['Info/MaxChargeVoltage']) > 50 && Number(later['Dc/0/Temperature']) > 0);
    assert.notEqual(later['History/ChargedEnergy'], null);
    assert.deepEqual([(await battery()).log, errors(from)], [[], []]);
    await board.close();
    while ((await battery()).isPresent) await red.until(({ from: kind }) => kind === 'status', red.collected.length);
    assert.equal((await battery()).values['Dc/0/Temperature'], null);
    await board.listen();
    while (!(await battery()).isPresent) await red.until(({ from: kind }) => kind !== 'catch', red.collected.length);
  });

  it('Charger by Modbus: voltage and current are written into two registers', async () => {
    const from = await run(example('20 - Charger by Modbus (needs node-red-contrib-modbus)'), 'written');
    const written = await red.until(({ from: kind }) => kind === 'node', from);
    const { value, address } = payload(written) as { value: number[]; address: number };
    assert.deepEqual([address, value.length, errors(from)], [256, 2, []]);
    const [voltage = 0, current = -1] = value;
    assert.ok(voltage > 450 && voltage < 560 && current >= 0 && current <= 1000, value.join());
  });

  it('Inverter by CAN: all frames, as an interface takes them', async () => {
    const from = await run(example('21 - Inverter by CAN (needs node-red-contrib-socketcan)'), 'frame');
    const all = toPylontech({ voltage: 50, current: 1, soc: 50 }, LIMITS).map(({ id }) => id);
    for (const id of all) {
      const { dlc, data } = payload(await red.until((entry) => payload(entry)['canid'] === id, from));
      assert.equal((data as number[]).length, dlc);
    }
    assert.deepEqual(errors(from), []);
  });
});
