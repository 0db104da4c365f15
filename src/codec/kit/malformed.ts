import { BmsError } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';

/**
 * The error for an answer that is well formed, with the right checksum, and still cannot be true: it is refused as a whole.
 * @param answer what was asked for, in the words of the protocol's documentation: "basic information (03)"
 * @param why a clause: `` say`it has 3 cells` ``
 */
export function malformed(answer: string, why: Sentence): BmsError {
  return new BmsError(
    'malformed',
    say`The answer to ${answer} cannot be true: ${why}. Check the wiring and the protocol, and wake the board.`,
  );
}

/** The same for an answer of a length that it cannot have. @param length of its data, bytes */
export function wrongLength(answer: string, length: number): BmsError {
  return malformed(answer, say`it has ${length} bytes`);
}

/** @param least bytes that a reading cannot do without; @throws BmsError `malformed` for shorter data */
export function checkLength(answer: string, data: Buffer, least: number): void {
  if (data.length < least) throw wrongLength(answer, data.length);
}
