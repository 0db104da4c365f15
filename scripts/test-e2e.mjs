// Runs the editor and the examples with real services, and Bluetooth with strangers: `npm run test:e2e`, after `npm test`.
// The further nodes and libraries come from the npm registry into .cache/; the services are programs of the system, and
// .ci/run installs them: Debian's packages mosquitto, mosquitto-clients, influxdb, chromium and bluez-test-tools.
// `npm run test:e2e -- --grep MQTT` runs some; `npm run pictures` only those that take the pictures of the README, into
// docs/pictures/ instead of .cache/pictures/.
import { join } from 'node:path';
import { nodeRed5 } from './node-red-5.mjs';
import { installApart, node, packedByTest, ROOT } from './setup.mjs';

const WANTED = [
  'node-red-contrib-influxdb@0.7.0',
  '@flowfuse/node-red-dashboard@1.31.0',
  'playwright-core@1.65.1',
  '@stoprocent/bleno@0.12.4',
];

const home = installApart('e2e', WANTED);
const tarball = packedByTest();
const newer = nodeRed5();
const forReadme = process.argv.includes('--pictures');
const chosen = forReadme ? ['--grep', '^pictures? of'] : process.argv.slice(2);
const tests = ['--no-config', '--reporter', 'scripts/mocha-reporter.cjs', ...(process.env.CI ? ['--forbid-only'] : [])];
process.exitCode = node(
  'node_modules/mocha/bin/mocha.js',
  ['--enable-source-maps', '--spec', 'build/test/e2e/**/*.test.js', ...tests, ...chosen],
  {
    OPENBMS_TARBALL: tarball,
    OPENBMS_E2E_HOME: home,
    OPENBMS_NODE_RED_5_HOME: newer.home,
    OPENBMS_NODE_RED_5_BINARY: newer.binary,
    ...(forReadme ? { OPENBMS_PICTURES: join(ROOT, 'docs', 'pictures') } : {}),
  },
);
