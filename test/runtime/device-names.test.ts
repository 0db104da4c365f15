import assert from 'node:assert/strict';
import { DeviceNames } from '../../src/runtime/device-names';
import { deviceSettings } from '../../src/runtime/settings/device-settings';

/** The names of devices with these properties, made one after the other. */
function namesOf(...devices: [line: string, properties: Record<string, unknown>][]): string[] {
  const names = new DeviceNames();
  return devices.map(([line, properties]) => names.take(deviceSettings(properties), line).name);
}

describe('DeviceNames', () => {
  it("is the user's own", () => {
    assert.deepEqual(namesOf(['bridge:8899', { name: 'House bank', protocol: 'daly' }]), ['House bank']);
    // Who gives two packs one name may mean it.
    assert.deepEqual(namesOf(['a', { name: 'Bank' }], ['b', { name: 'Bank' }]), ['Bank', 'Bank']);
  });

  it('is else the line with the address', () => {
    assert.deepEqual(
      namesOf(
        ['bridge:8899', { protocol: 'auto' }],
        ['Roof', { protocol: 'auto', address: '3' }],
        ['/dev/ttyUSB0', { protocol: 'jbd' }],
        ['/dev/ttyUSB1', { protocol: 'daly' }],
        ['/dev/ttyUSB1', { protocol: 'daly', address: 2 }],
      ),
      ['bridge:8899', 'Roof 3', '/dev/ttyUSB0', '/dev/ttyUSB1 1', '/dev/ttyUSB1 2'],
    );
  });

  it('is never that of another', () => {
    const same = { protocol: 'auto' };
    assert.deepEqual(namesOf(['Roof', { name: 'Roof' }], ['Roof', same], ['Roof', same]), [
      'Roof',
      'Roof (2)',
      'Roof (3)',
    ]);
  });

  it('is free again when its device has gone', () => {
    const names = new DeviceNames();
    const settings = deviceSettings({ protocol: 'auto' });
    const first = names.take(settings, 'Roof');
    first.release();
    first.release();
    assert.equal(names.take(settings, 'Roof').name, 'Roof');
  });
});
