import { BmsError } from '../../battery/errors';

/** Codes with which a board grants: fine, set, read (ant 9.3). */
const GRANTED = new Set([0, 10, 11]);
const NO_PERMISSION = 1;
const UNKNOWN_ADDRESS = 4;
const WRONG_PASSWORD = 5;

/**
 * What the result segment of an answer means to somebody who reads (ant 9.3).
 * @param result the code in it, or undefined when the answer has no such segment
 * @param name of the block that was asked
 * @returns undefined when the board has answered
 */
export function refusalOf(result: number | undefined, name: string): BmsError | undefined {
  if (result === undefined || GRANTED.has(result)) return undefined;
  switch (result) {
    case NO_PERMISSION:
    case WRONG_PASSWORD:
      return new BmsError('denied', `The board refuses ${name} without a password; enter its password in the device.`);
    case UNKNOWN_ADDRESS:
      return new BmsError('unsupported', `The board does not know ${name}; check whether the protocol fits the board.`);
    default:
      return new BmsError(
        'rejected',
        `The board refuses ${name} with result ${result}; restart the board and ask again.`,
      );
  }
}
