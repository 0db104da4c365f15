// Installs the packed package as users do, on a system without compiler and tools, and runs it in a real Node-RED:
// `npm run test:install`, after `npm test`. What it installs comes from the npm registry.
import { node, packedByTest } from './setup.mjs';

process.exitCode = node(
  'node_modules/mocha/bin/mocha.js',
  [
    '--enable-source-maps',
    '--no-config',
    ...['--spec', 'build/test/install/**/*.test.js', '--reporter', 'scripts/mocha-reporter.cjs'],
    ...(process.env.CI ? ['--forbid-only'] : []),
    ...process.argv.slice(2),
  ],
  { OPENBMS_TARBALL: packedByTest() },
);
