import assert from 'node:assert/strict';
import { transportOf } from '../../src/cli/line';

describe('the name of a line', () => {
  const FORMS: [string, object][] = [
    ['/dev/ttyUSB0', { transport: 'serial', path: '/dev/ttyUSB0', baudRate: undefined }],
    ['COM3', { transport: 'serial', path: 'COM3', baudRate: undefined }],
    ['192.168.1.50:8899', { transport: 'tcp', host: '192.168.1.50', port: 8899 }],
    ['bridge.local:23', { transport: 'tcp', host: 'bridge.local', port: 23 }],
    ['[fe80::1]:8899', { transport: 'tcp', host: 'fe80::1', port: 8899 }],
    ['A4:C1:38:00:00:01', { transport: 'ble', device: 'A4:C1:38:00:00:01', adapter: undefined }],
    ['ble:JBD-SP04S', { transport: 'ble', device: 'JBD-SP04S', adapter: undefined }],
    ['simulator', { transport: 'simulator' }],
  ];
  for (const [line, transport] of FORMS) {
    it(`${line} is ${(transport as { transport: string }).transport}`, () => {
      assert.deepEqual(transportOf(line), transport);
    });
  }

  it('is that of a recording only where that is there', () => {
    assert.throws(() => transportOf('missing.jsonl'), { code: 'bad_value' });
  });

  for (const wrong of ['', 'battery', 'http://bridge:80', 'bridge:0', 'bridge:70000', '1.2.3.4']) {
    it(`"${wrong}" is refused with the forms that are right`, () => {
      assert.throws(() => transportOf(wrong), { code: 'bad_value' });
    });
  }
});
