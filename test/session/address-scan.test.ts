import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { Bus, type BusOptions } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { addressesOf, scanAddresses, type Scan } from '../../src/session/address-scan';
import { kitOf } from '../kits';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';
import { boardOf, known } from '../support/device-line';

/** A line with boards at some addresses, each of which hears the n-th request to it and all later ones. */
function line(clock: FakeClock, protocol: Protocol, hearing: ReadonlyMap<number, number>) {
  const heard = new Map<number, number>();
  const hears = (address: number): boolean => {
    const times = (heard.get(address) ?? 0) + 1;
    heard.set(address, times);
    return times >= (hearing.get(address) ?? Infinity);
  };
  return new ScriptedLink(clock, boardOf(clock, protocol, { hears, more: { model: 'JK_PB2A16S20P' } }).script);
}

/** Boards that hear at once. */
const at = (...addresses: number[]): Map<number, number> => new Map(addresses.map((address) => [address, 1]));

function openBus(link: ScriptedLink, clock: FakeClock, options: Partial<BusOptions> = {}): Bus {
  const bus = new Bus({ link, clock, ...options });
  bus.open();
  return bus;
}

async function scanned(clock: FakeClock, bus: Bus, protocol: Protocol): Promise<Scan | string> {
  const scan = scanAddresses({ bus, protocol, clock, isStopped: () => false }).catch((error: unknown) =>
    error instanceof BmsError ? error.code : String(error),
  );
  await clock.tick(70_000);
  return scan;
}

async function found(clock: FakeClock, bus: Bus, protocol: Protocol): Promise<number[] | string> {
  const scan = await scanned(clock, bus, protocol);
  return typeof scan === 'string' ? scan : scan.found;
}

