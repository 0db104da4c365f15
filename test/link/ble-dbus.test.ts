import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import { BleLink } from '../../src/link/ble';
import type { BleDriver } from '../../src/link/ble/library';
import { presentAdapters } from '../../src/link/ble/adapters';
import { Radio } from '../../src/link/ble/radio';
import { radioFor } from '../../src/link/ble/radios';
import type { Channel } from '../../src/link/link';
import { FakeBluez, type FakeDevice } from '../support/ble/fake-bluez';
import { until } from '../support/ble/until';
import { PrivateBus } from '../support/ble/private-bus';
import { bmsAt, Ear, optionsFor, READ, SHORT_MS } from '../support/ble/station';
import { patientClock } from '../support/patient-clock';

const ANSWER = Buffer.alloc(45, 0xdd);

function deviceAt(last: number, more: Partial<FakeDevice> = {}): FakeDevice {
  return {
    address: bmsAt(last).address,
    name: `pack ${last}`,
    service: 'ff00',
    characteristics: [
      { uuid: 'ff01', flags: ['read', 'notify'] },
      { uuid: 'ff02', flags: ['write-without-response'] },
    ],
    onWrite: (bytes) => (bytes.equals(READ) ? ANSWER : undefined),
    ...more,
  };
}

/** A new module of JK: two characteristics with one UUID. */
const JK: Partial<FakeDevice> = {
  service: 'ffe0',
  characteristics: [
    { uuid: 'ffe1', flags: ['write-without-response', 'write'] },
    { uuid: 'ffe1', flags: ['read', 'notify'] },
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
        assert.deepEqual([service.isConnected(device), radio.size, ear.closings], [false, 0, []]);
      }
    });
  }

  it('is what the driver auto takes when BlueZ runs', async () => {
    await start(deviceAt(1));
    radio = radioOn('auto');
    await open('pack 1');
    assert.ok(bluez!.calls.includes('StartDiscovery'));
  });

  it('does not take a device that BlueZ only remembers for one that is there', async () => {
    const device = deviceAt(1, { isAbsent: true });
    await start(device);
    assert.deepEqual(await radio.scan(50), []);
    bluez!.calls.length = 0;
    const attempt = open(device.address);
    // The scan begins with what BlueZ remembers.
    const { calls } = bluez!;
    await until(() => calls.includes('GetManagedObjects', calls.indexOf('StartDiscovery') + 1 || Infinity));
    assert.deepEqual([calls.includes('StartDiscovery'), calls.includes('Connect')], [true, false]);
    device.isAbsent = false;
    await attempt;
    assert.equal(bluez!.calls.includes('Connect'), true);
  });

  it('tries a device that is only remembered after half of the time', async () => {
    const device = deviceAt(1, { isAbsent: true });
    await start(device);
    radio.limits.sightMs = 2 * SHORT_MS;
    radio.limits.connectMs = SHORT_MS;
    const error = await failureOf(open(device.address));
    assert.deepEqual([error.code, bluez!.calls.includes('Connect')], ['timeout', true]);
  });

  it('is told when a connection fails', async () => {
    await start(deviceAt(1, { connect: 'fails' }));
    assert.equal((await failureOf(open('pack 1'))).code, 'disconnected');
  });

  it('gives up a connection that does not come about, and takes the next', async () => {
    const device = deviceAt(1, { connect: 'hangs' });
    await start(device);
    radio.limits.connectMs = SHORT_MS;
    assert.equal((await failureOf(open(device.address))).code, 'timeout');
    await until(() => bluez!.calls.includes('Disconnect'));
    delete device.connect;
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
      async () => (bluez = await FakeBluez.start(bus.address, [], { powered: false })),
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

    it('refuses a second driver on it, until the first has gone', async () => {
      await start();
      await powerOn('dbus', '');
      for (const [driver, adapter] of [
        ['hci', 'hci0'],
        ['auto', ''],
      ] as const) {
        const error = await failureOf(powerOn(driver, adapter));
        assert.deepEqual([error.code, /hci0 is in use with another driver/.test(error.message)], ['port_busy', true]);
        await leaving.pop()?.();
      }
      await leaving.pop()?.();
      // There is none in this kernel: it is looked for because it may be used.
      if (presentAdapters().includes('hci0')) return;
      assert.equal((await failureOf(powerOn('hci', 'hci0'))).code, 'adapter_missing');
      assert.equal((await powerOn('auto', '')).place?.driver, 'dbus');
    });
  });

  it('says which adapters there are when the chosen one is not', async () => {
    await start();
    radio = radioOn('dbus', 'hci7');
    const error = await failureOf(open('pack 1'));
    assert.match(error.message, /no Bluetooth adapter hci7 \(there is hci0\)/);
  });
});

async function failureOf(attempt: Promise<unknown>): Promise<BmsError> {
  return attempt.then(
    () => assert.fail('It has opened'),
    (error: unknown) => error as BmsError,
  );
}
