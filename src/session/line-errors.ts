import { BmsError, NotSentError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';
import { adviceFor } from './line-advice';
import type { LineKind } from './line-needs';

/** Why an exchange was cut short by opening the line afresh: nothing to do with whether the board answers. */
export class LineReopenedError extends BmsError {
  constructor(message: Sentence) {
    super('timeout', message);
  }
}

/** Why nothing is sent on a line that is left to something else for some time yet. */
export function pausedError(line: string, restMs: number): BmsError {
  const seconds = Math.ceil(restMs / 1000);
  return new NotSentError(
    'closed',
    say`${line} is released for ${seconds} s more, nothing was sent; send { action: "release", seconds: 0 } to take it back.`,
  );
}

/** @param cause of the last fall; a bridge in another mode falls for that reason, which says more */
export function keepsFallingError(line: LineKind & { name: string }, cause: BmsError): BmsError {
  if (cause.word === 'bridge_mode') return cause;
  const looks = adviceFor(line).falls;
  return new BmsError('disconnected', say`${line.name} keeps being lost, several times a minute: ${looks}.`, cause);
}

export function floodError(line: string): BmsError {
  return new BmsError(
    'malformed',
    say`${line} sends more than 1 MiB in a second, which no battery does; check what is at its other end.`,
  );
}
