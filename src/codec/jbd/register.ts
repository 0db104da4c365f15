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
