import { execFile, spawn, type ChildProcess } from 'node:child_process';

/** A program that a test starts and ends: a broker, a database. Its output is kept in `log`. */
export class Service {
  log = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private readonly waiting = new Set<() => void>();
  private failure: Error | undefined;

  /** @param onLine for a program whose output is more than a log */
  constructor(command: string, args: readonly string[], onLine?: (line: string) => void) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    // Also when the test run itself ends badly.
    const kill = (): void => void this.child.kill('SIGKILL');
    process.once('exit', kill);
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.failure = new Error(`${command} does not start: ${error.message}. Is it installed?`);
        resolve();
      });
      this.child.once('close', (code) => {
        this.failure ??= new Error(`${command} ended with ${code}:\n${this.log}`);
        resolve();
      });
    });
    void this.ended.then(() => {
      process.removeListener('exit', kill);
      this.wake();
    });
    let rest = '';
    const take = (text: Buffer): void => {
      this.log += text.toString();
      const lines = (rest + text.toString()).split('\n');
      rest = lines.pop() ?? '';
      if (onLine !== undefined) lines.forEach(onLine);
      this.wake();
    };
    this.child.stdout?.on('data', take);
    this.child.stderr?.on('data', onLine === undefined ? take : (text: Buffer) => (this.log += text.toString()));
  }

  /** Waits until the condition holds, which is asked after each output. @throws Error when the program has ended */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** Waits for a text in its output. */
  untilLogged(text: string): Promise<void> {
    return this.until(() => this.log.includes(text));
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** Runs a program to its end, whatever its code. @throws Error when it does not start */
export function finished(command: string, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve, reject) => {
    execFile(command, args, (error, stdout) => {
      const code = error?.code ?? 0;
      if (typeof code === 'number') resolve({ code, stdout });
      else reject(new Error(`${command}: ${error?.message}`));
    });
  });
}
