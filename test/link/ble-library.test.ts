import assert from 'node:assert/strict';
import * as stoprocent from '@stoprocent/noble';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { checkAdapter, controllerBindings } from '../../src/link/ble/adapters';
import { loadNoble, type AdapterChoice, type Modules } from '../../src/link/ble/library';
import { stateError } from '../../src/link/ble/remedies';
import { bmsAt, Station } from '../support/ble/station';

const HCI: AdapterChoice = { driver: 'hci', adapter: '' };

function modules(installed: Record<string, () => unknown>): Modules {
  return {
    has: (name) => name in installed,
    load: (name) => Promise.resolve().then(() => installed[name]!()),
  };
}

describe('Bluetooth: the library', () => {
  it('is not installed: says how to install it', async () => {
    await assert.rejects(loadNoble(HCI, systemClock, modules({})), {
      code: 'adapter_missing',
      message:
        /^Bluetooth needs a library: run "npm install --ignore-scripts @stoprocent\/noble" .*restart Node-RED\.$/,
    });
  });

  for (const name of ['@stoprocent/noble', '@abandonware/noble']) {
    it(`${name} is broken: says why, in one line`, async () => {
      const broken = modules({
        [name]: () => {
          throw new Error('Address family not supported\n    at somewhere');
        },
      });
      await assert.rejects(loadNoble(HCI, systemClock, broken), {
        code: 'adapter_missing',
        message: /^@\w+\/noble does not run here \(Address family not supported\); run "npm install/,
      });
    });
  }

  it('fails as it starts', async () => {
    const withBindings = (): never => {
      throw new TypeError('no driver');
    };
    process.env['BLUETOOTH_HCI_SOCKET_USB_VID'] = '1';
    try {
      const attempt = loadNoble(HCI, systemClock, modules({ '@stoprocent/noble': () => ({ withBindings }) }));
      await assert.rejects(attempt, { code: 'adapter_missing', message: /does not run here \(no driver\)/ });
    } finally {
      delete process.env['BLUETOOTH_HCI_SOCKET_USB_VID'];
    }
  });

  it('@stoprocent comes first when both are there', async () => {
    const seen: string[] = [];
    const note = (name: string) => (): never => {
      seen.push(name);
      throw new Error('enough');
    };
    const both = { '@abandonware/noble': note('second'), '@stoprocent/noble': note('first') };
    await assert.rejects(loadNoble(HCI, systemClock, modules(both)));
    assert.deepEqual(seen, ['first']);
  });

  for (const choice of [
    { driver: 'dbus', adapter: '' },
    { driver: 'auto', adapter: '/dev/null' },
  ] as const) {
    it(`@abandonware cannot do ${choice.driver} ${choice.adapter}: says which can`, async () => {
      const older = modules({ '@abandonware/noble/with-custom-binding': () => () => ({}) });
      await assert.rejects(loadNoble(choice, systemClock, older), {
        code: 'adapter_missing',
        message: /@abandonware\/noble cannot use .* "npm install --ignore-scripts @stoprocent\/noble"/,
      });
    });
  }

  for (const [what, file, isFactory] of [
    ['with a factory of instances', '@abandonware/noble/with-custom-binding', true],
    ['with one instance', '@abandonware/noble', false],
  ] as const) {
    it(`@abandonware, ${what}, is used like the other`, async () => {
      const board = bmsAt(1);
      const present = process.env['BLUETOOTH_HCI_SOCKET_USB_VID'];
      process.env['BLUETOOTH_HCI_SOCKET_USB_VID'] = '1';
      const station = new Station([board], {
        adapter: HCI,
        load: (choice, clock) => {
          const noble = stoprocent.withBindings('hci', station.adapter.bindings);
          // What the older fork does not have.
          Object.assign(noble, { _cleanupPeriperals: undefined });
          return loadNoble(choice, clock, modules({ [file]: () => (isFactory ? () => noble : noble) }));
        },
      });
      try {
        const { channel, ear } = await station.open(station.link(board.address));
        assert.equal((await ear.ask(channel)).length, 45);
      } finally {
        await station.close();
        if (present === undefined) delete process.env['BLUETOOTH_HCI_SOCKET_USB_VID'];
      }
    });
  }
});

describe('Bluetooth: adapters', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'openbms-hci-'));
    for (const name of ['hci0', 'hci0:11', 'hci2']) mkdirSync(join(folder, name));
  });

  after(() => rmSync(folder, { recursive: true }));

  it('are looked for before the library is asked', () => {
    assert.deepEqual(checkAdapter('', folder), {});
    assert.deepEqual(checkAdapter('hci2', folder), { deviceId: 2 });
    assert.deepEqual(checkAdapter(' 0 ', folder), { deviceId: 0 });
    assert.throws(() => checkAdapter('hci1', folder), {
      code: 'adapter_missing',
      message: /^There is no Bluetooth adapter hci1 \(there is hci0, hci2\); plug in/,
    });
    assert.throws(() => checkAdapter('', join(folder, 'none')), { code: 'adapter_missing', message: /plug in/ });
    assert.throws(() => checkAdapter('usb', folder), { code: 'adapter_missing', message: /"usb" is no/ });
  });

  it('on serial ports have a rate', () => {
    assert.equal(controllerBindings('hci0'), undefined);
    assert.deepEqual(controllerBindings('/dev/null'), {
      hciDriver: 'uart',
      bindParams: { uart: { port: '/dev/null', baudRate: 115_200 } },
    });
    assert.deepEqual(controllerBindings('COM3:1000000'), {
      hciDriver: 'uart',
      bindParams: { uart: { port: 'COM3', baudRate: 1_000_000 } },
    });
  });

  it('that may not be used are a matter of permission, with what to do', () => {
    const { code, message } = stateError('unauthorized');
    assert.deepEqual(
      [code, /setcap cap_net_raw,cap_net_admin\+eip .*--cap-add=NET_ADMIN/.test(message)],
      ['permission', true],
    );
  });

  it('that are off, or not there, are told apart', () => {
    assert.match(stateError('poweredOff').message, /is off .* "bluetoothctl power on"/);
    assert.match(
      stateError('unsupported', 'no such device').message,
      /no Bluetooth adapter .* \(no such device\); plug in/,
    );
  });
});
