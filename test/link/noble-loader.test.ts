import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { adapterName, checkAdapter, controllerBindings, presentAdapters } from '../../src/link/ble/adapters';
import { loadNoble, type AdapterChoice, type Modules } from '../../src/link/ble/noble-loader';
import { stateError } from '../../src/link/ble/error-texts';

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

  for (const [name, file] of [
    ['@stoprocent/noble', '@stoprocent/noble'],
    ['@abandonware/noble', '@abandonware/noble/with-custom-binding'],
  ] as const) {
    it(`${name} is broken: says why, in one line`, async () => {
      const broken = modules({
        [file]: () => {
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

  it('@abandonware cannot use an adapter on a serial port: says which can', async () => {
    const older = modules({ '@abandonware/noble/with-custom-binding': () => () => ({}) });
    await assert.rejects(loadNoble({ driver: 'auto', adapter: '/dev/null' }, systemClock, older), {
      code: 'adapter_missing',
      message: /@abandonware\/noble cannot use .* "npm install --ignore-scripts @stoprocent\/noble"/,
    });
  });

  it('@abandonware that is older than what we can use counts as not installed', async () => {
    const older = modules({ '@abandonware/noble': () => assert.fail('it starts by itself when it is loaded') });
    await assert.rejects(loadNoble(HCI, systemClock, older), {
      code: 'adapter_missing',
      message: /^Bluetooth needs a library: run "npm install --ignore-scripts @stoprocent\/noble"/,
    });
  });

  it('the adapter is gone as it starts: says to plug one in', async () => {
    const noDevice = (): never => {
      throw Object.assign(new Error('ENODEV, No such device'), { code: 'ENODEV' });
    };
    process.env['BLUETOOTH_HCI_SOCKET_USB_VID'] = '1';
    try {
      const installed = modules({ '@abandonware/noble/with-custom-binding': () => noDevice });
      await assert.rejects(loadNoble(HCI, systemClock, installed), { code: 'adapter_missing', message: /plug in/ });
    } finally {
      delete process.env['BLUETOOTH_HCI_SOCKET_USB_VID'];
    }
  });
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

  it('have one name each, as far as it is known which one is meant', () => {
    const one = ['hci2'];
    for (const [entered, present, name] of [
      ['', one, 'hci2'],
      [' 2 ', one, 'hci2'],
      ['hci2', [], 'hci2'],
      ['', [], ''],
      ['', ['hci0', 'hci1'], ''],
      ['/dev/ttyACM0:1000000', one, '/dev/ttyACM0:1000000'],
    ] as const) {
      assert.equal(adapterName(entered, present), name);
    }
    assert.deepEqual(presentAdapters(folder).sort(), ['hci0', 'hci2']);
    assert.deepEqual(presentAdapters(join(folder, 'none')), []);
  });

  it('of which the environment names one are nobody else’s', () => {
    process.env['BLUETOOTH_HCI_SOCKET_USB_VID'] = '1';
    try {
      assert.equal(adapterName('', ['hci2']), '');
    } finally {
      delete process.env['BLUETOOTH_HCI_SOCKET_USB_VID'];
    }
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
