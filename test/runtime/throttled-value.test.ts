import assert from 'node:assert/strict';
import { PersistedValue } from '../../src/runtime/persisted-value';
import { ThrottledValue } from '../../src/runtime/throttled-value';
import { FakeClock } from '../support/fake-clock';
import { StoredNode } from '../support/stored-node';

describe('ThrottledValue', () => {
  it('writes at once after a rest, then once a minute, and the rest when it is flushed or closed', async () => {
    const [clock, stored] = [new FakeClock(), new StoredNode()];
    const value = new PersistedValue<{ n: number }>({ key: 'n', write: (kept) => kept, read: () => undefined });
    const throttled = new ThrottledValue(value, stored.node, clock);
    for (let n = 0; n < 1200; n++) {
      throttled.keep({ n });
      await clock.tick(100);
    }
    assert.deepEqual([stored.store, stored.writes], [{ n: 1199 }, 3], 'at 0, 60 and 120 s');
    throttled.keep({ n: -1 });
    assert.equal(stored.writes, 3);
    throttled.flush();
    throttled.flush();
    assert.deepEqual([stored.store, stored.writes], [{ n: -1 }, 4]);
    await clock.tick(60_000);
    throttled.keep({ n: -2 });
    assert.equal(stored.writes, 5, 'after a rest');
    throttled.keep({ n: -3 });
    throttled.close();
    assert.deepEqual([stored.store, stored.writes, clock.timers], [{ n: -3 }, 6, 0]);
  });
});
