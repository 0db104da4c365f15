import assert from 'node:assert/strict';
import { faultsIn } from './oracle';
import { lives, nameOf } from './settings';
import { endWorld } from './world';

describe('every setting meets every event of life', function () {
  this.timeout(30_000);
  after(endWorld);
  for (const life of lives()) {
    it(nameOf(life), async () => {
      assert.deepEqual(await faultsIn(life), []);
    });
  }
});
