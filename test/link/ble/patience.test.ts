import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import { say, verbatim } from '../../../src/battery/sentence';
import { patiently } from '../../../src/link/ble/patience';
import { FakeClock } from '../../support/fake-clock';

describe('patiently', () => {
  let clock: FakeClock;
  let isAwaited: boolean;

  beforeEach(() => {
    clock = new FakeClock();
    isAwaited = false;
  });

  /** @returns when it was given up, ms; undefined while it was not */
  function waiting(leastMs = 4000): () => number | undefined {
    let gaveUpAt: number | undefined;
    const late = (ms: number): BmsError => new BmsError('timeout', verbatim(String(ms)));
    const options = { clock, leastMs, mostMs: 10_000, isAwaited: () => isAwaited, late };
    patiently(new Promise<void>(() => undefined), options).catch((error: unknown) => {
      assert.equal((error as BmsError).message, String(clock.monotonic()));
      gaveUpAt = clock.monotonic();
    });
    return () => gaveUpAt;
  }

  for (const [what, awaitedAt, gaveUpAt] of [
    ['nobody else waits', Infinity, 10_000],
    ['somebody waits from the beginning', 0, 4000],
    ['somebody comes later', 7000, 7000],
  ] as const) {
    it(`gives up after ${gaveUpAt} ms when ${what}`, async () => {
      const outcome = waiting();
      for (let now = 0; now < 12_000; now += 250) {
        isAwaited = now >= awaitedAt;
        await clock.tick(250);
      }
      assert.ok(Math.abs((outcome() ?? NaN) - gaveUpAt) <= 250, String(outcome()));
      assert.equal(clock.timers, 0);
    });
  }

  it('is given all its time where that is the least', async () => {
    isAwaited = true;
    const outcome = waiting(10_000);
    await clock.tick(9999);
    assert.equal(outcome(), undefined);
    await clock.tick(1);
    assert.equal(outcome(), 10_000);
  });

  it('has the outcome of the work, and leaves no timer', async () => {
    const late = (): BmsError => new BmsError('timeout', say`late`);
    const options = { clock, leastMs: 10, mostMs: 20, isAwaited: () => false, late };
    assert.equal(await patiently(Promise.resolve(7), options), 7);
    await assert.rejects(patiently(Promise.reject(new Error('no')), options), { message: 'no' });
    await clock.tick(0);
    assert.equal(clock.timers, 0);
  });
});
