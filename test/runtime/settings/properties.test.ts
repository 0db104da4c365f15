import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import { deviceSettings } from '../../../src/runtime/settings/device-settings';
import { baudRateOf, makeLink } from '../../../src/runtime/settings/links';
import { choiceProperty, numberProperty, settledText, textProperty } from '../../../src/runtime/settings/properties';
import { FakeClock } from '../../support/fake-clock';

const range = { fallback: 5, min: 0, max: 10 };

function refuses(action: () => unknown, code: string): void {
  assert.throws(action, (error) => error instanceof BmsError && error.code === code);
}

describe('properties', () => {
  it('are numbers even as text, or their default when blank', () => {
    assert.equal(numberProperty({ n: '7.5' }, 'n', range), 7.5);
    assert.equal(numberProperty({ n: 0 }, 'n', range), 0);
    for (const blank of [undefined, null, '', '  ']) assert.equal(numberProperty({ n: blank }, 'n', range), 5);
  });

  it('refuse what is no number or out of range', () => {
    for (const bad of ['abc', '${PORT}', -1, 11, NaN, true, {}, [], '1e3'])
      refuses(() => numberProperty({ n: bad }, 'n', range), 'bad_value');
    refuses(() => numberProperty({ n: 1.5 }, 'n', { ...range, integer: true }), 'bad_value');
  });

  it('are one of the known words', () => {
    assert.equal(choiceProperty({ c: 'a' }, 'c', ['a', 'b'], 'b'), 'a');
    assert.equal(choiceProperty({}, 'c', ['a', 'b'], 'b'), 'b');
    refuses(() => choiceProperty({ c: 'A' }, 'c', ['a', 'b'], 'b'), 'bad_value');
  });

  it('are trimmed text', () => {
    assert.equal(textProperty({ t: ' x ' }, 't'), 'x');
    assert.equal(textProperty({ t: {} }, 't'), '');
  });
});

describe('properties that are an environment variable', () => {
  it('say which one is not set, for what a node cannot work without', () => {
    const actions = [
      () => numberProperty({ n: '${PORT}' }, 'n', range),
      () => choiceProperty({ n: '${PORT}' }, 'n', ['a'], 'a'),
      () => settledText({ n: '${PORT}' }, 'n'),
      () => makeLink({ transport: 'tcp', tcpHost: '${PORT}', tcpPort: 1 }, new FakeClock()),
      () => deviceSettings({ protocol: '${PORT}' }),
      () => deviceSettings({ protocol: 'daly', address: '${PORT}' }),
    ];
    for (const action of actions) {
      assert.throws(
        action,
        (error) => error instanceof BmsError && /environment variable PORT, which is not set/.test(error.message),
      );
    }
  });
});

