import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import { Users } from '../../src/runtime/users';
import { FakeClock } from '../support/fake-clock';

const node = (id: string): Node => ({ id }) as Node;

describe('Users', () => {
  let clock: FakeClock;
  let log: string[];
  let users: Users;
  beforeEach(() => {
    clock = new FakeClock();
    log = [];
    users = new Users(
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
});
