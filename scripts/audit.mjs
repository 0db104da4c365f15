// Asks the registry whether it knows of vulnerabilities in what users install: `npm run audit`. A finding is a failure;
// a registry that has no such service is said and is none.
import { spawnSync } from 'node:child_process';
import { npmCommand, ROOT } from './setup.mjs';

const { command, prefix, shell } = npmCommand();
const args = [...prefix, 'audit', '--omit=dev', '--json'];
const { stdout, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', shell });
if (error) throw error;

const report = reportIn(stdout);
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const why = report?.message ?? report?.error?.summary ?? 'no answer';
  console.log(`SKIPPED: the registry here offers no audit (${String(why).split('\n')[0]}).`);
} else {
  for (const [name, { severity, range }] of Object.entries(report.vulnerabilities)) {
    console.log(`${name} ${range}: ${severity}`);
  }
  console.log(counts.total === 0 ? 'No known vulnerabilities.' : `${counts.total} known vulnerabilities.`);
  process.exitCode = counts.total === 0 ? 0 : 1;
}

function reportIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
