// Puts every protocol through faults at random, for longer than the tests do: `npm run faults`, a million exchanges, or
// `npm run faults -- 200000 daly` for so many over all protocols, and some of these only. `npm run faults -- --witness`
// damages the answers of boards that share no table with the codec, 50,000 exchanges each; `-- --witness 10000 jbd` too.
import { compile } from './build.mjs';
import { ensureInstalled, node } from './setup.mjs';

const WITNESS = '--witness';
const words = process.argv.slice(2);
const isWitness = words.includes(WITNESS);
const [exchanges = isWitness ? '50000' : '1000000', protocols = ''] = words.filter((word) => word !== WITNESS);
const [tests, what, environment] = isWitness
  ? ['build/test/witness/ordeal.test.js', 'answers damaged at random', { WITNESS_EXCHANGES: exchanges }]
  : ['build/test/session/faults.test.js', 'faults at random', { FAULT_EXCHANGES: exchanges }];

ensureInstalled();
const options = ['--no-config', '--enable-source-maps', '--grep', `${what}.*${protocols}`];
process.exitCode = compile('tsconfig.test.json')
  ? node('node_modules/mocha/bin/mocha.js', [...options, tests], environment)
  : 1;
