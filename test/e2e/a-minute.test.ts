import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { example, nodeOf, palette, type FlowNode } from '../support/e2e';
import { Influx } from '../support/influx';
import { Broker } from '../support/mqtt';
import { NodeRed, wantsConsent, type Collected } from '../support/node-red';
import { examplePalettes } from '../support/stand-ins/package';

const MINUTE_MS = 60_000;

/** Every example in one Node-RED, as somebody has it who imports them all. */
describe('all examples for a minute', function () {
  this.timeout(MINUTE_MS + 60_000);
  const red = new NodeRed({
    palettes: [
      ...[palette('node-red-contrib-influxdb'), palette('@flowfuse/node-red-dashboard')],
      ...examplePalettes(),
    ],
  });
  const broker = new Broker();
  const influx = new Influx();
  const files = readdirSync('examples').map((file) => file.replace(/\.json$/, ''));

  before(async () => {
    await Promise.all([broker.start(), influx.start(), red.start()]);
    // The example creates it too, a moment after its start; here its button is pressed before that.
    await influx.query('CREATE DATABASE "bms"');
  });
  after(() => Promise.all([red.stop(), broker.stop(), influx.stop()]));

  /** The nodes that tell the test about one tab, with ids of their own, and the tab in what they tell. */
  function collecting(tab: string): FlowNode[] {
    return (red.collecting(tab) as FlowNode[]).map((node) => ({
      ...node,
      id: `${node.id} ${tab}`,
      wires: (node['wires'] as string[][]).map((ids) => ids.map((id) => `${id} ${tab}`)),
      ...(typeof node['func'] === 'string' && { func: node['func'].replace("from: '", `tab: '${tab}', from: '`) }),
    }));
  }

  /** An example, what its debug nodes show also passed to the test. */
  function told(file: string): FlowNode[] {
    const services: Record<string, object> = {
      ...(file.includes('MQTT') && { 'mqtt-broker': { port: broker.port } }),
      ...(file.includes('needs node-red-contrib-influxdb') && { influxdb: { port: influx.port } }),
    };
    const nodes = example(file, services);
    const { id: tab } = nodeOf(nodes, 'tab');
    const shown = new Set(nodes.filter(({ type }) => type === 'debug').map(({ id }) => id));
    const wired = nodes.map((node) => {
      const wires = (node['wires'] ?? []) as string[][];
      const isShown = (ids: readonly string[]): boolean => ids.some((id) => shown.has(id));
      return { ...node, wires: wires.map((ids) => (isShown(ids) ? [...ids, `collect ${tab}`] : ids)) };
    });
    return [...wired, ...collecting(tab)];
  }

  it('run side by side, each to its end, without an error', async () => {
    const flows = files.map(told);
    const { length } = red.log;
    await red.deploy(flows.flat());
    // Some show nothing until they are asked.
    const buttons = flows.flat().filter(({ type, z }) => type === 'inject' && z !== undefined);
    const press = async (nodes: readonly FlowNode[]): Promise<void> => {
      for (const { id } of nodes) {
        const { status } = await red.request(`/inject/${id}`, { method: 'POST' });
        assert.equal(status, 200, id);
      }
    };
    await press(buttons);
    await new Promise((resolve) => setTimeout(resolve, MINUTE_MS));
    const from = red.collected.length;
    await press(buttons);
    // Still alive after the minute: those that poll show something again by themselves.
    const polls = flows.filter((nodes) => nodes.some((node) => node['emit'] === 'poll' || node.type === 'bms-alarm'));
    assert.ok(polls.length >= 8, String(polls.length));
    for (const nodes of polls) await red.until((entry) => entry['tab'] === nodeOf(nodes, 'tab').id, from);

    const troubles = red.collected.filter((entry) => entry.from === 'catch' && !wantsConsent(entry)).map(troubleOf);
    assert.deepEqual(troubles, []);
    assert.doesNotMatch(red.log.slice(length), /\[(error|warn)\]/);
    const silent = flows
      .map((nodes) => nodeOf(nodes, 'tab'))
      .filter(({ id }) => !red.collected.some((entry) => entry['tab'] === id))
      .map((tab) => tab['label']);
    assert.deepEqual(silent, []);
  });
});

function troubleOf({ tab, error }: Collected): string {
  return `${String(tab)}: ${JSON.stringify(error)}`;
}
