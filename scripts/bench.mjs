// Measures speed and scale: `npm run bench` for all, or with words for a part: `-- wire`, `-- decode`, `-- scale`,
// `-- start`, `-- ble`, protocols such as `-- daly`, numbers of packs such as `-- scale 1 100`. CONTRIBUTING.md tells more.
import { join } from 'node:path';
import { build, compile, pack } from './build.mjs';
import { ensureInstalled, node, ROOT } from './setup.mjs';

/** Parts that run the packed package in a real Node-RED. */
const WITH_NODE_RED = ['scale', 'start'];

const words = process.argv.slice(2);
ensureInstalled();

/** @returns the path of the package's tarball, '' where none is needed; undefined when something does not compile */
function prepare() {
  const needsPackage = words.length === 0 || words.some((word) => WITH_NODE_RED.includes(word) || Number(word) > 0);
  if (needsPackage && !build()) return undefined;
  if (!compile('tsconfig.test.json')) return undefined;
  return needsPackage ? pack(join(ROOT, '.cache', 'pack')) : '';
}

const tarball = prepare();
const environment = tarball ? { OPENBMS_TARBALL: tarball } : {};
process.exitCode = tarball === undefined ? 1 : node('build/test/bench/bench.js', words, environment);
