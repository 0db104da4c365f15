// Runs the tests of the packed package in a real Node-RED 5, which needs a newer Node.js than this one may be:
// `npm run test:node-red-5`, after `npm test`. Both come from the npm registry into .cache/.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, npm, ROOT } from './setup.mjs';

const NODE_RED = '5.0.7';
const NODE = '22.23.3';
const OLDEST_NODE_MAJOR = 22;

const home = join(ROOT, '.cache', `node-red-${NODE_RED}`);
const isNewEnough = Number(process.versions.node.split('.')[0]) >= OLDEST_NODE_MAJOR;
const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

if (!existsSync(join(home, 'complete'))) {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "name": "node-red-5", "private": true }');
  const wanted = [`node-red@${NODE_RED}`, ...(isNewEnough ? [] : [`${nodePackage}@${NODE}`])];
  npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', ...wanted], { cwd: home, stdio: 'inherit' });
  writeFileSync(join(home, 'complete'), '');
}

const packed = join(ROOT, '.cache', 'pack');
const tarball = existsSync(packed) && readdirSync(packed).find((file) => file.endsWith('.tgz'));
if (!tarball) {
  console.error('There is no packed package; run npm test first.');
  process.exit(1);
}
const tests = [
  '--spec',
  'build/test/runtime/node-red.test.js',
  '--no-config',
  '--reporter',
  'scripts/mocha-reporter.cjs',
];
process.exitCode = node('node_modules/mocha/bin/mocha.js', tests, {
  OPENBMS_TARBALL: join(packed, tarball),
  NODE_RED_HOME: home,
  ...(isNewEnough ? {} : { NODE_BINARY: join(home, 'node_modules', nodePackage, 'bin', 'node') }),
});
