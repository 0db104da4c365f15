import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { Bus, type BusOptions } from '../../src/session/bus';
import { detect, type Found } from '../../src/session/detect';
import { Device } from '../../src/session/device';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';
import { boardOf, errorOf, known } from '../support/device-line';

/** A line with a board of one protocol at some addresses, which hears only what comes at its own rate. */
function lineTo(clock: FakeClock, protocol: Protocol, addresses: readonly number[]): ScriptedLink {
  const hears = (address: number): boolean => addresses.includes(address);
  // JK boards are known by the maker's name in their model.
  const { script } = boardOf(clock, protocol, { hears, more: { model: 'JK_PB2A16S20P' } });
  const link: ScriptedLink = new ScriptedLink(clock, (request, reply) =>
    link.rates.at(-1) === protocol.profile.baudRate ? script(request, reply) : reply('00ff55aa', 2),
  );
  return link;
}

function setUp(link: ScriptedLink, clock: FakeClock, options: Partial<BusOptions> = {}) {
  const bus = new Bus({ link, clock, ...options });
  bus.open();
  const search = {
    bus,
    protocols: PROTOCOLS,
    address: undefined,
    owner: bus,
    priority: 'request' as const,
    isStopped: () => false,
  };
  return { bus, search };
}

async function outcome(clock: FakeClock, search: Promise<Found>): Promise<string> {
  const result = search.then(
    ({ protocol, address }) => `${protocol.id} ${address}`,
    (error: unknown) => (error instanceof BmsError ? error.code : String(error)),
  );
  await clock.tick(300_000);
  return result;
}

describe('detect', () => {
  for (const protocol of PROTOCOLS) {
    it(`finds ${protocol.id} at its own rate, and no other`, async () => {
      const clock = new FakeClock();
      const address = protocol.address?.initial ?? 0;
      const link = lineTo(clock, protocol, [address]);
      const { search } = setUp(link, clock);
      assert.equal(await outcome(clock, detect(search)), `${protocol.id} ${address}`);
    });
  }

  it('asks what was found last time first', async () => {
    const clock = new FakeClock();
    const daly = known('daly');
    const link = lineTo(clock, daly, [1]);
    const { search } = setUp(link, clock);
    assert.equal(await outcome(clock, detect({ ...search, remembered: { protocol: daly, address: 1 } })), 'daly 1');
    assert.deepEqual(link.sent, [daly.queries[0]?.request({ address: 1, memory: {} }).toString('hex')]);
  });

  it('looks at one address only, when the user has given one', async () => {
    const clock = new FakeClock();
    const addressed = setUp(lineTo(clock, known('jbd-addressed'), [0, 7]), clock);
    assert.equal(await outcome(clock, detect({ ...addressed.search, address: 7 })), 'jbd-addressed 7');
    // A board without address has none to contradict.
    const plain = setUp(lineTo(clock, known('jbd'), [0]), clock);
    assert.equal(await outcome(clock, detect({ ...plain.search, address: 7 })), 'jbd 0');
  });

  it('never takes a remembered board at another address than the user has given', async () => {
    const clock = new FakeClock();
    const daly = known('daly');
    const link = lineTo(clock, daly, [1, 2]);
    const { search } = setUp(link, clock);
    const remembered = { protocol: daly, address: 1 };
    assert.equal(await outcome(clock, detect({ ...search, address: 2, remembered })), 'daly 2');
    const asked = daly.queries[0]?.request({ address: 1, memory: {} }).toString('hex');
    assert.ok(asked !== undefined && !link.sent.includes(asked));
    // One without addresses has none to contradict.
    const jbd = setUp(lineTo(clock, known('jbd'), [0]), clock);
    const plain = { protocol: known('jbd'), address: 0 };
    assert.equal(await outcome(clock, detect({ ...jbd.search, address: 2, remembered: plain })), 'jbd 0');
  });

  it('says what was tried when nothing answers, and has only read', async () => {
    const clock = new FakeClock();
    const link = new ScriptedLink(clock, () => undefined);
    const { search } = setUp(link, clock);
    const failing = errorOf(detect(search));
    await clock.tick(300_000);
    const error = await failing;
    assert.equal(error.code, 'not_found');
    for (const { id } of PROTOCOLS) assert.match(error.message, new RegExp(`${id}\\b`));
    const reads = new Set(
      PROTOCOLS.flatMap((protocol) =>
        [1, 2].flatMap((attempt) =>
          (protocol.probe ?? protocol.queries).map((query) =>
            query.request({ address: protocol.address?.initial ?? 0, memory: {} }, attempt).toString('hex'),
          ),
        ),
      ),
    );
    assert.ok(link.sent.every((request) => reads.has(request)));
  });

  it('takes a refusal in the own protocol for a board of it', async () => {
    const clock = new FakeClock();
    const link = new ScriptedLink(clock, (request, reply) => {
      if (request.toString('hex') === 'dda50300fffd77') reply('dd038100ff7f77');
    });
    const { search } = setUp(link, clock);
    assert.equal(await outcome(clock, detect(search)), 'jbd 0');
  });

  it('keeps the rate that the user or another device has fixed', async () => {
    const clock = new FakeClock();
    const link = new ScriptedLink(clock, () => undefined);
    const { search } = setUp(link, clock, { baudRate: 19_200 });
    assert.equal(await outcome(clock, detect(search)), 'not_found');
    assert.deepEqual(link.rates, [19_200]);
    const other = new ScriptedLink(clock, () => undefined);
    const shared = setUp(other, clock);
    shared.bus.setNeeds({}, { baudRate: 9600 });
    assert.equal(await outcome(clock, detect(shared.search)), 'not_found');
    assert.deepEqual(other.rates, [9600]);
  });

  it('reports a line that cannot be used, instead of searching on it', async () => {
    const clock = new FakeClock();
    const link = new ScriptedLink(clock, () => undefined);
    link.refuse = new BmsError('port_not_found', say`no such port`);
    const { search } = setUp(link, clock);
    assert.equal(await outcome(clock, detect(search)), 'port_not_found');
  });
});

