import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { systemClock } from '../../src/clock';
import { FakeRed } from '../support/fake-red';
import { FLOW_NODE_TYPES } from '../support/node-types';
import { NODES } from '../support/nodes';

/** A flow made by hand may name any node as device or connection, and a name that every object has. */
describe('a node that refers to something else than a device', () => {
  const ACTIONS: Readonly<Record<string, string>> = { 'bms-control': 'charge', 'bms-settings': 'read' };
  const WRONG = ['stranger', 'line', 'read', '__proto__', 'constructor', '', undefined, 5];

  function redWith(configs: readonly Record<string, unknown>[]): FakeRed {
    const red = new FakeRed(NODES);
    red.make({ id: 'stranger', type: 'inject' });
    red.make({ id: 'line', type: 'bms-connection', transport: 'simulator' });
    for (const config of configs) red.make(config);
    return red;
  }

  for (const type of FLOW_NODE_TYPES) {
    it(`is told so, and closes: ${type}`, async () => {
      for (const device of WRONG) {
        const red = redWith([{ id: 'read', type, device, action: ACTIONS[type] }]);
        const node = red.nodes.get('read');
        const told = new Promise((resolve) => node?.receive({ payload: true }, resolve));
        const error = type === 'bms-alarm' ? undefined : await told;
        const takesMessages = type === 'bms-limits' && (device === '' || device === undefined);
        if (type !== 'bms-alarm' && !takesMessages)
          assert.ok(error instanceof BmsError && error.code === 'not_found', String(device));
        await node?.close();
      }
    });
  }

  it('is told so, and closes: bms-device', async () => {
    for (const connection of ['stranger', 'device', '__proto__', undefined]) {
      const red = redWith([
        { id: 'device', type: 'bms-device', protocol: 'jbd', connection },
        { id: 'read', type: 'bms-read', device: 'device' },
      ]);
      const device = red.nodes.get('device') as unknown as { problem: BmsError };
      assert.equal(device.problem.code, 'not_found');
      for (const node of [...red.nodes.values()].reverse()) await node.close();
    }
  });
});

describe('a node that is not set up as it can be', () => {
  const line = { id: 'line', type: 'bms-connection', transport: 'simulator' };
  const pack = { id: 'pack', type: 'bms-device', protocol: 'jbd', connection: 'line' };
  const read = { id: 'read', type: 'bms-read', device: 'pack' };

  /** Makes the nodes and lets what they have to tell come. */
  async function made(...configs: Record<string, unknown>[]): Promise<FakeRed> {
    const red = new FakeRed(NODES);
    for (const config of configs) red.make(config);
    // What was put off until after a deploy came first.
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    // Its timer may look at the clock between those of the system.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return red;
  }

  const errorsOf = (red: FakeRed, id: string): string[] =>
    (red.nodes.get(id)?.errors ?? []).map((error) => (error instanceof BmsError ? error.message : String(error)));

  const CASES: [string, string, Record<string, unknown>[]][] = [
    ['line', 'baudRate', [{ ...line, baudRate: 99 }, pack, read]],
    ['line', 'simScenario', [{ ...line, simScenario: 'war' }, pack, read]],
    ['pack', 'pollInterval', [line, { ...pack, pollInterval: -1 }, read]],
    ['read', 'emit', [line, pack, { ...read, emit: 'sometimes' }]],
    ['read', 'format', [line, pack, { ...read, format: 'xml' }]],
    ['read', 'format', [line, pack, { ...read, type: 'bms-cells', format: 'xml' }]],
  ];
  for (const [id, property, configs] of CASES) {
    it(`says which property it is, once: ${property} of ${String(configs.find((config) => config['id'] === id)?.['type'])}`, async () => {
      const red = await made(...configs);
      for (const node of ['line', 'pack', 'read']) {
        const errors = errorsOf(red, node);
        assert.equal(errors.length, node === id ? 1 : 0, `${node}: ${errors.join(' ')}`);
        if (node === id) assert.match(errors[0] ?? '', new RegExp(`\\b${property}\\b`));
      }
      const status = red.nodes.get('read')?.told.at(-1);
      assert.deepEqual(
        [(status as { fill: string }).fill, (status as { shape: string }).shape],
        ['red', 'ring'],
        JSON.stringify(status),
      );
      const told = await new Promise((resolve) => red.nodes.get('read')?.receive({}, resolve));
      assert.ok(told instanceof BmsError && told.code === 'bad_value');
      for (const node of [...red.nodes.values()].reverse()) await node.close();
    });
  }

  it('has the nodes that use it as its users, so that their Catch nodes hear it', async () => {
    const red = await made({ ...line, baudRate: 99 }, pack, read);
    const users = (id: string): string[] => Object.keys((red.nodes.get(id) as unknown as { users: object }).users);
    assert.deepEqual([users('line'), users('pack')], [['read'], ['read']]);
    for (const node of [...red.nodes.values()].reverse()) await node.close();
  });
});
