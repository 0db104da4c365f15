import assert from 'node:assert/strict';
import { likelyProtocols } from '../../src/codec/advertised';
import { PROTOCOLS } from '../../src/codec/registry';
import { kitOf, KITS, sealed } from '../kits';
import { framesIn, mainAnswer, pollAnswers } from '../support/poll-answers';

/** One bit: no checksum misses that. */
const FLIP = 1;

describe('test kits', () => {
  it('are one for each protocol of the registry, under its id', () => {
    assert.deepEqual(
      Object.keys(KITS),
      PROTOCOLS.map(({ id }) => id),
    );
  });

  for (const protocol of PROTOCOLS) {
    const { id, ble, address } = protocol;
    const kit = kitOf(protocol);

    it(`${id}: what is read by hand from the main frames is what the codec reads`, () => {
      for (const { query: code, decode } of kit.straightLine) {
        const { query, target, parts } = mainAnswer(protocol, code);
        assert.deepEqual(query.decode(parts, target).reading, decode(...parts), query.name);
      }
    });

    it(`${id}: whole frames hold the checksum of the sheet, flipped ones do not`, () => {
      for (const { query, target, request, bytes } of pollAnswers(protocol)) {
        for (const frame of framesIn(protocol, { query, target, bytes })) {
          assert.ok(kit.isWhole(frame, request), query.name);
          frame[frame.length >> 1] = (frame[frame.length >> 1] ?? 0) ^ FLIP;
          assert.ok(!kit.isWhole(frame, request), query.name);
        }
      }
    });

    it(`${id}: sealing changes no whole frame, and makes a damaged one whole`, () => {
      for (const { query, target, request, bytes } of pollAnswers(protocol)) {
        assert.deepEqual(sealed(protocol, bytes, request), bytes, query.name);
        const [frame] = framesIn(protocol, { query, target, bytes });
        assert.ok(frame);
        frame[frame.length >> 1] = (frame[frame.length >> 1] ?? 0) ^ FLIP;
        assert.ok(kit.isWhole(sealed(protocol, frame, request), request), query.name);
      }
    });

    it(`${id}: has a radio module if it travels over Bluetooth, which is recognised`, () => {
      assert.equal(kit.module !== undefined, ble !== undefined);
      if (kit.module === undefined) return;
      const { name, service, notify, write, manufacturer } = kit.module;
      const manufacturerData =
        manufacturer === undefined ? undefined : Buffer.of(manufacturer & 0xff, manufacturer >> 8);
      assert.ok(likelyProtocols({ name, address: '', services: [service], manufacturerData }).includes(id));
      assert.ok(
        ble?.routes.some(
          (route) => route.service === service && route.notify === notify.uuid && route.write === write.uuid,
        ),
      );
    });

    it(`${id}: names several addresses if boards have some, all of them in their range`, () => {
      assert.equal(kit.addresses.length > 1, address !== undefined);
      for (const each of kit.addresses) assert.ok(address && each >= address.min && each <= address.max, String(each));
    });
  }
});
