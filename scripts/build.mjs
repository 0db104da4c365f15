// Builds dist/: what the package ships. Also run by npm before it packs.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { keepPublicDeclarations } from './declarations.mjs';
import { dialogFile } from './dialog-code.mjs';
import { ensureInstalled, node, npm, ROOT } from './setup.mjs';

/** Compiles one TypeScript project. @returns whether it is free of errors */
export function compile(project) {
  return node('node_modules/typescript/bin/tsc', ['-p', project]) === 0;
}

/** Puts beside the compiled nodes what Node-RED looks for there: dialogs, texts, icons. */
export function copyEditorFiles(target) {
  const nodes = join(ROOT, 'nodes');
  for (const file of readdirSync(nodes)) {
    if (file.endsWith('.html')) writeFileSync(join(target, 'nodes', file), dialogFile(join(nodes, file)));
  }
  // Copies, never links: npm leaves links out of the tarball.
  cpSync(join(nodes, 'locales'), join(target, 'nodes', 'locales'), { recursive: true, dereference: true });
  const icons = join(ROOT, 'icons');
  if (existsSync(icons)) cpSync(icons, join(target, 'nodes', 'icons'), { recursive: true, dereference: true });
}

/** @returns whether dist/ is complete */
export function build() {
  ensureInstalled();
  const dist = join(ROOT, 'dist');
  // Nothing of a file that has gone may be shipped.
  rmSync(dist, { recursive: true, force: true });
  if (!compile('tsconfig.json')) return false;
  copyEditorFiles(dist);
  keepPublicDeclarations(dist);
  return true;
}

/** Packs dist/ as it is, as it would be published. @returns the path of the tarball, the only file in the folder */
export function pack(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The build has just run: without scripts it does not run a second time.
  const output = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  // A list with npm 11; Object.values also takes an object by package name.
  return join(folder, Object.values(JSON.parse(output))[0].filename);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = build() ? 0 : 1;
