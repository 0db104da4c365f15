// Runs the tests of the packed package in a real Node-RED 5, which needs a newer Node.js than this one may be:
// `npm run test:node-red-5`, after `npm test`. Both come from the npm registry into .cache/.
import { join } from 'node:path';
import { installApart, node, packedByTest } from './setup.mjs';

const NODE_RED = '5.0.7';
const NODE = '22.23.3';
const OLDEST_NODE_MAJOR = 22;

const isNewEnough = Number(process.versions.node.split('.')[0]) >= OLDEST_NODE_MAJOR;
const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const wanted = [`node-red@${NODE_RED}`, ...(isNewEnough ? [] : [`${nodePackage}@${NODE}`])];

const home = installApart(`node-red-${NODE_RED}`, wanted);
const tarball = packedByTest();
const tests = [
  '--spec',
  'build/test/runtime/node-red.test.js',
  '--no-config',
  '--reporter',
  'scripts/mocha-reporter.cjs',
];
process.exitCode = node('node_modules/mocha/bin/mocha.js', tests, {
  OPENBMS_TARBALL: tarball,
  NODE_RED_HOME: home,
  ...(isNewEnough ? {} : { NODE_BINARY: join(home, 'node_modules', nodePackage, 'bin', 'node') }),
});
