// Builds everything and runs the tests: `npm test`, or `npm test -- --grep daly` for some of them.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, compile, copyEditorFiles, pack } from './build.mjs';
import { node, ROOT } from './setup.mjs';

/** @returns the path of the package's tarball; undefined when something does not compile */
function prepare() {
  if (!build()) return undefined;
  const target = join(ROOT, 'build');
  rmSync(target, { recursive: true, force: true });
  if (!compile('tsconfig.test.json')) return undefined;
  copyEditorFiles(target);
  // Tests of what is shipped install this into a real Node-RED.
  return pack(join(ROOT, '.cache', 'pack'));
}

const tarball = prepare();
if (tarball === undefined) {
  console.log('The code does not compile, so no test ran.\n0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
// With source maps, stack traces name the TypeScript lines.
const options = ['--enable-source-maps', ...(process.env.CI ? ['--forbid-only'] : [])];
process.exitCode = node('node_modules/mocha/bin/mocha.js', [...options, ...process.argv.slice(2)], {
  OPENBMS_TARBALL: tarball,
});
