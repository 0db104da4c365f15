import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseEndpoint } from '../../src/link/endpoint';
import { verdictIn } from '../support/node-types';

describe('dialog of bms-connection', () => {
  const verdict = (property: string, value: unknown, saved: object): true | string =>
    verdictIn('bms-connection', property, value, saved);
  const host = (value: unknown): true | string => verdict('tcpHost', value, { transport: 'tcp' });

  it('takes hosts, and environment variables', () => {
    for (const value of ['192.168.1.5', 'bridge.local', '[::1]', '::1', '192.168.1.5:8899', ' bridge ', '${BMS_HOST}'])
      assert.equal(host(value), true, value);
    assert.equal(verdict('tcpHost', '', { transport: 'serial' }), true);
  });

  it('refuses web addresses and what is no host', () => {
    for (const value of [
      '',
      undefined,
      'http://192.168.1.5:8899',
      'tcp://b',
      'b/',
      'two words',
      'b:',
      'b:99999',
      '[::1',
    ])
      assert.equal(host(value), 'bms-connection.error.tcpHost', value);
  });

  it('agrees with what the runtime takes', () => {
    const part = fc.constantFrom('a', '1', '10', ':', '::', '[', ']', '.', '/', '%', ' ', 'ff', '8899', '70000');
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join('').trim());
    fc.assert(
      fc.property(text, (value) => {
        let isHost = true;
        try {
          parseEndpoint(value);
        } catch {
          isHost = false;
        }
        assert.equal(host(value) === true, isHost, JSON.stringify(value));
      }),
      {
        examples: [
          ['[a]'],
          ['[::1]'],
          ['a::1::1'],
          ['::1.10.1.10'],
          ['::a1.1.1.1'],
          ['::01.1.1.1'],
          ['::1%a'],
          ['::1%a%a'],
        ],
      },
    );
  });

  it('knows the modes of a bridge', () => {
    for (const mode of [undefined, '', 'raw', 'rfc2217', '${MODE}'])
      assert.equal(verdict('tcpMode', mode, { transport: 'tcp' }), true);
    assert.equal(verdict('tcpMode', 'udp', { transport: 'tcp' }), 'bms-connection.error.choice');
  });

  it('looks at the rate where it is set from here', () => {
    for (const [saved, isLookedAt] of [
      [{ transport: 'serial' }, true],
      [{ transport: 'tcp' }, false],
      [{ transport: 'tcp', tcpMode: 'raw' }, false],
      [{ transport: 'tcp', tcpMode: 'rfc2217' }, true],
      [{ transport: 'ble' }, false],
    ] as const)
      assert.equal(verdict('baudRate', 12, saved) !== true, isLookedAt, JSON.stringify(saved));
  });
});