describe('deviceSettings', () => {
  it('takes the defaults of the contract', () => {
    const { name, address, pollIntervalMs, timeoutMs, retries } = deviceSettings({ protocol: 'daly' });
    assert.deepEqual(
      { name, address, pollIntervalMs, timeoutMs, retries },
      {
        name: '',
        address: undefined,
        pollIntervalMs: 5000,
        timeoutMs: undefined,
        retries: undefined,
      },
    );
    assert.equal(deviceSettings({ protocol: 'jbd', name: ' Roof ' }).name, 'Roof');
  });

  it('takes addresses as numbers or text, decimal or hexadecimal', () => {
    assert.equal(deviceSettings({ protocol: 'daly', address: 3 }).address, 3);
    assert.equal(deviceSettings({ protocol: 'daly', address: '0x10' }).address, 16);
    assert.equal(deviceSettings({ protocol: 'jbd-addressed', address: '0' }).address, 0);
  });

  it('leaves the protocol to be found out', () => {
    const { name, protocol, address } = deviceSettings({ protocol: 'auto' });
    assert.deepEqual({ name, protocol, address }, { name: '', protocol: undefined, address: undefined });
    assert.equal(deviceSettings({}).protocol, undefined);
    assert.equal(deviceSettings({ protocol: 'auto', address: '5' }).address, 5);
    refuses(() => deviceSettings({ protocol: 'auto', address: '256' }), 'bad_value');
  });

  it('allows no settings to be written unless the user has chosen so', () => {
    const allowed = (config: Record<string, unknown>): unknown[] => {
      const { allowSettings, allowExperimentalSettings } = deviceSettings(config);
      return [allowSettings, allowExperimentalSettings];
    };
    assert.deepEqual(allowed({}), ['none', false]);
    assert.deepEqual(allowed({ allowExperimentalSettings: 1 }), ['none', false]);
    assert.deepEqual(allowed({ allowSettings: 'comfort', allowExperimentalSettings: true }), ['comfort', true]);
  });

  it('refuses what no device can have', () => {
    refuses(() => deviceSettings({ protocol: 'daly', address: '99' }), 'bad_value');
    refuses(() => deviceSettings({ protocol: 'daly', address: 'one' }), 'bad_value');
    refuses(() => deviceSettings({ protocol: 'daly', pollInterval: -1 }), 'bad_value');
    refuses(() => deviceSettings({ protocol: 'daly', retries: 1.5 }), 'bad_value');
    refuses(() => deviceSettings({ protocol: 'other' }), 'unsupported');
    refuses(() => deviceSettings({ allowSettings: 'all' }), 'bad_value');
  });
});

describe('makeLink', () => {
  const clock = new FakeClock();

  it('makes the link of the transport', () => {
    assert.equal(makeLink({ transport: 'serial', serialPort: '/dev/ttyUSB0' }, clock).name, '/dev/ttyUSB0');
    assert.equal(makeLink({ transport: 'tcp', tcpHost: 'bridge', tcpPort: '8899' }, clock).name, 'bridge:8899');
    assert.equal(makeLink({ transport: 'tcp', tcpHost: '[::1]', tcpPort: 23 }, clock).name, '[::1]:23');
    const set = makeLink({ transport: 'tcp', tcpHost: 'bridge', tcpPort: 23, tcpMode: 'rfc2217' }, clock);
    assert.deepEqual([set.name, set.isNetwork, set.hasOwnRate], ['bridge:23', true, undefined]);
    // The port that stands with the host is meant: the other is there from the start.
    assert.equal(
      makeLink({ transport: 'tcp', tcpHost: '192.168.1.5:23', tcpPort: 8899 }, clock).name,
      '192.168.1.5:23',
    );
    assert.ok(makeLink({ transport: 'simulator' }, clock).name);
  });

  it('refuses incomplete or impossible connections', () => {
    refuses(() => makeLink({}, clock), 'bad_value');
    refuses(() => makeLink({ transport: 'carrier pigeon' }, clock), 'bad_value');
    refuses(() => makeLink({ transport: 'tcp', tcpHost: 'bridge' }, clock), 'bad_value');
    refuses(() => makeLink({ transport: 'tcp', tcpHost: 'bridge', tcpPort: 70000 }, clock), 'bad_value');
    refuses(() => makeLink({ transport: 'tcp', tcpHost: 'http://bridge', tcpPort: 80 }, clock), 'bad_value');
    refuses(() => makeLink({ transport: 'tcp', tcpHost: 'b', tcpPort: 80, tcpMode: 'udp' }, clock), 'bad_value');
    refuses(() => makeLink({ transport: 'simulator', simCells: 0 }, clock), 'bad_value');
    refuses(() => makeLink({ transport: 'ble' }, clock), 'bad_value');
  });

  it('leaves the baud rate to the protocol when blank', () => {
    assert.equal(baudRateOf({ baudRate: '' }), undefined);
    assert.equal(baudRateOf({ baudRate: '19200' }), 19200);
    refuses(() => baudRateOf({ baudRate: 12 }), 'bad_value');
  });
});
