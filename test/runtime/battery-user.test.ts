import assert from 'node:assert/strict';
import type { Node, NodeAPI } from 'node-red';
import { protocols } from '../../src/codec';
import { jbd } from '../../src/codec/jbd';
import { BatteryUser } from '../../src/runtime/battery-user';
import { figures } from '../../src/runtime/status';
import { Bus } from '../../src/session/bus';
import { Device, type Snapshot } from '../../src/session/device';
import { SimulatorLink } from '../../src/simulator/link';
import { FakeClock } from '../support/fake-clock';
import { FakeNode } from '../support/fake-red';

/** A node on a simulated pack that is read on request only, and has answered once. */
async function setUp() {
  const clock = new FakeClock();
  const options = { cells: 16, chemistry: 'lfp', scenario: 'steady', speed: 1, clock, protocols: protocols() } as const;
  const bus = new Bus({ link: new SimulatorLink(options), clock });
  const device = new Device({ name: 'Bank', bus, protocol: jbd, address: undefined, pollIntervalMs: 0, clock });
  const shared = { type: 'bms-device', battery: device, register: () => undefined, deregister: () => undefined };
  const node = new FakeNode({ id: 'read', type: 'bms-read' });
  const RED = { nodes: { getNode: () => shared }, _: (text: string) => text };
  const user = new BatteryUser({
    ...{ RED: RED as unknown as NodeAPI, node: node as unknown as Node, deviceId: 'device', followsPolls: true },
    onReading: () => undefined,
  });
  device.start();
  bus.open();
  const reading = device.read();
  await clock.tick(30_000);
  const readAt = (await reading).timestamp;
  /** Lets the reading get so old. @returns the status that is shown then */
  const at = async (ageMs: number): Promise<unknown> => {
    await clock.tick(readAt + ageMs - clock.now());
    user.refreshStatus();
    return node.told.at(-1);
  };
  const end = async (): Promise<void> => {
    user.close(true);
    device.stop();
    await bus.close();
  };
  return { at, end };
}

describe('the status that all nodes share', () => {
  it('is green with the figures while the last reading is the present state, then yellow with its age', async () => {
    const { at, end } = await setUp();
    const fresh = (await at(599_000)) as Record<string, string>;
    assert.match(fresh['text'] ?? '', /^\d+\.\d V \d+ % -?\d+\.\d A$/);
    assert.deepEqual([fresh['fill'], fresh['shape']], ['green', 'dot']);
    assert.deepEqual(await at(725_000), { fill: 'yellow', shape: 'dot', text: `${fresh['text']} (12 min)` });
    await end();
  });

  it('never shows a negative zero', () => {
    const snapshot = (reading: Snapshot['reading']): Snapshot => ({ reading }) as Snapshot;
    for (const [current, text] of [
      [-0.04, '0.0 A'],
      [-0.05, '0.0 A'],
      [-0.06, '-0.1 A'],
      [0.06, '0.1 A'],
      [-0, '0.0 A'],
    ] as const) {
      assert.equal(figures(snapshot({ current })).text, text, String(current));
    }
  });
});
