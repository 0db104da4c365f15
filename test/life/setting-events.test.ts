import assert from 'node:assert/strict';
import { Scene } from './life';
import { faultsOf } from './oracle';
import { lives, nameOf } from './settings';

describe('every setting meets every event of life', function () {
  this.timeout(30_000);
  for (const life of lives()) {
    it(nameOf(life), async () => {
      const scene = new Scene(life);
      try {
        await scene.play();
        await scene.finish();
        assert.deepEqual(faultsOf(scene), []);
      } finally {
        scene.world.dispose();
      }
    });
  }
});
