import { systemClock } from '../../src/clock';
import { runCommand } from '../../src/cli/program';

/** What a command has said, and how it ended. */
export interface CommandRun {
  readonly code: number;
  readonly printed: readonly string[];
  readonly noted: readonly string[];
  readonly questions: readonly string[];
}

/** Runs a command line in this process. @param answers of the user; without them there is no terminal to ask at */
export async function runLine(
  args: readonly string[],
  { answers, signal = new AbortController().signal }: { answers?: string[]; signal?: AbortSignal } = {},
): Promise<CommandRun> {
  const run = { printed: [] as string[], noted: [] as string[], questions: [] as string[] };
  const terminal = {
    isInteractive: answers !== undefined,
    print: (text: string) => void run.printed.push(text),
    note: (text: string) => void run.noted.push(text),
    ask: async (question: string) => {
      run.questions.push(question);
      return answers?.shift() ?? '';
    },
  };
  return { ...run, code: await runCommand(args, { terminal, clock: systemClock, signal }) };
}
