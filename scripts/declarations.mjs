// The declarations that users of the library compile with.
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './setup.mjs';

/** The declarations that `exports` of package.json name. */
export function publicDoors() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [join(ROOT, types)]));
}

/** Removes declarations of what cannot be imported from outside: it may change in every version. */
export function keepPublicDeclarations(dist) {
  const kept = new Set();
  const keep = (file) => {
    if (kept.has(file)) return;
    kept.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
      const target = join(dirname(file), path);
      keep(existsSync(`${target}.d.ts`) ? `${target}.d.ts` : join(target, 'index.d.ts'));
    }
  };
  for (const door of publicDoors()) keep(door);
  for (const file of readdirSync(dist, { recursive: true })) {
    const path = join(dist, file);
    if (file.endsWith('.d.ts') && !kept.has(path)) rmSync(path);
  }
}
