// Fuzzes everything that takes input from outside, guided by the coverage that V8 counts: `npm run fuzz`, a minute for
// each target, or `npm run fuzz -- --seconds=600 codec/daly session` for some of them and as long as you like. What has
// reached new code is kept in .cache/fuzz/<target>/corpus for the next time, what was not stood in findings/ beside it;
// `npm run fuzz -- --input=<file> codec/daly` runs that once more. A finding that is mended goes to test/regressions/.
// It is a program of our own: the addon of @jazzer.js/core 4 loads only with glibc 2.38 or later, older releases want
// a compiler at installation.
import { compile, copyEditorFiles } from './build.mjs';
import { join } from 'node:path';
import { ensureInstalled, node, ROOT } from './setup.mjs';

ensureInstalled();
const isBuilt = compile('tsconfig.test.json');
if (isBuilt) copyEditorFiles(join(ROOT, 'build'));
process.exitCode = isBuilt
  ? node('build/test/fuzz/main.js', process.argv.slice(2), { NODE_OPTIONS: '--enable-source-maps' })
  : 1;
