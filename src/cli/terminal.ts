import { createInterface } from 'node:readline/promises';
import { Interrupted } from './exit';

/** Where a command writes, and whom it asks. */
export interface Terminal {
  /** whether a person looks on, who can be asked */
  readonly isInteractive: boolean;
  /** Results, for people or for programs: standard output. */
  print(text: string): void;
  /** Progress, hints and errors: standard error. */
  note(text: string): void;
  /** @returns what was typed. @throws Interrupted when the user, or the signal, ends it */
  ask(question: string, signal: AbortSignal): Promise<string>;
}

/** The terminal that this process has. */
export function processTerminal(): Terminal {
  return {
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    ask: async (question, signal) => {
      const asking = createInterface({ input: process.stdin, output: process.stderr });
      // Ctrl-C and Ctrl-D close it, and leave the question open.
      const closed = new Promise<never>((_resolve, reject) => asking.once('close', () => reject(new Interrupted())));
      // After an answer nobody waits for it.
      closed.catch(() => undefined);
      try {
        return await Promise.race([asking.question(question, { signal }), closed]);
      } catch (error) {
        throw error instanceof Error && error.name === 'AbortError' ? new Interrupted() : error;
      } finally {
        asking.close();
      }
    },
  };
}
