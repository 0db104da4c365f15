import { BmsError } from '../../battery/errors';

/** Codes with which a board grants: fine, set, read (ant.md 9.3). */
const GRANTED = new Set([0, 10, 11]);
const NO_PERMISSION = 1;
const TOO_LOW = 2;
const TOO_HIGH = 3;
const UNKNOWN_ADDRESS = 4;
const WRONG_PASSWORD = 5;

/** The level in force is too low for what was asked: the one refusal that a password cures (ant.md 9.1). */
export class NoPermission extends BmsError {
  constructor(name: string) {
    super('denied', `The board refuses ${name} without a password; enter its password in the device.`);
  }
}

/** Results of commands (ant.md 7). */
const DONE = 1;
const FORBIDDEN = 3;

/** What the result of a command means. @returns undefined when the board has taken it */
export function commandRefusalOf(result: number, name: string): BmsError | undefined {
  if (result === DONE) return undefined;
  if (result === FORBIDDEN) return new NoPermission(name);
  return new BmsError('rejected', `The board refuses ${name} with result ${result}; nothing was switched.`);
}

/**
 * What the result segment of an answer means to somebody who reads (ant.md 9.3).
 * @param result the code in it, or undefined when the answer has no such segment
 * @param name of what was asked
 * @param limit that a value would have to keep, in the units of the wire, where the board tells it
 * @returns undefined when the board has answered
 */
export function refusalOf(result: number | undefined, name: string, limit?: number): BmsError | undefined {
  if (result === undefined || GRANTED.has(result)) return undefined;
  switch (result) {
    case NO_PERMISSION:
      return new NoPermission(name);
    case WRONG_PASSWORD:
      return new BmsError('denied', `The board refuses ${name}: its battery type or the password does not allow it.`);
    case TOO_LOW:
    case TOO_HIGH: {
      const which = result === TOO_LOW ? 'below its least' : 'above its greatest';
      const bound = limit === undefined ? '' : `, which is ${limit} on the wire`;
      return new BmsError('bad_value', `The board refuses ${name}: the value is ${which} value${bound}.`);
    }
    case UNKNOWN_ADDRESS:
      return new BmsError('unsupported', `The board does not know ${name}; check whether the protocol fits the board.`);
    default:
      return new BmsError(
        'rejected',
        `The board refuses ${name} with result ${result}; restart the board and ask again.`,
      );
  }
}
