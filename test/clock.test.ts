import assert from 'node:assert/strict';
import { Allowance, systemClock } from '../src/clock';

describe('Allowance', () => {
  it('lets what is saved up be spent, and then the share of the time that passes', () => {
    const allowance = new Allowance(0.125, 4);
    assert.equal(allowance.spend(4, 1000), true);
    assert.equal(allowance.spend(0.5, 1003), false);
    assert.equal(allowance.spend(0.5, 1004), true);
    let spent = 0;
    for (let now = 1005; now <= 9004; now++) if (allowance.spend(1, now)) spent++;
    assert.equal(spent, 1000);
  });

  it('saves up no more than its bound', () => {
    const allowance = new Allowance(0.1, 5);
    assert.equal(allowance.spend(6, 1e9), false);
    assert.equal(allowance.spend(5, 1e9), true);
  });

  it('never refuses what costs nothing', () => {
    const allowance = new Allowance(0.1, 5);
    allowance.spend(5, 0);
    assert.equal(allowance.spend(0, 0), true);
  });
});

describe('systemClock', () => {
  it('never calls before the time, however often less than a millisecond is asked for', async () => {
    for (let times = 0; times < 200; times++) {
      const start = systemClock.monotonic();
      await new Promise<void>((resolve) => systemClock.after(0.3, resolve));
      assert.ok(systemClock.monotonic() - start >= 0.3);
    }
  });

  it('does not call after a timer was cancelled', async () => {
    let calls = 0;
    const timers = [0, 0.5, 0.5, 3].map((delay) => systemClock.after(delay, () => calls++));
    for (const timer of timers) timer.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(calls, 0);
  });
});
