import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage } from './coverage';
import { mutated } from './mutations';
import type { Random } from './random';
import type { FuzzTarget } from './target';
import type { Watchdog } from './watchdog';

/** Inputs between two looks at the coverage; which of them brought something new is found out by running them again. */
const BATCH = 250;

const TRIES_TO_SHORTEN = 400;

/** Findings of one kind are kept once. */
const MOST_FINDINGS = 20;

export interface Finding {
  error: Error;
  input: Buffer;
}

export interface FuzzOptions {
  target: FuzzTarget;
  seconds: number;
  /** holds what was found out, for the next time, and the findings */
  folder: string;
  random: Random;
  coverage: Coverage;
  watchdog: Watchdog;
}

/** Looks for inputs that a target does not stand: mutates those that have reached new code, time and again. */
export class Fuzzer {
  executions = 0;
  readonly findings = new Map<string, Finding>();
  private readonly corpus: Buffer[] = [];
  private readonly known = new Set<string>();

  constructor(private readonly options: FuzzOptions) {}

  get size(): number {
    return this.corpus.length;
  }

  async run(): Promise<void> {
    const { target, seconds, random, coverage } = this.options;
    const until = performance.now() + seconds * 1000;
    for (const seed of [...target.seeds(), ...this.stored(), Buffer.alloc(1)]) await this.consider(seed);
    while (performance.now() < until && this.findings.size < MOST_FINDINGS) {
      const batch = Array.from({ length: BATCH }, () => mutated(this.any(random), this.any(random), random));
      for (const input of batch) {
        await this.execute(input);
        if (performance.now() >= until) break;
      }
      if (coverage.look() === 0) continue;
      coverage.forgetLatest();
      for (const input of batch) await this.consider(input);
    }
  }

  private any(random: Random): Buffer {
    // The newest are the most promising.
    const late = random.below(2) === 0 ? Math.max(0, this.corpus.length - 20) : 0;
    return this.corpus[late + random.below(this.corpus.length - late)] ?? Buffer.alloc(1);
  }

  /** Keeps an input that reaches code which none has reached before. */
  private async consider(input: Buffer): Promise<void> {
    const { coverage } = this.options;
    const isFirst = this.corpus.length === 0;
    await this.execute(input);
    if (coverage.look() === 0) return;
    const name = createHash('sha1').update(input).digest('hex').slice(0, 16);
    if (this.known.has(name)) return;
    this.known.add(name);
    this.corpus.push(input);
    if (!isFirst) this.store('corpus', name, input);
  }

  private async execute(input: Buffer): Promise<void> {
    this.executions++;
    const error = await this.failureOf(input);
    if (error === undefined || this.findings.has(kindOf(error))) return;
    const shortest = await this.shortened(input, kindOf(error));
    this.findings.set(kindOf(error), { error, input: shortest });
    this.store('findings', createHash('sha1').update(kindOf(error)).digest('hex').slice(0, 16), shortest);
  }

  private async failureOf(input: Buffer): Promise<Error | undefined> {
    const { target, watchdog } = this.options;
    watchdog.begin(input);
    try {
      await target.run(input);
      return undefined;
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    } finally {
      watchdog.end();
    }
  }

  /** The same failure with less. */
  private async shortened(input: Buffer, kind: string): Promise<Buffer> {
    let shortest = input;
    let tries = 0;
    for (let size = input.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < shortest.length && tries < TRIES_TO_SHORTEN; tries++) {
        const candidate = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + size)]);
        const error = await this.failureOf(candidate);
        if (error !== undefined && kindOf(error) === kind) shortest = candidate;
        else at += size;
      }
    }
    return shortest;
  }

  private stored(): Buffer[] {
    const folder = join(this.options.folder, 'corpus');
    mkdirSync(folder, { recursive: true });
    return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  }

  private store(kind: 'corpus' | 'findings', name: string, input: Buffer): void {
    const folder = join(this.options.folder, kind);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), input);
  }
}

/** Failures that differ in figures only, at the same place, are one. */
function kindOf(error: Error): string {
  const place = /\n\s+at .*/.exec(error.stack ?? '')?.[0] ?? '';
  return `${error.message.replace(/"[^"]*"|\d+/g, '#').slice(0, 100)}${place}`;
}
