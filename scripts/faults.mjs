// Puts every protocol through faults at random, for longer than the tests do: `npm run faults`, a million exchanges, or
// `npm run faults -- 200000 daly` for so many over all protocols, and some of these only.
import { compile } from './build.mjs';
import { ensureInstalled, node } from './setup.mjs';

const [exchanges = '1000000', protocols = ''] = process.argv.slice(2);

ensureInstalled();
const options = ['--no-config', '--enable-source-maps', '--grep', `faults at random ${protocols}`];
const tests = 'build/test/session/faults.test.js';
process.exitCode = compile('tsconfig.test.json')
  ? node('node_modules/mocha/bin/mocha.js', [...options, tests], { FAULT_EXCHANGES: exchanges })
  : 1;
