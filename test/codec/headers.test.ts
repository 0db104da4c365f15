import assert from 'node:assert/strict';
import { requireProtocol } from '../../src/codec';
import { Framer } from '../../src/codec/kit/framing';
import { hex } from '../support/sheet';

/** Beginnings that no frame of a protocol has, from its sheet: nothing may wait for what they promise. */
const STARTS: Readonly<Record<string, readonly string[]>> = {
  jk: [
    ...['4e58', '4e570012', '4e5703ff', '4e570013 00000000 04', '4e570013 00000000 0604'],
    ...['4e570013 00000000 060003', '57', 'ff'],
  ],
  'jk-ble': [
    ...['55aaeb91', '55aaeb90 00', '55aaeb90 04', '55aaeb90 06', '55aaeb90 ff'],
    ...['aa5590ec', 'aa5590eb 96 0e', 'a5'],
  ],
  'jk-modbus': [
    ...['011016 21', '0110162000 02', '0110 1620 0001 03', '010300', '0103f2', '0103 09', '01830c', '019000'],
    ...['55ab', '55aaeb91', '55aaeb9004', '10', '0111', 'ff'],
  ],
};

describe('headers that cannot be', () => {
  for (const [id, starts] of Object.entries(STARTS)) {
    it(`${id}: hold nothing up, and are no damaged frames`, () => {
      for (const start of starts) {
        const framer = new Framer(requireProtocol(id).frames);
        assert.deepEqual(framer.push(hex(start)), [], start);
        assert.ok(framer.pending < hex(start).length, start);
        assert.equal(framer.badChecksums, 0, start);
      }
    });
  }
});
