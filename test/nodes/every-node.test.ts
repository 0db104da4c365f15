import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { NODE_PROPERTIES } from '../fuzz/nodes-target';
import { Scene } from '../life/life';
import { PLAIN } from '../life/settings';
import type { Config } from '../support/fake-red';
import { NODE_TYPES } from '../support/node-types';
import { baseFlow } from '../support/storm-flows';

/** Where nodes meet what goes wrong: a node that is missing there is tested for nothing of it. */
const WHERE: Readonly<Record<string, () => readonly Config[]>> = {
  'NODE_PROPERTIES of test/fuzz/nodes-target.ts': () => NODE_PROPERTIES,
  'flow() of test/life/life.ts': () => {
    const scene = new Scene(PLAIN);
    scene.world.dispose();
    return scene.flow();
  },
  'packOn() of test/support/storm-flows.ts': () => baseFlow({ serialPort: '', tcpPort: 0 }),
};

describe('every node of package.json', () => {
  for (const [where, nodes] of Object.entries(WHERE)) {
    it(`is in ${where}`, () => {
      const present = new Set(nodes().map(({ type }) => type));
      const missing = NODE_TYPES.filter((type) => !present.has(type));
      assert.deepEqual(missing, [], `not in ${where}`);
    });
  }

  it('has tests of its own in test/nodes', () => {
    const tests = readdirSync('test/nodes');
    assert.deepEqual(
      NODE_TYPES.filter((type) => !tests.some((file) => file.startsWith(type))),
      [],
    );
  });
});
