// The package as `npm test` has packed it.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

/** @returns the path of the tarball; without one, or without compiled tests, it says so and ends the process */
export function packedPackage() {
  const folder = join(ROOT, '.cache', 'pack');
  const tarball = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (tarball && existsSync(join(ROOT, 'build', 'test'))) return join(folder, tarball);
  console.error('There is no packed package; run npm test first.');
  return process.exit(1);
}
