import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside `package.json`, from `dist/src` and from the build of the tests. */
const PACKAGE = join(__dirname, '..', '..', 'package.json');

/** Name and version of this package. */
export function packageInfo(): { readonly name: string; readonly version: string } {
  return JSON.parse(readFileSync(PACKAGE, 'utf8')) as { name: string; version: string };
}
