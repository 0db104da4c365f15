import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import type { Group } from '../untyped';

/** One register that is read: what its answer means, in both directions. */
export interface Register {
  readonly number: number;
  /** for messages: "basic information (03)" */
  readonly name: string;
  readonly group: Group;
  /** many boards do not know it */
  readonly optional?: boolean;
  /** Whether these bytes look like an answer to this register and to no other. */
  plausible(data: Buffer): boolean;
  /** @throws BmsError `malformed` when the length cannot be right */
  decode(data: Buffer): Reading;
  /** The answer of a board in this state; absent values become 0. */
  encode(pack: Reading): Buffer;
}

/** The error for an answer whose length cannot be right. @param name of the register or block */
export function malformed(name: string, length: number): BmsError {
  const what = `The answer to ${name} cannot have ${length} bytes`;
  return new BmsError('malformed', `${what}; check the wiring and whether the protocol fits the board.`);
}