describe('scanAddresses', () => {
  for (const protocol of PROTOCOLS.filter(({ address }) => address !== undefined)) {
    it(`finds every board of ${protocol.id} on a line, and no other address`, async () => {
      const clock = new FakeClock();
      const { addresses } = kitOf(protocol);
      const bus = openBus(line(clock, protocol, at(...addresses)), clock);
      assert.deepEqual(await found(clock, bus, protocol), [...addresses]);
    });
  }

  it('asks a special address only when no board has answered at its own', async () => {
    const clock = new FakeClock();
    const protocol = known('daly');
    assert.deepEqual(await found(clock, openBus(line(clock, protocol, at(2, 128)), clock), protocol), [2]);
    assert.deepEqual(await found(clock, openBus(line(clock, protocol, at(128)), clock), protocol), [128]);
  });

  it('names a board with D2 registers once, by the address that is its own', async () => {
    const clock = new FakeClock();
    const protocol = known('daly-modbus');
    // Its side of the protocol calls a board without number 0.
    assert.deepEqual(await found(clock, openBus(line(clock, protocol, at(0)), clock), protocol), [210]);
  });

  it('asks once more where the first request has only woken the board', async () => {
    const clock = new FakeClock();
    const protocol = known('jbd-addressed');
    const link = line(
      clock,
      protocol,
      new Map([
        [3, 1],
        [7, 2],
        [9, 3],
      ]),
    );
    assert.deepEqual(await found(clock, openBus(link, clock), protocol), [3, 7]);
    // All 16 once, and those that were silent once more.
    assert.equal(link.sent.length, 16 + 15);
  });

  for (const protocol of PROTOCOLS.filter(({ address }) => address !== undefined)) {
    it(`ends within a minute on a silent line: ${protocol.id}`, async () => {
      const clock = new FakeClock();
      const link = new ScriptedLink(clock, () => undefined);
      const bus = openBus(link, clock);
      let end = Infinity;
      const scan = scanAddresses({ bus, protocol, clock, isStopped: () => false }).finally(
        () => (end = clock.monotonic()),
      );
      await clock.tick(70_000);
      const { own, special } = addressesOf(protocol);
      const result = await scan;
      assert.deepEqual(result.found, []);
      assert.ok(end < 55_000, `${end} ms`);
      for (const address of own) assert.ok(result.asked.includes(address), `${address} was not asked`);
      assert.ok(result.asked.every((address) => own.includes(address) || special.includes(address)));
    });
  }

  it('has nothing to ask where a protocol has no addresses', async () => {
    const clock = new FakeClock();
    const link = new ScriptedLink(clock, () => undefined);
    const result = await scanned(clock, openBus(link, clock), known('jbd'));
    assert.deepEqual(result, { found: [], asked: [], baudRate: 9600 });
    assert.deepEqual(link.sent, []);
  });

  it('brings a line that nobody uses to the rate of the protocol', async () => {
    const clock = new FakeClock();
    const protocol = known('jk-modbus');
    const link = line(clock, protocol, at(1));
    const scan = await scanned(clock, openBus(link, clock), protocol);
    assert.deepEqual(typeof scan === 'string' ? scan : [scan.found, scan.baudRate], [[1], 115_200]);
    assert.equal(link.rates.at(-1), 115_200);
  });

  it('leaves the rate alone that the user or a device has chosen', async () => {
    const clock = new FakeClock();
    const protocol = known('jk-modbus');
    const fixed = new ScriptedLink(clock, () => undefined);
    const fixedScan = await scanned(clock, openBus(fixed, clock, { baudRate: 19_200 }), protocol);
    assert.equal(typeof fixedScan === 'string' ? fixedScan : fixedScan.baudRate, 19_200);
    assert.deepEqual([...new Set(fixed.rates)], [19_200]);
    const shared = new ScriptedLink(clock, () => undefined);
    const bus = openBus(shared, clock);
    bus.setNeeds({}, { baudRate: 9600 });
    const sharedScan = await scanned(clock, bus, protocol);
    assert.equal(typeof sharedScan === 'string' ? sharedScan : sharedScan.baudRate, 9600);
    assert.deepEqual([...new Set(shared.rates)], [9600]);
  });

  it('gives the line to a device that starts meanwhile, at its rate', async () => {
    const clock = new FakeClock();
    const link = new ScriptedLink(clock, () => undefined);
    const bus = openBus(link, clock);
    const scan = scanAddresses({ bus, protocol: known('jk-modbus'), clock, isStopped: () => false });
    await clock.tick(2000);
    assert.equal(bus.setNeeds({}, { baudRate: 9600 }), 9600);
    await clock.tick(70_000);
    assert.equal(link.rates.at(-1), 9600);
    assert.deepEqual((await scan).found, []);
  });

  it('keeps the readings of a device coming', async () => {
    const clock = new FakeClock();
    const protocol = known('daly');
    const link = line(clock, protocol, at(1, 4));
    const bus = openBus(link, clock);
    const device = new Device({ name: 'Bank', bus, protocol, address: 1, pollIntervalMs: 5000, clock });
    const phases = new Set<string>();
    device.changed.subscribe(({ phase }) => phases.add(phase));
    let readings = 0;
    device.readings.subscribe(() => readings++);
    device.start();
    await clock.tick(1000);
    phases.clear();
    const scan = scanAddresses({ bus, protocol, clock, isStopped: () => false });
    await clock.tick(60_000);
    assert.deepEqual((await scan).found, [1, 4]);
    // With polls in between, those that are silent have taken longer.
    assert.ok(readings >= 6, `${readings} readings`);
    assert.deepEqual([...phases], []);
  });

  it('ends when it is stopped, and says why the line cannot be used', async () => {
    const clock = new FakeClock();
    const protocol = known('jbd-addressed');
    const link = line(clock, protocol, at(0));
    let stopped = false;
    const scan = scanAddresses({ bus: openBus(link, clock), protocol, clock, isStopped: () => stopped }).catch(
      (error: unknown) => (error as BmsError).code,
    );
    await clock.tick(3000);
    stopped = true;
    await clock.tick(3000);
    assert.equal(await scan, 'closed');
    const asked = link.sent.length;
    await clock.tick(20_000);
    assert.equal(link.sent.length, asked);

    const gone = new ScriptedLink(clock, () => undefined);
    gone.refuse = new BmsError('port_not_found', say`no such port`);
    assert.equal(await found(clock, openBus(gone, clock), protocol), 'port_not_found');
  });
});
