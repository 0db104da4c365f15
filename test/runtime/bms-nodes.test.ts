import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { FakeRed } from '../support/fake-red';
import { NODES } from '../support/nodes';

/** A flow made by hand may name any node as device or connection, and a name that every object has. */
describe('a node that refers to something else than a device', () => {
  const WRONG = ['stranger', 'line', 'read', '__proto__', 'constructor', '', undefined, 5];

  function redWith(configs: readonly Record<string, unknown>[]): FakeRed {
    const red = new FakeRed(NODES);
    red.make({ id: 'stranger', type: 'inject' });
    red.make({ id: 'line', type: 'bms-connection', transport: 'simulator' });
    for (const config of configs) red.make(config);
    return red;
  }

  for (const type of ['bms-read', 'bms-cells', 'bms-alarm', 'bms-control']) {
    it(`is told so, and closes: ${type}`, async () => {
      for (const device of WRONG) {
        const red = redWith([{ id: 'read', type, device, action: 'charge' }]);
        const node = red.nodes.get('read');
        const told = new Promise((resolve) => node?.receive({ payload: true }, resolve));
        const error = type === 'bms-alarm' ? undefined : await told;
        if (type !== 'bms-alarm') assert.ok(error instanceof BmsError && error.code === 'not_found', String(device));
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
