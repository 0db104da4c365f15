// Makes sure that the dependencies are there, so that every command works from a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The package's folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const OLDEST_NODE = [20, 19];

/** Ends the process with a clear message when this Node.js is too old for what we depend on. */
function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(`This needs Node.js ${OLDEST_NODE.join('.')} or later; here is ${process.version}.`);
  process.exit(1);
}

/** How npm is started on every system: by its script where npm tells us, else by its name. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /\.c?js$/.test(script)) return { command: process.execPath, prefix: [script], shell: false };
  // Windows starts .cmd files through a shell only.
  if (process.platform === 'win32') return { command: 'npm.cmd', prefix: [], shell: true };
  return { command: 'npm', prefix: [], shell: false };
}

/**
 * Runs npm in the package's folder, or in `options.cwd`.
 * @returns what it printed on stdout, when `options.stdio` is not 'inherit'
 * @throws Error when npm fails
 */
export function npm(args, options = {}) {
  const { command, prefix, shell } = npmCommand();
  // A shell splits at blanks, in paths too.
  const quoted = shell ? args.map((arg) => (/[\s&()^]/.test(arg) ? `"${arg}"` : arg)) : args;
  const result = spawnSync(command, [...prefix, ...quoted], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
    env: { ...process.env, ...options.env },
    shell,
  });
  if (result.error) throw new Error(`npm does not start: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`npm ${args.join(' ')} failed.`);
  return result.stdout ?? '';
}

/**
 * Installs packages of the npm registry into a folder of their own under `.cache/`, unless they are there.
 * @param packages with their versions
 * @returns the folder
 */
export function installApart(name, packages) {
  const home = join(ROOT, '.cache', name);
  const complete = join(home, 'complete');
  const wanted = packages.join(' ');
  if (existsSync(complete) && readFileSync(complete, 'utf8') === wanted) return home;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: `openbms-${name}`, private: true }));
  npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], { cwd: home, stdio: 'inherit' });
  writeFileSync(complete, wanted);
  return home;
}

/** What `npm test` has made: the packed package, and the compiled tests. Ends the process when it has not run. */
export function packedByTest() {
  const packed = join(ROOT, '.cache', 'pack');
  const tarball = existsSync(packed) && readdirSync(packed).find((file) => file.endsWith('.tgz'));
  if (tarball && existsSync(join(ROOT, 'build', 'test'))) return join(packed, tarball);
  console.error('There is no packed package; run npm test first.');
  process.exit(1);
}

/** Runs a Node.js script with our own output. @returns its exit code */
export function node(script, args = [], env = {}) {
  const result = spawnSync(process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

/** Whether the optional dependencies are there, which the tests need. */
function hasOptional() {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.keys(optionalDependencies).every((name) => existsSync(join(ROOT, 'node_modules', name)));
}

/** Whether the dependencies belong to another checkout: installing would take them away from it. */
function isLinked() {
  return lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** The packages of a lock file by their folders, without the one that it belongs to; none when there is no such file. */
function packagesIn(...path) {
  const file = join(ROOT, ...path);
  if (!existsSync(file)) return new Map();
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  return new Map(Object.entries(packages).filter(([folder]) => folder !== ''));
}

/**
 * Whether the dependencies are those of the lock file, no more and no less, whenever they were installed: a copy, or a
 * link to those of another checkout, is as good. What is for another platform may be missing.
 */
function isInstalled() {
  const [wanted, installed] = [packagesIn('package-lock.json'), packagesIn('node_modules', '.package-lock.json')];
  const isSame = ([folder, { version, integrity, optional, devOptional }]) => {
    const found = installed.get(folder);
    if (found === undefined) return optional === true || devOptional === true;
    return found.version === version && found.integrity === integrity;
  };
  return [...wanted].every(isSame) && [...installed.keys()].every((folder) => wanted.has(folder));
}

/** Installs the dependencies when they are missing or not those of the lock file. */
export function ensureInstalled() {
  requireNode();
  // The package itself is there too when npm installs it: without its lock file there is nothing to compare.
  if (!existsSync(join(ROOT, 'package-lock.json'))) return;
  if (isInstalled() && hasOptional()) return;
  if (isLinked()) {
    console.error('node_modules is a link to dependencies that are missing or not those of the lock file.');
    process.exit(1);
  }
  console.log('Installing the dependencies ...');
  // All binaries come ready-made. One optional library has an install script that fails without a compiler, and npm
  // would leave it out.
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: ['ignore', 'inherit', 'inherit'] });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) ensureInstalled();
