import assert from 'node:assert/strict';
import { ENDED, Lifetime } from '../../src/session/lifetime';

describe('Lifetime', () => {
  it('is over before it has begun, and after its end', () => {
    const lifetime = new Lifetime();
    assert.equal(lifetime.signal, ENDED);
    lifetime.end();
    const signal = lifetime.start();
    assert.deepEqual([signal?.aborted, lifetime.signal], [false, signal]);
    lifetime.end();
    assert.deepEqual([signal?.aborted, lifetime.signal], [true, ENDED]);
  });

  it('begins once, and has another signal for each run', () => {
    const lifetime = new Lifetime();
    const first = lifetime.start();
    assert.equal(lifetime.start(), undefined);
    lifetime.end();
    const second = lifetime.start();
    assert.notEqual(second, first);
    assert.deepEqual([first?.aborted, second?.aborted], [true, false]);
  });

  it('has no run any more when its listeners hear the end, so that they may begin the next', () => {
    const lifetime = new Lifetime();
    const seen: (boolean | undefined)[] = [];
    lifetime.start()?.addEventListener('abort', () => {
      seen.push(lifetime.signal.aborted, lifetime.start()?.aborted);
    });
    lifetime.end();
    assert.deepEqual([seen, lifetime.signal.aborted], [[true, false], false]);
  });
});
