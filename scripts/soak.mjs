// Lets 20 packs run amid faults and fails when anything grows: `npm run soak` for ten minutes, `npm run soak -- 2h` for
// longer, `npm run soak -- --simulated 24h` with a simulated clock; `npm run soak -- --short` both for a moment.
import { join } from 'node:path';
import { compile } from './build.mjs';
import { ensureInstalled, node, ROOT } from './setup.mjs';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000 };

/** @returns ms of a text such as 90s, 10m, 24h */
function msOf(text) {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`Say how long as in 90s, 10m or 24h, not ${text}.`);
  return Number(number) * UNITS[unit];
}

/** @returns for each file of build/test/soak/ that is to run, how long it takes, ms */
function wanted(options) {
  const isSimulated = options.includes('--simulated');
  const [length] = options.filter((option) => !option.startsWith('--'));
  if (options.includes('--short')) return { simulated: msOf('30m'), real: msOf('30s') };
  return isSimulated ? { simulated: msOf(length ?? '24h') } : { real: msOf(length ?? '10m') };
}

ensureInstalled();
const runs = wanted(process.argv.slice(2));
if (!compile('tsconfig.test.json')) {
  console.log('The code does not compile, so nothing ran.\n0 passed, 1 failed');
  process.exit(1);
}
const files = Object.keys(runs).map((name) => join('build', 'test', 'soak', `${name}.js`));
process.exitCode = node(
  'node_modules/mocha/bin/mocha.js',
  ['--no-config', '--reporter', join(ROOT, 'scripts', 'mocha-reporter.cjs'), '--enable-source-maps', ...files],
  { OPENBMS_SOAK_MS: String(runs.real), OPENBMS_SOAK_SIMULATED_MS: String(runs.simulated) },
);
