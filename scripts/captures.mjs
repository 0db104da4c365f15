// Prints which values of which protocol are proved by captured frames, and by how many: `npm run coverage:captures`. With
// `-- --write` it writes the table to docs/protocols/captures.md too.
import { compile } from './build.mjs';
import { ensureInstalled, node } from './setup.mjs';
import { spawnSync } from 'node:child_process';

ensureInstalled();
const write = process.argv.includes('--write');
process.exitCode = compile('tsconfig.test.json')
  ? node('build/test/captures/main.js', process.argv.slice(2), { NODE_OPTIONS: '--enable-source-maps' })
  : 1;
if (write && process.exitCode === 0)
  spawnSync('npx', ['prettier', '--write', 'docs/protocols/captures.md'], { stdio: 'inherit' });
