// Runs the tests of the packed package in a real Node-RED 5: `npm run test:node-red-5`, after `npm test`.
import { nodeRed5 } from './node-red-5.mjs';
import { node, packedByTest } from './setup.mjs';

const tarball = packedByTest();
const { home, binary } = nodeRed5();
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
  NODE_BINARY: binary,
});
