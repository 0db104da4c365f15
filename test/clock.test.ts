import assert from 'node:assert/strict';
import { sleep, systemClock } from '../src/clock';
import { FakeClock } from './support/fake-clock';

describe('systemClock', () => {
  it('calls also when less than a millisecond is asked for', async () => {
    for (const delayMs of [0, 0.3, 5]) await new Promise<void>((resolve) => systemClock.after(delayMs, resolve));
  });

  it('does not call after a timer was cancelled', async () => {
    let calls = 0;
    const timers = [0, 0.5, 3].map((delay) => systemClock.after(delay, () => calls++));
    for (const timer of timers) timer.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(calls, 0);
  });
});

describe('sleep', () => {
  it('ends with its time, or with the signal, and leaves nothing behind', async () => {
    const clock = new FakeClock();
    const run = new AbortController();
    let ended = 0;
    const note = (): void => {
      ended++;
    };
    void sleep(clock, 1000, run.signal).then(note);
    void sleep(clock, 5000, run.signal).then(note);
    await clock.tick(1000);
    assert.equal(ended, 1);
    run.abort();
    await clock.tick(0);
    assert.deepEqual([ended, clock.timers], [2, 0]);
    await sleep(clock, 1000, run.signal);
    assert.equal(clock.timers, 0);
  });
});
