import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import { endpointName, parseEndpoint } from '../../src/link/endpoint';

describe('the host of a bridge', () => {
  for (const [text, host, port] of [
    ['192.168.1.5', '192.168.1.5', undefined],
    ['192.168.1.5:8899', '192.168.1.5', 8899],
    ['bridge.local:23', 'bridge.local', 23],
    ['[::1]', '::1', undefined],
    ['[fe80::1%eth0]:4196', 'fe80::1%eth0', 4196],
    ['::1', '::1', undefined],
    ['fe80::1%eth0', 'fe80::1%eth0', undefined],
    ['2001:db8::8899', '2001:db8::8899', undefined],
    ['::ffff:192.168.1.5', '::ffff:192.168.1.5', undefined],
  ] as const) {
    it(`may be written ${text}`, () => assert.deepEqual(parseEndpoint(text), { host, port }));
  }

  for (const [text, right] of [
    ['http://192.168.1.5:8899', '192.168.1.5:8899'],
    ['http://192.168.1.5/', '192.168.1.5'],
    ['tcp://[::1]:23/x', '[::1]:23'],
    ['192.168.1.5/24', '192.168.1.5'],
    ['two words', 'two'],
    ['bridge:99999', undefined],
    ['bridge:', undefined],
    ['bridge:0', undefined],
    ['[::1', undefined],
    ['a:b:c', undefined],
    ['/', undefined],
  ] as const) {
    it(`may not be written ${text}`, () => {
      assert.throws(
        () => parseEndpoint(text),
        (error) =>
          error instanceof BmsError &&
          error.code === 'bad_value' &&
          (right === undefined || error.message.includes(JSON.stringify(right))),
      );
    });
  }

  it('is split or refused whatever is written, and its name can be read again', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.webUrl(), fc.ipV6(), fc.ipV4()),
        fc.integer({ min: 1, max: 65_535 }),
        (text, port) => {
          let host: string;
          try {
            ({ host } = parseEndpoint(text));
          } catch (error) {
            assert.equal((error as BmsError).code, 'bad_value');
            return;
          }
          assert.deepEqual(parseEndpoint(endpointName(host, port)), { host, port });
        },
      ),
    );
  });
});
