import { CommanderError } from 'commander';
import { toBmsError } from '../battery/errors';
import type { Terminal } from './terminal';

/** What the command returns to the shell, besides what `bms check` returns to a monitor. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Ends a command that was interrupted by its user: no error. */
export class Interrupted extends Error {}

/** What a command ends with when it throws, told to the user. */
export function exitOf(thrown: unknown, terminal: Terminal): number {
  if (thrown instanceof Interrupted) return EXIT.interrupted;
  // Help and version end like this too; what they have to say is said.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { code, message } = toBmsError(thrown);
  terminal.note(`bms: ${message} (${code})`);
  return code === 'bad_value' ? EXIT.usage : EXIT.failed;
}
