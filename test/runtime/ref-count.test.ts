import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import { RefCount } from '../../src/runtime/ref-count';
import { FakeClock } from '../support/fake-clock';

const node = (id: string): Node => ({ id }) as Node;

describe('Users', () => {
  let clock: FakeClock;
  let log: string[];
  let users: RefCount;
  beforeEach(() => {
    clock = new FakeClock();
    log = [];
    users = new RefCount(
      () => log.push('first'),
      () => log.push('last'),
      clock,
    );
  });

  it('starts with the first and ends at once with the last that is gone for good', () => {
    users.add(node('a'));
    users.add(node('b'));
    users.remove(node('a'), true);
    assert.deepEqual(log, ['first']);
    users.remove(node('b'), true);
    assert.deepEqual(log, ['first', 'last']);
    assert.deepEqual(users.byId, {});
  });

  it('waits for a user that a deploy takes away and brings back', async () => {
    users.add(node('a'));
    users.remove(node('a'), false);
    await clock.tick(1000);
    users.add(node('a'));
    await clock.tick(10_000);
    assert.ok(!log.includes('last'));
    users.remove(node('a'), false);
    await clock.tick(10_000);
    assert.equal(log.filter((entry) => entry === 'last').length, 1);
  });

  it('leaves no timer when it is closed', () => {
    users.add(node('a'));
    users.remove(node('a'), false);
    users.close();
    assert.equal(clock.timers, 0);
  });

  it('starts for somebody who borrows it, and ends once with the last of all', async () => {
    const giveBack = users.borrow();
    assert.deepEqual(log, ['first']);
    assert.deepEqual(users.byId, {}, 'whoever borrows is no node that errors could be routed to');
    users.add(node('a'));
    await giveBack();
    await giveBack();
    assert.deepEqual(log, ['first']);
    const again = users.borrow();
    users.remove(node('a'), true);
    assert.deepEqual(log, ['first']);
    await again();
    assert.deepEqual(log, ['first', 'last']);
  });

  it('does nothing more for a borrower once it is closed', async () => {
    const giveBack = users.borrow();
    users.close();
    await giveBack();
    assert.deepEqual(log, ['first']);
    assert.equal(clock.timers, 0);
  });
});
