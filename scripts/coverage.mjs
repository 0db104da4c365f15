// How much of src/ the tests run: the table by folder, and whether it is enough. For `npm test -- --coverage`.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { node, ROOT } from './setup.mjs';

/** Percent of src/ that the tests must run. */
const LEAST = { lines: 95, branches: 90 };

const collected = join(ROOT, '.cache', 'coverage');
const report = join(ROOT, 'coverage');

/** Forgets the last run. @returns the options of mocha and the environment of a run that is measured */
export function measured() {
  rmSync(collected, { recursive: true, force: true });
  return { options: ['--require', 'scripts/measure-alone.cjs'], env: { NODE_V8_COVERAGE: collected } };
}

/**
 * Prints the figures of the run, and writes what was not run to coverage/index.html.
 * @returns what falls short, a sentence each
 */
export function coverageProblems() {
  rmSync(report, { recursive: true, force: true });
  const code = node('node_modules/c8/bin/c8.js', [
    'report',
    ...['--temp-directory', collected, '--reports-dir', report],
    // The code that runs is compiled; what counts is what it was compiled from.
    ...['--exclude-after-remap', '--include', 'src/**/*.ts', '--all', '--src', 'src'],
    ...typeFiles().flatMap((file) => ['--exclude', file]),
    ...['--reporter', 'html', '--reporter', 'json-summary'],
  ]);
  if (code !== 0) return ['The coverage cannot be told.'];
  const { total, ...files } = JSON.parse(readFileSync(join(report, 'coverage-summary.json'), 'utf8'));
  printTable(files, total);
  return Object.entries(LEAST)
    .filter(([kind, least]) => total[kind].pct < least)
    .map(([kind, least]) => `The tests run ${total[kind].pct} % of the ${kind} of src/, less than ${least} %.`);
}

/** Files that declare types only: they are compiled to nothing, and nothing loads them. */
function typeFiles() {
  const built = join(ROOT, 'build', 'src');
  const isEmpty = (file) => {
    const code = readFileSync(join(built, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
    return /^"use strict";\s*(Object\.defineProperty\(exports, "__esModule", \{ value: true \}\);\s*)?$/.test(code);
  };
  return readdirSync(built, { recursive: true })
    .filter((file) => file.endsWith('.js') && isEmpty(file))
    .map((file) => `src/${file.replace(/\.js$/, '.ts').split(sep).join('/')}`);
}

function printTable(files, total) {
  const folders = {};
  for (const [file, figures] of Object.entries(files)) {
    const folder = relative(ROOT, join(file, '..')).split(sep).join('/');
    folders[folder] ??= { lines: { covered: 0, total: 0 }, branches: { covered: 0, total: 0 } };
    for (const kind of Object.keys(LEAST)) {
      folders[folder][kind].covered += figures[kind].covered;
      folders[folder][kind].total += figures[kind].total;
    }
  }
  const row = ({ lines, branches }) => ({ 'lines %': percent(lines), 'branches %': percent(branches) });
  const rows = Object.entries(folders)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([folder, figures]) => [folder, row(figures)]);
  console.log('\nWhat the tests run of src/; line by line in coverage/index.html:');
  console.table(Object.fromEntries([...rows, ['all', row(total)]]));
}

function percent({ covered, total }) {
  return total === 0 ? 100 : Math.floor((10_000 * covered) / total) / 100;
}
