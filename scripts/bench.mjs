// Measures what a poll costs next to the wire, and decoding: `npm run bench`, or `npm run bench -- daly` for some.
import { compile } from './build.mjs';
import { ensureInstalled, node } from './setup.mjs';

ensureInstalled();
process.exitCode = compile('tsconfig.test.json') ? node('build/test/bench/bench.js', process.argv.slice(2)) : 1;