describe('Device with an unknown protocol', () => {
  function auto(link: ScriptedLink, clock: FakeClock) {
    const bus = new Bus({ link, clock });
    const options = { protocol: undefined, address: undefined, pollIntervalMs: 5000, clock };
    const device = new Device({ name: 'Bank', bus, ...options });
    const found: string[] = [];
    device.found.subscribe(({ protocol }) => found.push(protocol.id));
    device.start();
    bus.open();
    return { bus, device, found };
  }

  it('finds it out once, and says it in every reading', async () => {
    const clock = new FakeClock();
    const { device, found } = auto(lineTo(clock, known('daly'), [1]), clock);
    await clock.tick(60_000);
    assert.equal(device.last?.protocol, 'daly');
    assert.equal(device.last?.address, 1);
    assert.deepEqual(found, ['daly']);
  });

  it('finds another board that took the place of the first', async () => {
    const clock = new FakeClock();
    const link = lineTo(clock, known('daly'), [1]);
    const { device, found } = auto(link, clock);
    await clock.tick(30_000);
    link.script = boardOf(clock, known('jbd'), { cells: 4, seed: 1 }).script;
    await clock.tick(300_000);
    assert.equal(device.last?.protocol, 'jbd');
    assert.deepEqual(found, ['daly', 'jbd']);
  });

  it('does not hold up a line for ever when nothing answers', async () => {
    const clock = new FakeClock();
    const link = new ScriptedLink(clock, () => undefined);
    const { device, bus } = auto(link, clock);
    await clock.tick(600_000);
    assert.equal(device.condition.phase, 'lost');
    assert.equal(device.condition.phase === 'lost' && device.condition.error.code, 'not_found');
    assert.ok(link.opened > 0);
    device.stop();
    void bus.close();
    await clock.tick(3000);
    assert.equal(clock.timers, 0);
  });

  it('does not turn the line under another search: two devices find both boards of one line', async () => {
    const clock = new FakeClock();
    // not the rate of the first protocol that is tried
    const link = lineTo(clock, known('jk-modbus'), [3, 5]);
    const bus = new Bus({ link, clock });
    const devices = [3, 5].map((address) => {
      const options = { protocol: undefined, address, pollIntervalMs: 5000, clock };
      return new Device({ name: `Bank ${address}`, bus, ...options });
    });
    for (const device of devices) device.start();
    bus.open();
    await clock.tick(120_000);
    for (const device of devices) {
      assert.deepEqual(device.condition, { phase: 'fresh' }, device.name);
      assert.equal(device.last?.protocol, 'jk-modbus');
    }
  });
});
