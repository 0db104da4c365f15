import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { protocolById } from '../../src/codec';
import { PROTOCOLS } from '../../src/codec/registry';
import { antLegacy } from '../../src/codec/ant-legacy';
import { daly } from '../../src/codec/daly';
import { jbd } from '../../src/codec/jbd';
import type { Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { Device, type DeviceOptions } from '../../src/session/device';
import { knownRoutes } from '../../src/session/line-needs';
import { SimulatedPack } from '../../src/simulator/pack';
import { FakeClock } from '../support/fake-clock';
import { LockedModule } from '../support/jbd-module';
import { ScriptedLink, type Script } from '../support/scripted-link';

const MAC = 'a4:c1:37:04:2d:be';
const BASIC = 'dda50300fffd77';
const KEEP_ALIVE = '5a5aff0000ff';

function boardOf(clock: FakeClock, protocol: Protocol): Script {
  const pack = new SimulatedPack({ cells: 8, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 7, clock });
  return (request, reply) => {
    const served = protocol.emulate(request);
    if (served !== undefined) reply(served.answer(pack.read(), pack), 10);
  };
}

/** A device on a radio link. */
function setUp(protocol: Protocol | undefined, options: Partial<DeviceOptions> = {}, isRadio = true) {
  const clock = new FakeClock();
  const link = new ScriptedLink(clock, protocol === undefined ? () => undefined : boardOf(clock, protocol));
  link.isRadio = isRadio;
  link.peer = MAC;
  const bus = new Bus({ link, clock });
  const device = new Device({
    ...{ name: 'Bank', bus, protocol, address: undefined, pollIntervalMs: 0, clock },
    ...options,
  });
  const start = (): void => {
    device.start();
    bus.open();
  };
  const read = async (ms = 60_000): Promise<unknown> => {
    const outcome = device.read().catch((error: unknown) => error as BmsError);
    await clock.tick(ms);
    return outcome;
  };
  return { clock, link, bus, device, start, read };
}

const errorOf = (outcome: unknown): BmsError => {
  assert.ok(outcome instanceof BmsError, String(outcome));
  return outcome;
};
const of = (services: readonly { service: string }[]): string[] => services.map(({ service }) => service);

describe('Device on a radio link', () => {
  it('looks for the routes of its protocol', async () => {
    const { clock, link, start } = setUp(daly);
    start();
    await clock.tick(1);
    assert.deepEqual(link.services, [['fff0', 'ff00']]);
  });

  it('looks for all known routes when the protocol has none or is not known, each once', async () => {
    const keys = knownRoutes().map((route) => JSON.stringify(route));
    assert.equal(new Set(keys).size, keys.length);
    for (const protocol of [protocolById('jk-modbus'), undefined]) {
      const { clock, link, device, start } = setUp(undefined, { protocol });
      start();
      await clock.tick(1);
      assert.deepEqual(link.services, [of(knownRoutes())]);
      device.stop();
    }
  });

  it('tells its address on the bus beside that of the radio link', async () => {
    const { device, start, read } = setUp(daly);
    start();
    await read();
    assert.equal(device.address, MAC);
    assert.equal(device.board?.protocol.id, 'daly');
    assert.equal(typeof device.board?.address, 'number');
  });

  for (const isRadio of [true, false]) {
    for (const only of [1, 128]) {
      it(`finds the address that a Daly answers, ${only}, where none is given, ${isRadio ? 'and' : 'on a wire: and'} keeps it`, async () => {
        const { clock, link, device, bus, start, read } = setUp(daly, {}, isRadio);
        const script = boardOf(clock, daly);
        link.script = (request, reply) => {
          if (daly.emulate(request)?.address === only) script(request, reply);
        };
        const found: number[] = [];
        device.found.subscribe(({ address }) => found.push(address));
        start();
        await read();
        assert.equal(device.last?.protocol, 'daly');
        assert.equal(device.board?.address, only);
        await read();
        const usual = isRadio ? 128 : 1;
        assert.deepEqual(found, only === usual ? [] : [only], 'once');
        // After a deploy it is asked first.
        device.stop();
        const options = { bus, protocol: daly, address: undefined, pollIntervalMs: 0, clock };
        const again = new Device({ name: 'Bank', ...options });
        again.remember({ protocol: daly, address: only });
        again.start();
        const before = link.sent.length;
        void again.read();
        await clock.tick(1);
        const first = daly.queries[0]?.request({ address: only, memory: {} }).toString('hex');
        assert.equal(link.sent[before], first);
      });
    }
  }

  it('never looks for a board at another address than the user has given', async () => {
    const { clock, link, start, read } = setUp(daly, { address: 128 });
    const script = boardOf(clock, daly);
    link.script = (request, reply) => {
      if (daly.emulate(request)?.address === 1) script(request, reply);
    };
    start();
    assert.equal(errorOf(await read()).code, 'timeout');
    assert.ok(link.sent.every((request) => request.startsWith('a580')));
  });

  it('is told no routes on a serial line', async () => {
    const { clock, link, start } = setUp(daly, {}, false);
    start();
    await clock.tick(1);
    assert.deepEqual(link.services, [undefined]);
  });

  for (const protocol of PROTOCOLS.filter(({ ble }) => ble !== undefined)) {
    it(`finds out that it is ${protocol.id}, without opening the link again`, async () => {
      const { link, device, start, read } = setUp(protocol, { protocol: undefined });
      start();
      await read(120_000);
      assert.equal(device.protocol?.id, protocol.id);
      assert.equal(link.opened, 1);
    });
  }

  it('asks only protocols that travel over Bluetooth, in their order, each as it does over Bluetooth', async () => {
    const { link, start, read } = setUp(undefined);
    start();
    const { code, message } = errorOf(await read(300_000));
    assert.equal(code, 'not_found');
    const tried = /tried (.*)\. /.exec(message)?.[1]?.split(', ') ?? [];
    assert.deepEqual(
      [...new Set(tried.map((each) => each.split(' ')[0]))],
      PROTOCOLS.filter(({ ble }) => ble !== undefined).map(({ id }) => id),
    );
    assert.deepEqual(
      tried.filter((each) => each.startsWith('daly ')),
      ['daly 128', 'daly 1'],
    );
    assert.deepEqual(
      link.sent.filter((request) => request.startsWith('5a5a')),
      [],
    );
  });

  it('waits as long as the protocol does over Bluetooth, unless the user says otherwise', async () => {
    const waited = async (options: Partial<DeviceOptions>, isRadio: boolean): Promise<string | undefined> => {
      const { start, read } = setUp(undefined, { protocol: daly, retries: 0, ...options }, isRadio);
      start();
      return /within \d+ ms/.exec(errorOf(await read()).message)?.[0];
    };
    assert.equal(await waited({}, true), 'within 2000 ms');
    assert.equal(await waited({}, false), 'within 500 ms');
    assert.equal(await waited({ timeoutMs: 100 }, true), 'within 100 ms');
  });

  it('asks Daly boards in the way of an app, and tells the address of the link', async () => {
    const { link, device, start, read } = setUp(daly);
    start();
    await read();
    assert.ok(link.sent.every((request) => request.startsWith('a580')));
    assert.equal(device.last?.address, MAC);
  });

  it('tells the bus address that the user has given', async () => {
    const { link, device, start, read } = setUp(daly, { address: 1 });
    start();
    await read();
    assert.ok(link.sent.every((request) => request.startsWith('a540')));
    assert.equal(device.last?.address, 1);
  });

  it('tells how the link stands', async () => {
    const { link, device, start, read } = setUp(jbd);
    link.figures = { rssi: -71, connects: 2, drops: 1, secondsSinceData: 0 };
    start();
    await read();
    const { rssi, connects, drops, secondsSinceData, answers } = device.last?.link ?? assert.fail();
    assert.deepEqual([rssi, connects, drops, secondsSinceData], [-71, 2, 1, 0]);
    assert.ok(answers > 0);
  });

  describe('that the module drops when it is idle', () => {
    it('is kept alive when nothing was written for so long', async () => {
      const { clock, link, start, read } = setUp(antLegacy);
      start();
      await read(1000);
      link.sent.length = 0;
      await clock.tick(3900);
      assert.deepEqual(link.sent, []);
      await clock.tick(11_200);
      assert.deepEqual(link.sent, [KEEP_ALIVE, KEEP_ALIVE, KEEP_ALIVE]);
    });

    it('takes what comes back for nothing, and not for an error', async () => {
      const { clock, link, bus, start, read } = setUp(antLegacy);
      const board = link.script;
      link.script = (request, reply) => {
        if (request.toString('hex') === KEEP_ALIVE) reply(request, 100);
        else board(request, reply);
      };
      start();
      await read(1000);
      const before = { ...bus.counters };
      await clock.tick(30_000);
      assert.deepEqual(bus.counters, before);
      assert.ok(link.sent.includes(KEEP_ALIVE));
    });

    it('is not disturbed during an exchange, and no request is mixed up with it', async () => {
      const { clock, link, device, start } = setUp(antLegacy, { timeoutMs: 6000, retries: 0 });
      start();
      await clock.tick(1);
      const board = link.script;
      const busy: boolean[] = [];
      let answering = false;
      link.script = (request, reply) => {
        if (request.toString('hex') === KEEP_ALIVE) busy.push(answering);
        else {
          answering = true;
          board(request, (bytes) => {
            reply(bytes, 5500);
            clock.after(5500, () => (answering = false));
          });
        }
      };
      const asked = device.read();
      await clock.tick(5600);
      assert.equal((await asked).sequence, 1);
      await clock.tick(10_000);
      assert.deepEqual([...new Set(busy)], [false]);
      // A request right after the keep-alive waits for what comes back.
      const sent = link.sent.length;
      while (link.sent.length === sent) await clock.tick(10);
      const next = device.read();
      await clock.tick(200);
      assert.equal(link.sent.length, sent + 1);
      await clock.tick(6000);
      assert.equal((await next).sequence, 2);
    });

    it('is left alone while it is polled often, and when the line is closed', async () => {
      const { clock, link, bus, device, start } = setUp(antLegacy, { pollIntervalMs: 2000 });
      start();
      await clock.tick(60_000);
      assert.ok(!link.sent.includes(KEEP_ALIVE));
      device.stop();
      await bus.release();
      link.sent.length = 0;
      await clock.tick(60_000);
      assert.deepEqual(link.sent, []);
      assert.equal(clock.timers, 0);
    });

    it('is left alone on a serial line', async () => {
      const { clock, link, start, read } = setUp(antLegacy, {}, false);
      start();
      await read(1000);
      await clock.tick(60_000);
      assert.ok(!link.sent.includes(KEEP_ALIVE));
    });
  });

  describe('with a module that wants a password', () => {
    function locked(password: string, options: Partial<DeviceOptions> = {}) {
      const set = setUp(jbd, { password, ...options });
      const module = new LockedModule(MAC, '123123');
      set.link.script = module.script(boardOf(set.clock, jbd));
      return { ...set, module };
    }

    for (const [password, times] of [
      ['123123', 1],
      ['', 2],
    ] as const) {
      it(`logs in with the password "${password}" when the board does not answer ${times} times`, async () => {
        const { link, module, device, start, read } = locked(password);
        start();
        await read();
        assert.equal(device.last?.sequence, password === '' ? undefined : 1);
        assert.equal(module.attempts.length, times === 1 ? 1 : 0);
        const first = link.sent.findIndex((request) => request.startsWith('ffaa'));
        assert.deepEqual(link.sent.slice(0, first), Array(times).fill(BASIC));
      });
    }

    it('logs in first where the module has taken the password before', async () => {
      const { clock, link, module, device, start, read } = locked('123123');
      start();
      await read();
      link.drop();
      const before = link.sent.length;
      await clock.tick(5000);
      await read();
      assert.equal(module.attempts.length, 2);
      assert.ok(link.sent[before]?.startsWith('ffaa'), link.sent[before]);
      assert.ok((device.last?.duration ?? Infinity) < 2000, `${device.last?.duration} ms`);
    });

    it('says at once that the password is wrong, once per connection, and never what it is', async () => {
      const { clock, link, module, device, start, read } = locked('654321');
      start();
      const error = errorOf(await read(5000));
      assert.equal(error.code, 'denied');
      assert.ok(!JSON.stringify([error.message, error.stack]).includes('654321'));
      assert.equal(device.condition.phase, 'lost');
      // Nothing else was asked in vain.
      assert.deepEqual(
        link.sent.filter((request) => !request.startsWith('ffaa')),
        [BASIC],
      );
      // The line is not opened afresh for want of answers: that would be another attempt.
      for (let i = 0; i < 20; i++) assert.equal(errorOf(await read(5000)).code, 'denied');
      assert.equal(link.opened, 1);
      assert.equal(module.attempts.length, 1);
      link.drop();
      await clock.tick(5000);
      assert.equal(errorOf(await read(12_000)).code, 'denied');
      assert.equal(module.attempts.length, 2);
    });

    it('does not say a wrong password again with every poll of a line that is open on demand', async () => {
      const { clock, link, module } = locked('654321');
      const bus = new Bus({ link, clock, onDemand: true });
      const device = new Device({
        ...{ name: 'Bank', bus, protocol: jbd, address: undefined, pollIntervalMs: 20_000, clock, password: '654321' },
      });
      device.start();
      bus.open();
      await clock.tick(200_000);
      assert.equal(module.attempts.length, 1);
      assert.equal(device.condition.phase, 'lost');
    });

    it('says that a password is wanted', async () => {
      const { module, start, read } = locked('');
      start();
      const error = errorOf(await read());
      assert.equal(error.code, 'denied');
      assert.match(error.message, /enter it in the device/);
      assert.equal(module.attempts.length, 0);
    });

    it('logs in again on the next connection', async () => {
      const { clock, link, module, device, start } = locked('123123', { pollIntervalMs: 1000 });
      start();
      await clock.tick(20_000);
      assert.equal(device.condition.phase, 'fresh');
      module.open = false;
      link.drop();
      await clock.tick(30_000);
      assert.equal(device.condition.phase, 'fresh');
      assert.equal(module.attempts.length, 2);
    });

    it('logs in where the platform hides the address, with what the module advertises', async () => {
      const { link, module, device, start, read } = locked('123123');
      link.peer = '';
      link.manufacturerData = Buffer.from(MAC.replaceAll(':', ''), 'hex').reverse();
      start();
      await read();
      assert.deepEqual([device.last?.sequence, module.attempts.length], [1, 1]);
    });

    it('logs in although the protocol is not known yet', async () => {
      const { link, module, device, start, read } = locked('123123', { protocol: undefined });
      start();
      await read();
      assert.equal(device.protocol?.id, 'jbd');
      assert.equal(device.last?.sequence, 1);
      assert.deepEqual([module.attempts.length, link.opened], [1, 1]);
    });

    it('says that the password is wrong although the protocol is not known, once per connection', async () => {
      const { clock, link, module, device, start, read } = locked('654321', { protocol: undefined });
      start();
      assert.equal(errorOf(await read(12_000)).code, 'denied');
      for (let i = 0; i < 20; i++) assert.equal(errorOf(await read(5000)).code, 'denied');
      // Nothing else was asked in vain.
      assert.deepEqual([...new Set(link.sent.filter((request) => !request.startsWith('ffaa')))], [BASIC]);
      assert.deepEqual([module.attempts.length, link.opened, device.condition.phase], [1, 1, 'lost']);
      module.password = '654321';
      link.drop();
      await clock.tick(5000);
      await read(12_000);
      assert.deepEqual([device.last?.sequence, module.attempts.length], [1, 2]);
    });

    it('is told nothing of a login while the protocol is not known and there is no password', async () => {
      const { link, start, read } = locked('', { protocol: undefined });
      start();
      assert.equal(errorOf(await read(300_000)).code, 'not_found');
      assert.ok(!link.sent.some((request) => request.startsWith('ffaa')));
    });

    it('logs in before it switches', async () => {
      const { clock, module, device, start } = locked('123123', { allowControl: true });
      start();
      const switched = device.control({ action: 'charge', value: false });
      await clock.tick(60_000);
      assert.equal((await switched).after, false);
      assert.equal(module.attempts.length, 1);
    });

    it('does not log in at a module that answers, nor on a serial line', async () => {
      for (const isRadio of [true, false]) {
        const { link, start, read } = setUp(jbd, { password: '123123' }, isRadio);
        if (!isRadio) link.script = () => undefined;
        start();
        await read();
        assert.ok(!link.sent.some((request) => request.startsWith('ffaa')));
      }
    });

    it('is lost for want of an answer when the module knows no passwords', async () => {
      const { link, start, read } = setUp(jbd, { password: '123123' });
      link.script = () => undefined;
      start();
      assert.equal(errorOf(await read()).code, 'timeout');
      const asked = link.sent.filter((request) => request.startsWith('ffaa'));
      assert.deepEqual([...new Set(asked)], ['ffaa15063030303030303b']);
    });
  });

  it('says that a module which only repeats what it hears has to be paired', async () => {
    const { link, start, read } = setUp(jbd);
    link.script = (request, reply) => {
      reply(request.subarray(0, 4), 1);
      reply(request.subarray(4), 2);
    };
    start();
    const { code, message } = errorOf(await read());
    assert.equal(code, 'timeout');
    assert.match(message, /pair it with the system/);
  });

  it('does not speak of pairing when something else comes, or at a serial line', async () => {
    for (const isRadio of [true, false]) {
      const { link, start, read } = setUp(jbd, {}, isRadio);
      link.script = (request, reply) => reply(isRadio ? Buffer.concat([request, Buffer.of(0)]) : request);
      start();
      assert.doesNotMatch(errorOf(await read()).message, /pair/);
    }
  });
});
