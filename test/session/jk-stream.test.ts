import assert from 'node:assert/strict';
import type { ActionName } from '../../src/battery/action';
import { jkBle } from '../../src/codec/jk-ble';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { SimulatorLink } from '../../src/simulator/link';
import { FakeClock } from '../support/fake-clock';

/** A device on a simulated board that sends its cell record by itself all the time, in pieces. */
function streaming(pollIntervalMs: number) {
  const clock = new FakeClock(pollIntervalMs + 3);
  const link = new SimulatorLink({
    ...{ cells: 16, chemistry: 'lfp', scenario: 'discharge', speed: 1, clock },
    protocols: [jkBle],
  });
  const bus = new Bus({ link, clock });
  const options = { name: 'Bank', bus, protocol: jkBle, address: 0, pollIntervalMs, clock, allowControl: true };
  const device = new Device(options);
  device.start();
  bus.open();
  const settled = async (action: ActionName, value: boolean): Promise<unknown> => {
    let result: unknown;
    device.control({ action, value, confirm: action }).then(
      (outcome) => (result = outcome),
      (error: unknown) => (result = error),
    );
    for (let passed = 0; result === undefined && passed < 120_000; passed += 50) await clock.tick(50);
    return result;
  };
  return { clock, link, device, bus, settled };
}

describe('a JK board that sends by itself', () => {
  for (const pollIntervalMs of [0, 1000]) {
    it(`is switched in the midst of it, polled every ${pollIntervalMs} ms`, async () => {
      const { clock, device, settled, bus } = streaming(pollIntervalMs);
      await clock.tick(5000);
      for (let round = 0; round < 5; round++) {
        for (const action of ['charge', 'discharge', 'balancing', 'heating'] as const) {
          for (const value of [false, true]) {
            const startedAt = clock.monotonic();
            assert.deepEqual(await settled(action, value), { action, value, before: !value, after: value });
            assert.ok(clock.monotonic() - startedAt < 8000, `${action}: ${clock.monotonic() - startedAt} ms`);
          }
        }
      }
      device.stop();
      await bus.close();
    });
  }

  it('restarts, and is shut down', async () => {
    const { clock, link, device, settled, bus } = streaming(0);
    await clock.tick(5000);
    assert.deepEqual(await settled('restart', true), { action: 'restart', value: true, before: true, after: true });
    assert.equal(link.pack('jk-ble', 0).isSilent, false);
    assert.deepEqual(await settled('shutdown', true), { action: 'shutdown', value: true, before: true, after: false });
    assert.equal(link.pack('jk-ble', 0).isSilent, true);
    device.stop();
    await bus.close();
  });
});
