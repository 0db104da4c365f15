import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BmsError } from '../../src/battery/errors';
import { BleLink } from '../../src/link/ble';
import type { BleDriver } from '../../src/link/ble/noble-loader';
import { presentAdapters } from '../../src/link/ble/adapters';
import { Radio } from '../../src/link/ble/radio';
import { radioFor } from '../../src/link/ble/radios';
import type { Channel } from '../../src/link/link';
import { FakeBluez, type FakeDevice, type FakeService } from '../support/ble/fake-bluez';
import { until } from '../support/ble/until';
import { PrivateBus } from '../support/ble/private-bus';
import { bmsAt, optionsFor, SHORT_MS } from '../support/ble/station';
import { Ear, READ, failureOf } from '../support/ear';
import { patientClock } from '../support/patient-clock';

const ANSWER = Buffer.alloc(45, 0xdd);

const JBD: FakeService = {
  uuid: 'ff00',
  characteristics: [
    { uuid: 'ff01', flags: ['read', 'notify'] },
    { uuid: 'ff02', flags: ['write-without-response'] },
  ],
};

function deviceAt(last: number, more: Partial<FakeDevice> = {}): FakeDevice {
  return {
    address: bmsAt(last).address,
    name: `pack ${last}`,
    services: [JBD],
    onWrite: (bytes) => (bytes.equals(READ) ? ANSWER : undefined),
    ...more,
  };
}

/** A new module of JK: two characteristics with one UUID. */
const JK: Partial<FakeDevice> = {
  services: [
    {
      uuid: 'ffe0',
      characteristics: [
        { uuid: 'ffe1', flags: ['write-without-response', 'write'] },
        { uuid: 'ffe1', flags: ['read', 'notify'] },
      ],
    },
  ],
};

