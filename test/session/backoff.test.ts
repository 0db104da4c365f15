import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Backoff, backoffMs } from '../../src/session/backoff';
import { FakeClock } from '../support/fake-clock';

describe('backoffMs', () => {
  it('doubles up to half a minute, with jitter', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const wait = backoffMs(failures, random);
        assert.ok(wait >= 250 && wait <= 30_000);
      }),
    );
    assert.deepEqual(
      [0, 1, 2, 20].map((failures) => backoffMs(failures, 0)),
      [500, 1000, 2000, 30_000],
    );
  });
});

describe('Backoff', () => {
  let clock: FakeClock;
  let attempts: number[];
  let backoff: Backoff;

  beforeEach(() => {
    clock = new FakeClock();
    clock.random = () => 0;
    attempts = [];
    backoff = new Backoff(clock, () => {
      attempts.push(clock.monotonic());
      backoff.attempted();
    });
  });

  it('waits longer after each failure, and anew once the line has held', async () => {
    for (let i = 0; i < 3; i++) {
      backoff.failed();
      await clock.tick(10_000);
    }
    backoff.reset();
    backoff.failed();
    await clock.tick(10_000);
    assert.deepEqual(attempts, [500, 11_000, 22_000, 30_500]);
  });

  it('makes one attempt, however often it is scheduled, and none when cancelled', async () => {
    backoff.failed();
    backoff.failed();
    await clock.tick(60_000);
    assert.deepEqual([attempts, clock.timers], [[1000], 0]);
    backoff.failed();
    backoff.cancel();
    backoff.cancel();
    await clock.tick(60_000);
    assert.equal(attempts.length, 1);
  });

  it('hurries, but not sooner than a second after the attempt before', async () => {
    backoff.attempted();
    backoff.hurry();
    await clock.tick(400);
    // Asked again meanwhile, it does not begin to wait anew.
    backoff.hurry();
    await clock.tick(5000);
    backoff.failed();
    backoff.hurry();
    await clock.tick(1);
    assert.deepEqual(attempts, [1000, 5400]);
  });
});
