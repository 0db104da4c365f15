import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import { antLegacy } from '../../src/codec/ant-legacy';
import { daly } from '../../src/codec/daly';
import { jbd } from '../../src/codec/jbd';
import type { Protocol } from '../../src/codec/protocol';
import { Device } from '../../src/session/device';
import { knownRoutes } from '../../src/session/line-needs';
import { FakeClock } from '../support/fake-clock';
import { LockedModule } from '../support/jbd-module';
import { boardOf, codeOf, deviceOnLine, errorOf, known, type LineOptions } from '../support/device-line';

const MAC = 'a4:c1:37:04:2d:be';
const BASIC = 'dda50300fffd77';
const KEEP_ALIVE = '5a5aff0000ff';

/** A device on a radio link. */
function setUp(protocol: Protocol | undefined, options: LineOptions = {}, isRadio = true) {
  const clock = new FakeClock();
  const script = protocol && boardOf(clock, protocol).script;
  return deviceOnLine({ clock, script, line: { isRadio, peer: MAC }, protocol, ...options });
}

const of = (services: readonly { service: string }[]): string[] => services.map(({ service }) => service);

describe('Device on a radio link', () => {
  it('looks for the routes of its protocol', async () => {
    const { clock, link } = setUp(daly);
    await clock.tick(1);
    assert.deepEqual(link.services, [['fff0', 'ff00']]);
  });

  it('looks for all known routes when the protocol has none or is not known, each once', async () => {
    const keys = knownRoutes().map((route) => JSON.stringify(route));
    assert.equal(new Set(keys).size, keys.length);
    for (const protocol of [known('jk-modbus'), undefined]) {
      const { clock, link, device } = setUp(undefined, { protocol });
      await clock.tick(1);
      assert.deepEqual(link.services, [of(knownRoutes())]);
      device.stop();
    }
  });

  it('tells its address on the bus beside that of the radio link', async () => {
    const { device, read } = setUp(daly);
    await read();
    assert.equal(device.address, MAC);
    assert.equal(device.board?.protocol.id, 'daly');
    assert.equal(typeof device.board?.address, 'number');
  });

  for (const isRadio of [true, false]) {
    for (const only of [1, 128]) {
      it(`finds the address that a Daly answers, ${only}, where none is given, ${isRadio ? 'and' : 'on a wire: and'} keeps it`, async () => {
        const { clock, link, device, bus, read } = setUp(daly, {}, isRadio);
        const script = boardOf(clock, daly).script;
        link.script = (request, reply) => {
          if (daly.emulate(request)?.address === only) script(request, reply);
        };
        const found: number[] = [];
        device.found.subscribe(({ address }) => found.push(address));
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
    const { clock, link, read } = setUp(daly, { address: 128 });
    const script = boardOf(clock, daly).script;
    link.script = (request, reply) => {
      if (daly.emulate(request)?.address === 1) script(request, reply);
    };
    assert.equal((await errorOf(read())).code, 'timeout');
    assert.ok(link.sent.every((request) => request.startsWith('a580')));
  });

  it('is told no routes on a serial line', async () => {
    const { clock, link } = setUp(daly, {}, false);
    await clock.tick(1);
    assert.deepEqual(link.services, [undefined]);
  });

  for (const protocol of PROTOCOLS.filter(({ ble }) => ble !== undefined)) {
    it(`finds out that it is ${protocol.id}, without opening the link again`, async () => {
      const { link, device, read } = setUp(protocol, { protocol: undefined });
      await read(120_000);
      assert.equal(device.protocol?.id, protocol.id);
      assert.equal(link.opened, 1);
    });
  }

  it('asks only protocols that travel over Bluetooth, in their order, each as it does over Bluetooth', async () => {
    const { link, read } = setUp(undefined);
    const { code, message } = await errorOf(read(300_000));
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
    const waited = async (options: LineOptions, isRadio: boolean): Promise<string | undefined> => {
      const { read } = setUp(undefined, { protocol: daly, retries: 0, ...options }, isRadio);
      return /within \d+ ms/.exec((await errorOf(read())).message)?.[0];
    };
    assert.equal(await waited({}, true), 'within 2000 ms');
    assert.equal(await waited({}, false), 'within 500 ms');
    assert.equal(await waited({ timeoutMs: 100 }, true), 'within 100 ms');
  });

  it('asks Daly boards in the way of an app, and tells the address of the link', async () => {
    const { link, device, read } = setUp(daly);
    await read();
    assert.ok(link.sent.every((request) => request.startsWith('a580')));
    assert.equal(device.last?.address, MAC);
  });

  it('tells the bus address that the user has given', async () => {
    const { link, device, read } = setUp(daly, { address: 1 });
    await read();
    assert.ok(link.sent.every((request) => request.startsWith('a540')));
    assert.equal(device.last?.address, 1);
  });

  it('tells how the link stands', async () => {
    const { link, device, read } = setUp(jbd);
    link.figures = { rssi: -71, connects: 2, drops: 1, secondsSinceData: 0 };
    await read();
    const { rssi, connects, drops, secondsSinceData, answers } = device.last?.link ?? assert.fail();
    assert.deepEqual([rssi, connects, drops, secondsSinceData], [-71, 2, 1, 0]);
    assert.ok(answers > 0);
  });

  describe('that the module drops when it is idle', () => {
    it('is kept alive when nothing was written for so long', async () => {
      const { clock, link, read } = setUp(antLegacy);
      await read(1000);
      link.sent.length = 0;
      await clock.tick(3900);
      assert.deepEqual(link.sent, []);
      await clock.tick(11_200);
      assert.deepEqual(link.sent, [KEEP_ALIVE, KEEP_ALIVE, KEEP_ALIVE]);
    });

    it('takes what comes back for nothing, and not for an error', async () => {
      const { clock, link, bus, read } = setUp(antLegacy);
      const board = link.script;
      link.script = (request, reply) => {
        if (request.toString('hex') === KEEP_ALIVE) reply(request, 100);
        else board(request, reply);
      };
      await read(1000);
      const before = { ...bus.counters };
      await clock.tick(30_000);
      assert.deepEqual(bus.counters, before);
      assert.ok(link.sent.includes(KEEP_ALIVE));
    });

    it('is not disturbed during an exchange, and no request is mixed up with it', async () => {
      const { clock, link, device } = setUp(antLegacy, { timeoutMs: 6000, retries: 0 });
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
      const { clock, link, bus, device } = setUp(antLegacy, { pollIntervalMs: 2000 });
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
      const { clock, link, read } = setUp(antLegacy, {}, false);
      await read(1000);
      await clock.tick(60_000);
      assert.ok(!link.sent.includes(KEEP_ALIVE));
    });
  });

  describe('with a module that wants a password', () => {
    function locked(password: string, options: LineOptions = {}) {
      const set = setUp(jbd, { password, ...options });
      const module = new LockedModule(MAC, '123123');
      set.link.script = module.script(boardOf(set.clock, jbd).script);
      return { ...set, module };
    }

    for (const [password, times] of [
      ['123123', 1],
      ['', 2],
    ] as const) {
      it(`logs in with the password "${password}" when the board does not answer ${times} times`, async () => {
        const { link, module, device, read } = locked(password);
        await codeOf(read());
        assert.equal(device.last?.sequence, password === '' ? undefined : 1);
        assert.equal(module.attempts.length, times === 1 ? 1 : 0);
        const first = link.sent.findIndex((request) => request.startsWith('ffaa'));
        assert.deepEqual(link.sent.slice(0, first), Array(times).fill(BASIC));
      });
    }

    it('logs in first where the module has taken the password before', async () => {
      const { clock, link, module, device, read } = locked('123123');
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
      const { clock, link, module, device, read } = locked('654321');
      const error = await errorOf(read(5000));
      assert.equal(error.code, 'denied');
      assert.ok(!JSON.stringify([error.message, error.stack]).includes('654321'));
      assert.equal(device.condition.phase, 'lost');
      // Nothing else was asked in vain.
      assert.deepEqual(
        link.sent.filter((request) => !request.startsWith('ffaa')),
        [BASIC],
      );
      // The line is not opened afresh for want of answers: that would be another attempt.
      for (let i = 0; i < 20; i++) assert.equal((await errorOf(read(5000))).code, 'denied');
      assert.equal(link.opened, 1);
      assert.equal(module.attempts.length, 1);
      link.drop();
      await clock.tick(5000);
      assert.equal((await errorOf(read(12_000))).code, 'denied');
      assert.equal(module.attempts.length, 2);
    });

    it('does not say a wrong password again with every poll of a line that is open on demand', async () => {
      const onDemand = { busOptions: { onDemand: true }, pollIntervalMs: 20_000 };
      const { clock, module, device } = locked('654321', onDemand);
      await clock.tick(200_000);
      assert.equal(module.attempts.length, 1);
      assert.equal(device.condition.phase, 'lost');
    });

    it('says that a password is wanted', async () => {
      const { module, read } = locked('');
      const error = await errorOf(read());
      assert.equal(error.code, 'denied');
      assert.match(error.message, /enter it in the device/);
      assert.equal(module.attempts.length, 0);
    });

    it('logs in again on the next connection', async () => {
      const { clock, link, module, device } = locked('123123', { pollIntervalMs: 1000 });
      await clock.tick(20_000);
      assert.equal(device.condition.phase, 'fresh');
      module.open = false;
      link.drop();
      await clock.tick(30_000);
      assert.equal(device.condition.phase, 'fresh');
      assert.equal(module.attempts.length, 2);
    });

    it('logs in where the platform hides the address, with what the module advertises', async () => {
      const { link, module, device, read } = locked('123123');
      link.peer = '';
      link.manufacturerData = Buffer.from(MAC.replaceAll(':', ''), 'hex').reverse();
      await read();
      assert.deepEqual([device.last?.sequence, module.attempts.length], [1, 1]);
    });

    it('logs in although the protocol is not known yet', async () => {
      const { link, module, device, read } = locked('123123', { protocol: undefined });
      await read();
      assert.equal(device.protocol?.id, 'jbd');
      assert.equal(device.last?.sequence, 1);
      assert.deepEqual([module.attempts.length, link.opened], [1, 1]);
    });

    it('says that the password is wrong although the protocol is not known, once per connection', async () => {
      const { clock, link, module, device, read } = locked('654321', { protocol: undefined });
      assert.equal((await errorOf(read(12_000))).code, 'denied');
      for (let i = 0; i < 20; i++) assert.equal((await errorOf(read(5000))).code, 'denied');
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
      const { link, read } = locked('', { protocol: undefined });
      assert.equal((await errorOf(read(300_000))).code, 'not_found');
      assert.ok(!link.sent.some((request) => request.startsWith('ffaa')));
    });

    it('logs in before it switches', async () => {
      const { clock, module, device } = locked('123123', { allowControl: true });
      const switched = device.control({ action: 'charge', value: false });
      await clock.tick(60_000);
      assert.equal((await switched).after, false);
      assert.equal(module.attempts.length, 1);
    });

    it('does not log in at a module that answers, nor on a serial line', async () => {
      for (const isRadio of [true, false]) {
        const { link, read } = setUp(jbd, { password: '123123' }, isRadio);
        if (!isRadio) link.script = () => undefined;
        assert.equal(await codeOf(read()), isRadio ? 'done' : 'timeout');
        assert.ok(!link.sent.some((request) => request.startsWith('ffaa')));
      }
    });

    it('is lost for want of an answer when the module knows no passwords', async () => {
      const { link, read } = setUp(jbd, { password: '123123' });
      link.script = () => undefined;
      assert.equal((await errorOf(read())).code, 'timeout');
      const asked = link.sent.filter((request) => request.startsWith('ffaa'));
      assert.deepEqual([...new Set(asked)], ['ffaa15063030303030303b']);
    });
  });

  it('says that a module which only repeats what it hears has to be paired', async () => {
    const { link, read } = setUp(jbd);
    link.script = (request, reply) => {
      reply(request.subarray(0, 4), 1);
      reply(request.subarray(4), 2);
    };
    const { code, message } = await errorOf(read());
    assert.equal(code, 'timeout');
    assert.match(message, /pair it with the system/);
  });

  it('does not speak of pairing when something else comes, or at a serial line', async () => {
    for (const isRadio of [true, false]) {
      const { link, read } = setUp(jbd, {}, isRadio);
      link.script = (request, reply) => reply(isRadio ? Buffer.concat([request, Buffer.of(0)]) : request);
      assert.doesNotMatch((await errorOf(read())).message, /pair/);
    }
  });
});
