import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import type { Memory, Group } from '../untyped';

/** One block that is read: how it is asked for and what it means, in both directions. */
export interface Block {
  readonly func: number;
  readonly register: number;
  /** bytes to ask for */
  readonly wanted: number;
  /** for messages: "status (01)" */
  readonly name: string;
  readonly group: Group;
  /** some firmware does not answer it */
  readonly optional?: boolean;
  /** the code in the result segment of its answers, where they have one (ant.md 9.3) */
  readonly result?: number;
  /**
   * @param model register of the model segment, where the answer has one (ant.md 3)
   * @throws BmsError `malformed` when the length cannot be right
   */
  decode(data: Buffer, model?: number): Reading;
  /** what it tells that users do not see */
  memory?(data: Buffer): Memory;
  /** The block of a board in this state; absent values become "not available" where the block can say so, else 0. */
  encode(pack: Reading): Buffer;
}

/** The error for an answer whose length cannot be right. @param name of the block */
export function malformed(name: string, length: number): BmsError {
  const what = `The answer to ${name} cannot have ${length} bytes`;
  return new BmsError('malformed', `${what}; check the wiring and whether the protocol fits the board.`);
}
