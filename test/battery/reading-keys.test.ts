import assert from 'node:assert/strict';
import fc from 'fast-check';
import { derive } from '../../src/battery/derive';
import { inKeyOrder, READING_KEYS } from '../../src/battery/reading-keys';
import type { Reading } from '../../src/battery/reading';
import { PROTOCOLS } from '../../src/codec/registry';
import { benchPack } from '../support/poll-answers';
import { readAll } from '../support/protocol-properties';

describe('inKeyOrder', () => {
  it('puts voltage, current, power, SOC and state first', () => {
    assert.deepEqual(READING_KEYS.slice(0, 5), ['voltage', 'current', 'power', 'soc', 'state']);
  });

  it('gives every reading the same order, and takes nothing away', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...READING_KEYS]), (keys) => {
        const reading = Object.fromEntries(keys.map((key, i) => [key, i])) as Reading;
        const ordered = inKeyOrder(reading);
        assert.deepEqual(ordered, reading);
        assert.deepEqual(
          Object.keys(ordered),
          READING_KEYS.filter((key) => keys.includes(key)),
        );
      }),
    );
  });

  for (const protocol of PROTOCOLS) {
    it(`knows every key that ${protocol.id} decodes`, () => {
      const reading = derive(readAll(protocol, benchPack, protocol.address?.initial ?? 0));
      assert.deepEqual(inKeyOrder(reading), reading);
    });
  }
});
