import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { protocols } from '../../src/codec';
import type { Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { Device, type Snapshot } from '../../src/session/device';
import { SimulatorLink } from '../../src/simulator/link';
import { FakeClock } from '../support/fake-clock';

interface Bank {
  packs: string[];
  soc?: number;
}

const EXAMPLE = 'examples/07 - Several packs on one RS485 bus.json';

/** The function node of the example that puts the packs together, with a context of its own. */
function bankOf(): (snapshot: Snapshot) => Bank {
  const nodes = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as { type: string; func?: string }[];
  const source = nodes.find(({ func }) => func?.includes('fullCapacity') === true)?.func ?? assert.fail('no function');
  const kept = new Map<string, unknown>();
  const context = { get: (key: string) => kept.get(key), set: (key: string, value: unknown) => kept.set(key, value) };
  const script = new vm.Script(`(function (msg) {${source}\n})(msg)`);
  return ({ reading, device, timestamp }) => {
    const msg = { payload: structuredClone(reading), bms: { device, timestamp } };
    // The clock of the test stands still: nothing of it is old.
    const now = { now: () => timestamp };
    return (script.runInNewContext({ msg, context, Date: now }) as { payload: Bank }).payload;
  };
}

/** A reading of a simulated pack in a protocol. */
async function read(protocol: Protocol, name: string): Promise<Snapshot> {
  const clock = new FakeClock();
  const options = { cells: 16, chemistry: 'lfp', scenario: 'day', speed: 1, clock, protocols: protocols() } as const;
  const bus = new Bus({ link: new SimulatorLink(options), clock });
  const device = new Device({ name, bus, protocol, address: undefined, pollIntervalMs: 0, clock });
  device.start();
  bus.open();
  const reading = device.read();
  await clock.tick(30_000);
  return reading;
}

function isSound(bank: Bank, snapshots: readonly Snapshot[]): void {
  const charges = snapshots.flatMap(({ reading: { soc } }) => soc ?? []);
  assert.equal(bank.packs.length, snapshots.length);
  const { soc } = bank;
  assert.ok(soc !== undefined && soc >= Math.min(...charges) - 0.1 && soc <= Math.max(...charges) + 0.1, `${soc} %`);
}

describe('the example of several packs', () => {
  const packs = ['Pack 1', 'Pack 2', 'Pack 3'];

  for (const protocol of protocols()) {
    it(`knows the charge of a bank of ${protocol.id}`, async () => {
      const bank = bankOf();
      const snapshots = await Promise.all(packs.map((name) => read(protocol, name)));
      isSound(snapshots.map(bank).at(-1) ?? { packs: [] }, snapshots);
    });
  }

  it('knows the charge of a bank of all protocols', async () => {
    const bank = bankOf();
    const snapshots = await Promise.all(protocols().map((protocol) => read(protocol, protocol.id)));
    isSound(snapshots.map(bank).at(-1) ?? { packs: [] }, snapshots);
  });
});