describe('BleLink through BlueZ on D-Bus', function () {
  if (!PrivateBus.isPossible) {
    it('is not tested: there is no dbus-daemon (Debian package dbus)');
    console.log('BlueZ on D-Bus is not tested: there is no dbus-daemon (Debian package dbus)');
    return;
  }

  let bus: PrivateBus;
  let bluez: FakeBluez | undefined;
  let radio: Radio;
  const channels: Channel[] = [];
  const links = new Map<string, BleLink>();

  function radioOn(driver: BleDriver, adapter = ''): Radio {
    const limits = { powerOnMs: 4000, scanSwitchMs: 4000, sightMs: 4000, connectMs: 4000, disconnectMs: 500 };
    return new Radio({ adapter: { driver, adapter }, clock: patientClock, limits });
  }

  async function open(
    device: string,
    module: Parameters<typeof optionsFor>[0] = 'jbd',
  ): Promise<{ channel: Channel; ear: Ear }> {
    const ear = new Ear();
    const link = links.get(device) ?? new BleLink(device, { driver: 'dbus', adapter: '' }, patientClock, () => radio);
    links.set(device, link);
    const channel = await link.open(ear, optionsFor(module));
    channels.push(channel);
    return { channel, ear };
  }

  async function start(...devices: FakeDevice[]): Promise<FakeBluez> {
    bluez = await FakeBluez.start(bus.address, devices);
    return bluez;
  }

  beforeEach(async () => {
    bus = await PrivateBus.start();
    radio = radioOn('dbus');
    links.clear();
  });

  afterEach(async () => {
    await Promise.all(channels.splice(0).map((channel) => channel.close()));
    await bluez?.stop();
    bluez = undefined;
    await bus.stop();
  });

  for (const [what, more, module] of [
    ['a board', {}, 'jbd'],
    ['a board with two characteristics of one UUID', JK, 'jkNew'],
  ] as const) {
    it(`exchanges bytes with ${what}, lets go, and does it again`, async () => {
      const device = deviceAt(1, more);
      const service = await start(device, deviceAt(2));
      for (let times = 0; times < 2; times++) {
        const { channel, ear } = await open(device.address, module);
        await channel.write(READ);
        assert.deepEqual(await ear.heard(45), ANSWER);
        assert.equal(service.isConnected(device), true);
        await channel.close();
        const left = [service.isConnected(device), service.isDiscovering, service.subscriptions, radio.size];
        assert.deepEqual([...left, ear.closings], [false, false, 0, 0, []]);
      }
    });
  }

  it('is what the driver auto takes when BlueZ runs', async () => {
    await start(deviceAt(1));
    radio = radioOn('auto');
    await open('pack 1');
    assert.ok(bluez!.calls.includes('StartDiscovery'));
  });

  it('tells in time that a device which BlueZ only remembers is not there, and takes it when it is', async () => {
    const device = deviceAt(1, { isKnown: true, isAbsent: true });
    const service = await start(device);
    assert.deepEqual(await radio.scan(50), []);
    radio.limits.sightMs = SHORT_MS;
    const error = await failureOf(open(device.address));
    assert.deepEqual([error.code, service.calls.includes('Connect')], ['not_found', false]);
    radio.limits.sightMs = 4000;
    device.isAbsent = false;
    await open(device.address);
  });

  it('uses a connection that BlueZ has kept, at once', async () => {
    const device = deviceAt(1, { isConnected: true });
    const service = await start(device);
    const { channel, ear } = await open(device.address);
    await channel.write(READ);
    assert.deepEqual(await ear.heard(45), ANSWER);
    assert.equal(service.calls.includes('Connect'), false);
    await channel.close();
    assert.equal(service.isConnected(device), false);
  });

  it('writes in pieces of the size that was agreed, in the way that the characteristic wants', async () => {
    for (const [mtu, flag, type, lengths] of [
      [undefined, 'write-without-response', 'command', [20, 20, 10]],
      [185, 'write', 'request', [50]],
    ] as const) {
      const services = [{ uuid: 'ff00', characteristics: [JBD.characteristics[0]!, { uuid: 'ff02', flags: [flag] }] }];
      const service = await start(deviceAt(1, { services, ...(mtu !== undefined && { mtu }) }));
      const { channel } = await open('pack 1');
      await channel.write(Buffer.alloc(50));
      assert.deepEqual(
        service.writes,
        lengths.map((length) => ({ type, length })),
      );
      await channel.close();
      await service.stop();
    }
  });

  it('tells what a module advertises', async () => {
    await start(deviceAt(1, { name: 'xiaoxiang\r', manufacturerData: [0x0b65, Buffer.of(1, 2)] }));
    const { channel } = await open(bmsAt(1).address);
    const { advertisedName, manufacturerData, services, peer } = channel;
    assert.deepEqual(
      [advertisedName, manufacturerData?.toString('hex'), services, peer],
      ['xiaoxiang', '650b0102', ['ff00'], bmsAt(1).address.toUpperCase()],
    );
  });

  for (const [what, empty] of [
    ['cannot be subscribed', { characteristics: [{ uuid: 'ff01', flags: ['read'] }, JBD.characteristics[1]!] }],
    ['has nothing in it', { characteristics: [] }],
  ] as const) {
    it(`takes the service that works when it is there twice, and one ${what}`, async () => {
      for (const order of [0, 1]) {
        const services = [JBD, { uuid: 'ff00', ...empty }];
        if (order === 1) services.reverse();
        const service = await start(deviceAt(1, { services }));
        const { channel, ear } = await open('pack 1');
        await channel.write(READ);
        assert.deepEqual(await ear.heard(45), ANSWER);
        await channel.close();
        await service.stop();
      }
    });
  }

  it('takes the next way in the same connection when one cannot be subscribed, and begins with it from then on', async () => {
    const device = deviceAt(1, { services: [JBD, JBD], deaf: 0 });
    const service = await start(device);
    for (const subscriptions of [2, 3]) {
      links.clear(); // as after a deploy
      const { channel, ear } = await open('pack 1');
      await channel.write(READ);
      assert.deepEqual(await ear.heard(45), ANSWER);
      await channel.close();
      assert.equal(service.calls.filter((call) => call === 'StartNotify').length, subscriptions);
    }
  });

  it('takes the other service of the same name on the next connection when one says nothing', async () => {
    const device = deviceAt(1, { services: [JBD, JBD], onWrite: (_, index) => (index === 1 ? ANSWER : undefined) });
    await start(device);
    const first = await open('pack 1');
    await first.channel.write(READ);
    await first.channel.close();
    const { channel, ear } = await open('pack 1');
    await channel.write(READ);
    assert.deepEqual(await ear.heard(45), ANSWER);
  });

  it('cuts an attempt to connect short when others wait', async () => {
    const hanging = deviceAt(1, { refusals: { Connect: 'hangs' } });
    const service = await start(hanging, deviceAt(2));
    Object.assign(radio.limits, { connectMs: 9000, briefConnectMs: SHORT_MS });
    const owner = new AbortController();
    const link = new BleLink(hanging.address, { driver: 'dbus', adapter: '' }, patientClock, () => radio);
    const attempt = assert.rejects(link.open(new Ear(), { ...optionsFor('jbd'), signal: owner.signal }));
    await until(() => service.calls.includes('Connect'));
    const from = patientClock.monotonic();
    await open('pack 2');
    const took = patientClock.monotonic() - from;
    assert.ok(took < 4000, `${took} ms`);
    owner.abort();
    await attempt;
  });

  it('says which services a device has when none is that of a board', async () => {
    await start(deviceAt(1, { services: [{ uuid: '180f', characteristics: [] }] }));
    const error = await failureOf(open('pack 1'));
    assert.deepEqual([error.code, /\(it has 180f\)/.test(error.message)], ['unsupported', true], error.message);
  });

  for (const [what, refusals] of [
    ['Connect', { Connect: ['AuthenticationFailed', 'Authentication Failed'] }],
    ['StartNotify', { StartNotify: ['NotPermitted', 'Not paired'] }],
    ['WriteValue', { WriteValue: ['Failed', 'Operation failed with ATT error: 0x05'] }],
  ] as const) {
    it(`speaks of pairing when ${what} is refused for want of it`, async () => {
      await start(deviceAt(1, { refusals: refusals }));
      const error = await failureOf(open('pack 1').then(({ channel }) => channel.write(READ)));
      assert.match(error.message, /pair it with the system \("bluetoothctl pair A4:C1:38:00:00:01"\)/);
    });
  }

  describe('while BlueZ refuses to listen as it does so already', () => {
    it('tries a device that it knows', async () => {
      const device = deviceAt(1, { isKnown: true });
      const service = await start(device);
      service.busy = Infinity;
      const { channel, ear } = await open(device.address);
      await channel.write(READ);
      await ear.heard(45);
    });

    it('waits a moment for a device that it does not know', async () => {
      const service = await start(deviceAt(1));
      service.busy = 2;
      await open('pack 1');
    });

    it('says so when that lasts', async () => {
      const service = await start(deviceAt(1));
      service.busy = Infinity;
      const error = await failureOf(open('pack 1'));
      assert.deepEqual([error.code, service.isDiscovering], ['port_busy', false]);
      assert.match(
        error.message,
        /does not begin to listen: Operation already in progress \(InProgress\); end what else/,
      );
    });
  });

  describe('with several adapters', () => {
    it('takes the first that is on', async () => {
      bluez = await FakeBluez.start(bus.address, [deviceAt(1)], {
        adapters: [
          { name: 'hci0', powered: false },
          { name: 'hci1', powered: true },
        ],
      });
      await open('pack 1');
      assert.deepEqual(radio.place, { driver: 'dbus', adapter: 'hci1' });
    });

    it('does not take another than the one that was chosen', async () => {
      radio = radioOn('dbus', 'hci0');
      bluez = await FakeBluez.start(bus.address, [deviceAt(1)], {
        adapters: [
          { name: 'hci0', powered: false },
          { name: 'hci1', powered: true },
        ],
      });
      assert.match((await failureOf(open('pack 1'))).message, /is off/);
    });
  });

  it('is told when a connection fails', async () => {
    await start(deviceAt(1, { refusals: { Connect: ['Failed', 'le-connection-abort-by-local'] } }));
    assert.equal((await failureOf(open('pack 1'))).code, 'disconnected');
  });

  it('gives up a connection that does not come about, and takes the next', async () => {
    const device = deviceAt(1, { refusals: { Connect: 'hangs' } });
    await start(device);
    radio.limits.connectMs = SHORT_MS;
    assert.equal((await failureOf(open(device.address))).code, 'timeout');
    await until(() => bluez!.calls.includes('Disconnect'));
    delete device.refusals;
    radio.limits.connectMs = 4000;
    const { channel, ear } = await open(device.address);
    await channel.write(READ);
    await ear.heard(45);
  });

  it('is told when the device drops', async () => {
    const device = deviceAt(1);
    await start(device);
    const { channel, ear } = await open(device.address);
    bluez!.drop(device);
    await ear.until(() => ear.closings.length > 0);
    assert.equal((ear.closings[0] as BmsError).code, 'disconnected');
    await assert.rejects(channel.write(READ), { code: 'disconnected' });
    await open(device.address);
  });

  for (const [what, go, message] of [
    ['BlueZ stops', (service: FakeBluez) => service.stop(), /BlueZ has stopped; start it/],
    ['the adapter is unplugged', (service: FakeBluez) => service.removeAdapter(), /no Bluetooth adapter hci0; plug in/],
    ['the adapter is switched off', (service: FakeBluez) => service.switchOff(), /is off .*bluetoothctl power on/],
  ] as const) {
    it(`ends every connection when ${what}, and works when it is back`, async () => {
      const devices = [deviceAt(1), deviceAt(2)];
      const service = await start(...devices);
      const both = [await open('pack 1'), await open('pack 2')];
      await go(service);
      await Promise.all(both.map(({ ear }) => ear.until(() => ear.closings.length > 0)));
      for (const { ear } of both) {
        const { code, message: text } = ear.closings[0] as BmsError;
        assert.deepEqual([code, message.test(text)], ['adapter_missing', true], text);
      }
      assert.equal((await failureOf(open('pack 1'))).code, 'adapter_missing');
      await service.stop();
      await start(...devices);
      const { channel, ear } = await open('pack 1');
      await channel.write(READ);
      await ear.heard(45);
    });
  }

  it('ends every connection when the bus is gone, without ending the process', async () => {
    await start(deviceAt(1));
    const { ear } = await open('pack 1');
    bluez = undefined; // ends with the bus
    await bus.stop();
    await ear.until(() => ear.closings.length > 0);
    assert.equal((ear.closings[0] as BmsError).code, 'adapter_missing');
  });

  for (const [what, prepare, code, message] of [
    ['BlueZ does not run', () => undefined, 'adapter_missing', /BlueZ does not run; start it \("sudo systemctl/],
    [
      'there is no adapter',
      async () => (bluez = await FakeBluez.start(bus.address, [], { adapters: [] })),
      'adapter_missing',
      /There is no Bluetooth adapter; plug in/,
    ],
    [
      'the adapter is off',
      async () => (bluez = await FakeBluez.start(bus.address, [], { adapters: [{ name: 'hci0', powered: false }] })),
      'adapter_missing',
      /is off .*"bluetoothctl power on"/,
    ],
    [
      'BlueZ does not let us',
      async () => {
        bluez = await FakeBluez.start(bus.address, []);
        bluez.denial = 'org.freedesktop.DBus.Error.AccessDenied';
      },
      'permission',
      /may not use BlueZ; add its user to the group bluetooth/,
    ],
    [
      'there is no bus',
      () => {
        process.env['DBUS_SYSTEM_BUS_ADDRESS'] = 'unix:path=/nonexistent/bus';
      },
      'adapter_missing',
      /D-Bus cannot be used \(.*\); start D-Bus/,
    ],
  ] as const) {
    it(`says what to do when ${what}`, async () => {
      await prepare();
      const error = await failureOf(open('pack 1'));
      assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
      assert.equal(radio.size, 0);
    });
  }

  describe('with one adapter under several names', () => {
    const leaving: (() => Promise<void>)[] = [];

    afterEach(async () => {
      for (const leave of leaving.splice(0)) await leave();
    });

    /** @param present what the kernel tells */
    async function powerOn(driver: BleDriver, adapter: string, present: string[] = []): Promise<Radio> {
      const chosen = radioFor({ driver, adapter }, patientClock, present);
      leaving.push(chosen.join(() => undefined));
      await chosen.powerOn();
      return chosen;
    }

    it('uses the radio that runs on it', async () => {
      await start();
      const first = await powerOn('auto', '');
      assert.deepEqual(first.place, { driver: 'dbus', adapter: 'hci0' });
      assert.equal(await powerOn('auto', 'hci0'), first);
      assert.equal(await powerOn('dbus', '0'), first);
      assert.equal(await powerOn('dbus', '', ['hci0']), first);
      assert.equal(first.size, 4);
    });

    it('is shared by all that BlueZ drives, also where the system does not tell which there are', async () => {
      await start();
      const first = await powerOn('dbus', '');
      const second = await powerOn('auto', '');
      assert.deepEqual([first.place, second.place], [first.place, first.place]);
      await leaving.pop()?.();
      assert.equal((await powerOn('auto', 'hci0')).place?.driver, 'dbus');
    });

    it('refuses a second driver on it, until the first has gone', async () => {
      await start();
      await powerOn('dbus', '');
      const error = await failureOf(powerOn('hci', 'hci0'));
      assert.deepEqual([error.code, /hci0 is in use with another driver/.test(error.message)], ['port_busy', true]);
      await leaving.pop()?.();
      await leaving.pop()?.();
      // There is none in this kernel: it is looked for because it may be used.
      if (presentAdapters().includes('hci0')) return;
      assert.equal((await failureOf(powerOn('hci', 'hci0'))).code, 'adapter_missing');
      assert.equal((await powerOn('auto', '')).place?.driver, 'dbus');
    });
  });

  describe('when nobody wants the connection any more', () => {
    for (const [step, method, more] of [
      ['it is looked for', 'StartDiscovery', { isAbsent: true }],
      ['it is connected', 'Connect', { refusals: { Connect: 'hangs' } }],
      ['its services are waited for', 'Connect', { isSilent: true }],
      ['it is subscribed', 'StartNotify', { refusals: { StartNotify: 'hangs' } }],
    ] as const) {
      it(`ends while ${step}, and leaves nothing behind`, async () => {
        const device = deviceAt(1, more);
        const service = await start(device);
        const owner = new AbortController();
        const link = new BleLink(device.address, { driver: 'dbus', adapter: '' }, patientClock, () => radio);
        const attempt = link.open(new Ear(), { ...optionsFor('jbd'), signal: owner.signal });
        const outcome = assert.rejects(attempt, { code: 'closed' });
        await until(() => service.calls.includes(method));
        owner.abort();
        await outcome;
        assert.deepEqual([service.isConnected(device), service.isDiscovering, radio.size], [false, false, 0]);
        delete device.refusals;
        [device.isAbsent, device.isSilent] = [false, false];
        const { channel, ear } = await open(device.address);
        await channel.write(READ);
        await ear.heard(45);
      });
    }

    it('does not wait for a bus that lets nobody in', async () => {
      const silent = createServer((socket) => void socket.resume());
      const path = join(tmpdir(), `openbms-${process.pid}.bus`);
      await new Promise<void>((resolve) => silent.listen(path, resolve));
      process.env['DBUS_SYSTEM_BUS_ADDRESS'] = `unix:path=${path}`;
      try {
        const owner = new AbortController();
        const link = new BleLink('pack 1', { driver: 'dbus', adapter: '' }, patientClock, () => radio);
        const attempt = link.open(new Ear(), { ...optionsFor('jbd'), signal: owner.signal });
        setImmediate(() => owner.abort());
        await assert.rejects(attempt, { code: 'closed' });
        const error = await failureOf(open('pack 1'));
        assert.match(error.message, /D-Bus cannot be used \(the bus does not answer\)/);
      } finally {
        await new Promise((resolve) => silent.close(resolve));
      }
    });
  });

  it('says which adapters there are when the chosen one is not', async () => {
    await start();
    radio = radioOn('dbus', 'hci7');
    const error = await failureOf(open('pack 1'));
    assert.match(error.message, /no Bluetooth adapter hci7 \(there is hci0\)/);
  });
});
