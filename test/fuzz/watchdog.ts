import { Worker } from 'node:worker_threads';
import { LONGEST_INPUT } from './mutations';

/** An input that takes longer is a hang. Nothing that our code does with one takes a tenth of it. */
const LIMIT_MS = 10_000;

const HEAD = 8;

/**
 * Ends the process when an input does not come to an end, from a thread of its own as the main one cannot any more,
 * and keeps that input.
 */
export class Watchdog {
  private readonly shared = new SharedArrayBuffer(HEAD + LONGEST_INPUT);
  /** which input is running, and its length; 0 = none */
  private readonly head = new Int32Array(this.shared, 0, 2);
  private readonly input = new Uint8Array(this.shared, HEAD);
  private readonly worker: Worker;

  /** @param file where the input that hangs is put */
  constructor(file: string) {
    this.worker = new Worker(GUARD, {
      eval: true,
      workerData: { shared: this.shared, file, limitMs: LIMIT_MS, head: HEAD },
    });
    this.worker.unref();
  }

  begin(input: Uint8Array): void {
    this.input.set(input.subarray(0, LONGEST_INPUT));
    Atomics.store(this.head, 1, Math.max(1, input.length));
    Atomics.add(this.head, 0, 1);
  }

  end(): void {
    Atomics.store(this.head, 1, 0);
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

const GUARD = `
const { workerData: { shared, file, limitMs, head } } = require('node:worker_threads');
const { mkdirSync, writeFileSync, writeSync } = require('node:fs');
const { dirname } = require('node:path');
const numbers = new Int32Array(shared, 0, 2);
let last = -1;
setInterval(() => {
  const [running, length] = [Atomics.load(numbers, 0), Atomics.load(numbers, 1)];
  if (length > 0 && running === last) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(new Uint8Array(shared, head, length)));
    writeSync(2, 'An input does not come to an end; it is kept in ' + file + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  last = running;
}, limitMs);
`;
