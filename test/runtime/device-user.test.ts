import assert from 'node:assert/strict';
import type { Node, NodeAPI } from 'node-red';
import { DeviceUser, figures } from '../../src/runtime/device-user';
import type { Condition, Device, Snapshot } from '../../src/session/device';
import { Signal } from '../../src/session/signal';
import { FakeNode } from '../support/fake-red';

const READING = { voltage: 52.84, soc: 58, current: -0.04 };

function snapshot(reading: Snapshot['reading'] = READING): Snapshot {
  return { reading, device: 'Bank', protocol: 'jbd' } as Snapshot;
}

/** A node on a device that answered `ageMs` ago. */
function setUp(ageMs: number, condition: Condition = { phase: 'fresh' }) {
  const readings = new Signal<Snapshot>();
  const device = {
    ...{ name: 'Bank', readings, changed: new Signal<Condition>(), condition, last: snapshot() },
    ...{ ageMs, staleAfterMs: 15_000 },
  };
  const users = { type: 'bms-device', device, register: () => undefined, deregister: () => undefined };
  const node = new FakeNode({ id: 'read', type: 'bms-read' });
  const RED = { nodes: { getNode: () => users }, _: (text: string) => text };
  const user = new DeviceUser({
    ...{ RED: RED as unknown as NodeAPI, node: node as unknown as Node, deviceId: 'device', followsPolls: true },
    onReading: () => undefined,
  });
  return { device: device as unknown as Device, user, shown: () => node.told.at(-1) };
}

describe('the status that all nodes share', () => {
  it('is green with the figures while the last reading is the present state', () => {
    const { user, shown } = setUp(14_999);
    assert.deepEqual(shown(), { fill: 'green', shape: 'dot', text: '52.8 V 58 % 0.0 A' });
    user.close(true);
  });

  it('is yellow with its age when that has become stale', () => {
    const { user, shown } = setUp(12 * 60_000);
    assert.deepEqual(shown(), { fill: 'yellow', shape: 'dot', text: '52.8 V 58 % 0.0 A (12 min)' });
    user.close(true);
  });

  it('has no age where the device is known not to answer', () => {
    const { user, shown } = setUp(12 * 60_000, { phase: 'retrying' });
    assert.deepEqual((shown() as { fill: string; shape: string }).shape, 'ring');
    user.close(true);
  });

  it('never shows a negative zero', () => {
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
