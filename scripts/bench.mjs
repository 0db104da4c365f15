// Measures what a poll costs next to the wire, decoding, and Bluetooth: `npm run bench`, `npm run bench -- daly` for some
// protocols on the wire, `npm run bench -- ble` for Bluetooth.
import { compile } from './build.mjs';
import { ensureInstalled, node } from './setup.mjs';

ensureInstalled();
process.exitCode = compile('tsconfig.test.json') ? node('build/test/bench/bench.js', process.argv.slice(2)) : 1;
