// Builds everything and runs the tests: `npm test`, or `npm test -- --grep daly` for some of them. With `--coverage` it
// also tells how much of src/ they run, and fails when that is not enough.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, compile, copyEditorFiles, pack } from './build.mjs';
import { coverageProblems, measured } from './coverage.mjs';
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
const isMeasured = process.argv.includes('--coverage');
const chosen = process.argv.slice(2).filter((option) => option !== '--coverage');
const { options, env } = isMeasured ? measured() : { options: [], env: {} };
if (process.env.CI) options.push('--forbid-only');
const summaryFile = join(ROOT, '.cache', 'test-summary.json');
rmSync(summaryFile, { force: true });
// With source maps, stack traces name the TypeScript lines.
process.exitCode = node('node_modules/mocha/bin/mocha.js', ['--enable-source-maps', ...options, ...chosen], {
  ...env,
  OPENBMS_TARBALL: tarball,
  OPENBMS_TEST_SUMMARY: summaryFile,
});

// Tests that ended too early say nothing of what they would have run.
if (isMeasured && existsSync(summaryFile)) {
  const problems = coverageProblems();
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) process.exitCode = 1;
  const { passed, failed, skipped } = JSON.parse(readFileSync(summaryFile, 'utf8'));
  const [more, less] = problems.length === 0 ? [1, 0] : [0, 1];
  console.log('%d passed, %d failed, %d skipped', passed + more, failed + less, skipped);
}
