import assert from 'node:assert/strict';
import { DeadManSwitch } from '../../src/runtime/dead-man';
import { FakeClock } from '../support/fake-clock';

function setUp(limitMs = 5000) {
  const clock = new FakeClock();
  const acts: number[] = [];
  const fails = { next: false };
  const act = (): Promise<void> => {
    acts.push(clock.monotonic());
    return fails.next ? Promise.reject(new Error('not reached')) : Promise.resolve();
  };
  return { clock, acts, fails, deadMan: new DeadManSwitch(clock, limitMs, act) };
}

describe('DeadManSwitch', () => {
  it('acts once when nobody speaks from the start', async () => {
    const { clock, acts } = setUp();
    await clock.tick(60_000);
    assert.deepEqual(acts, [5000]);
  });

  it('does not act while somebody speaks, and does when he stops', async () => {
    const { clock, acts, deadMan } = setUp();
    for (let i = 0; i < 10; i++) {
      await clock.tick(4000);
      deadMan.heard();
    }
    assert.deepEqual(acts, []);
    await clock.tick(20_000);
    assert.deepEqual(acts, [45_000]);
  });

  it('acts again after each time that somebody has spoken', async () => {
    const { clock, acts, deadMan } = setUp();
    await clock.tick(6000);
    deadMan.heard();
    await clock.tick(6000);
    assert.deepEqual(acts, [5000, 11_000]);
  });

  it('tries again while it fails, not too often, and stops when it succeeds', async () => {
    const { clock, acts, fails } = setUp();
    fails.next = true;
    await clock.tick(30_000);
    assert.deepEqual(acts, [5000, 15_000, 25_000]);
    fails.next = false;
    await clock.tick(60_000);
    assert.deepEqual(acts, [5000, 15_000, 25_000, 35_000]);
  });

  it('leaves it to somebody who speaks while it fails', async () => {
    const { clock, acts, fails, deadMan } = setUp();
    fails.next = true;
    const ticked = clock.tick(5000);
    await ticked;
    deadMan.heard();
    fails.next = false;
    await clock.tick(4000);
    assert.deepEqual(acts, [5000]);
  });

  it('leaves no timer when it is closed, also while it fails', async () => {
    const { clock, acts, fails, deadMan } = setUp();
    fails.next = true;
    await clock.tick(4999);
    const passing = clock.tick(1);
    deadMan.close();
    await passing;
    await clock.tick(60_000);
    assert.ok(acts.length <= 1);
    assert.equal(clock.timers, 0);
  });
});
