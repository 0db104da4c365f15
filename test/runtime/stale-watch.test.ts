import assert from 'node:assert/strict';
import { ageText, StaleWatch } from '../../src/runtime/stale-watch';
import { FakeClock } from '../support/fake-clock';

/** A device that is polled every 10 s, and the ages at which its watch has called. */
function setUp() {
  const clock = new FakeClock();
  const calls: number[] = [];
  let readAt = clock.monotonic();
  const device = {
    get ageMs() {
      return clock.monotonic() - readAt;
    },
    staleAfterMs: 30_000,
  };
  const watch = new StaleWatch(clock, device, () => void calls.push(device.ageMs));
  const read = (): void => {
    readAt = clock.monotonic();
    watch.heard();
  };
  return { clock, calls, watch, read };
}

describe('StaleWatch', () => {
  it('is silent as long as readings come', async () => {
    const { clock, calls, read } = setUp();
    for (let i = 0; i < 20; i++) {
      read();
      await clock.tick(29_000);
    }
    assert.deepEqual(calls, []);
  });

  it('calls when the last reading has become stale, and then every minute', async () => {
    const { clock, calls, read } = setUp();
    read();
    await clock.tick(25_000);
    read();
    await clock.tick(29_999);
    assert.deepEqual(calls, []);
    await clock.tick(1);
    await clock.tick(120_000);
    assert.deepEqual(calls, [30_000, 90_000, 150_000]);
  });

  it('does nothing before the first reading, nor after it was closed', async () => {
    const { clock, calls, watch, read } = setUp();
    await clock.tick(100_000);
    read();
    watch.close();
    read();
    await clock.tick(100_000);
    assert.deepEqual(calls, []);
  });
});

describe('ageText', () => {
  it('has the largest whole unit', () => {
    const texts = [0, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 200_000_000].map(ageText);
    assert.deepEqual(texts, ['0 s', '59 s', '1 min', '59 min', '1 h', '23 h', '2 d']);
  });
});
