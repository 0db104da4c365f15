import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Clock } from '../../src/clock';
import { settle } from '../support/fake-clock';
import { Scene } from './life';
import { PLAIN } from './settings';
import { endWorld } from './world';

const load = createRequire(__filename);
const clockOfPackage = (): Clock => (load('../../src/clock') as { systemClock: Clock }).systemClock;

describe('a life that a test leaves in the midst, after a restart with modules of its own', () => {
  it('goes on no more, and the package has its modules and its clock back', async () => {
    const clock = clockOfPackage();
    const own = { ...clock };
    const { world } = new Scene(PLAIN);
    let isOver = false;
    world.start();
    void world.restart(0).then(async () => {
      await world.end();
      isOver = true;
    });
    while (clockOfPackage() === clock) await settle();
    endWorld();
    assert.equal(clockOfPackage(), clock);
    assert.deepEqual({ ...clock }, own);
    for (let i = 0; i < 20; i++) await settle();
    assert.equal(isOver, false);
    assert.equal(world.clock.timers, 0);
  });
});
