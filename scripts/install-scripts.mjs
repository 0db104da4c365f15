import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

/**
 * Packages that users install and that have an install script all the same, each with what makes it harmless: it only
 * looks for a ready-made addon, which the package brings along for the systems named, so that nothing is missing when it
 * does not run (`npm install --ignore-scripts`). It compiles only where there is none.
 */
const HARMLESS = {
  '@serialport/bindings-cpp': {
    script: 'node-gyp-build',
    systems: ['linux-x64', 'linux-arm64', 'linux-arm', 'darwin-x64+arm64', 'win32-x64'],
  },
};

/**
 * What is wrong with the install scripts of the packages that these dependencies need, directly or not.
 * @param packages of package-lock.json
 * @param dependencies of package.json
 */
export function* installScripts(packages, dependencies) {
  for (const path of requiredPaths(packages, Object.keys(dependencies ?? {}))) {
    if (!packages[path].hasInstallScript) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const harmless = HARMLESS[name];
    if (harmless === undefined) yield `${path} has an install script`;
    else yield* differences(path, harmless);
  }
}

/** Where a package is no longer what made its script harmless. */
function* differences(path, { script, systems }) {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'));
  for (const when of ['preinstall', 'install', 'postinstall']) {
    const wanted = when === 'install' ? script : undefined;
    if (scripts[when] !== wanted) yield `${path}: ${when} is "${scripts[when]}"`;
  }
  const present = readdirSync(join(ROOT, path, 'prebuilds'));
  for (const system of systems) if (!present.includes(system)) yield `${path} brings no addon for ${system}`;
}

/** Paths in the lock file of the packages that these names need, themselves included. */
function requiredPaths(packages, names) {
  const found = new Set();
  const visit = (from, name) => {
    const path = resolve(packages, from, name);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    for (const next of Object.keys(packages[path].dependencies ?? {})) visit(path, next);
  };
  for (const name of names) visit('', name);
  return found;
}

/** Where Node.js finds a package: in the folder of the one that wants it, or above. */
function resolve(packages, from, name) {
  for (let at = from; ; at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : '') {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (at === '') return undefined;
  }
}
