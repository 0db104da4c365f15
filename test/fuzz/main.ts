import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Coverage } from './coverage';
import { Fuzzer } from './fuzzer';
import { Random } from './random';
import { TARGETS } from './targets';
import { Watchdog } from './watchdog';

/**
 * `main.js [--seconds=60] [--seed=1] [word ...]`: fuzzes the targets whose names contain one of the words.
 * `main.js --input=file target`: runs one input again, with its stack trace.
 */
async function main(): Promise<number> {
  const options = new Map(
    process.argv.flatMap((arg) => (/^--\w+=/.test(arg) ? [arg.slice(2).split('=')] : [])) as [string, string][],
  );
  const words = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const file = options.get('input');
  if (file !== undefined) return repeat(words[0] ?? '', file);
  const seconds = Number(options.get('seconds') ?? 60);
  const seed = Number(options.get('seed') ?? Date.now() % 2 ** 31);
  const targets = TARGETS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  console.log(`${targets.length} targets, ${seconds} s each, seed ${seed}`);
  let found = 0;
  for (const target of targets) {
    const folder = join(process.cwd(), '.cache', 'fuzz', target.name.replace('/', '-'));
    const coverage = new Coverage((url) => /\/(src|nodes)\/[^?]*\.js$/.test(url) && !url.includes('node_modules'));
    const watchdog = new Watchdog(join(folder, 'findings', 'hang'));
    const fuzzer = new Fuzzer({ target, seconds, folder, random: new Random(seed), coverage, watchdog });
    await fuzzer.run();
    const { executions, size, findings } = fuzzer;
    console.log(
      `${target.name}: ${executions} executions, ${coverage.size} parts of the code, corpus ${size}, findings ${findings.size}`,
    );
    for (const { error, input } of findings.values())
      console.log(`  ${input.toString('base64')}\n  ${error.stack ?? error.message}`);
    found += findings.size;
    coverage.stop();
    await watchdog.stop();
  }
  console.log(found === 0 ? 'nothing found' : `${found} findings; the inputs are in .cache/fuzz/*/findings`);
  return found === 0 ? 0 : 1;
}

async function repeat(name: string, file: string): Promise<number> {
  const target = TARGETS.find((entry) => entry.name === name);
  if (target === undefined)
    throw new Error(`no target ${name}; there are ${TARGETS.map((entry) => entry.name).join(', ')}`);
  await target.run(readFileSync(file));
  console.log('The input is stood.');
  return 0;
}

void main().then((code) => process.exit(code));
