import assert from 'node:assert/strict';
import { protocolById } from '../../src/codec';
import { PROTOCOLS } from '../../src/codec/registry';

describe('registry', () => {
  it('knows each protocol once, with all that lists and sessions need', () => {
    assert.equal(new Set(PROTOCOLS.map(({ id }) => id)).size, PROTOCOLS.length);
    for (const protocol of PROTOCOLS) {
      const { id, label, profile, address, queries, frames } = protocol;
      assert.equal(protocolById(id), protocol);
      assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.ok(label.length > 0);
      assert.ok(profile.baudRate >= 9600 && profile.timeoutMs > profile.quietMs && profile.retries >= 0, id);
      if (address !== undefined) assert.ok(address.initial >= address.min && address.initial <= address.max, id);
      assert.ok(frames.maxLength <= 1024, id);
      assert.ok(
        queries.some(({ group }) => group === 'fast'),
        id,
      );
      assert.equal(new Set(queries.map(({ name }) => name)).size, queries.length, id);
    }
  });

  it('knows no other', () => {
    for (const id of ['', 'auto', 'JBD', '__proto__', 'constructor']) assert.equal(protocolById(id), undefined);
  });
});
