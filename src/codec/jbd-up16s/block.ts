import type { Reading } from '../../battery/reading';
import type { Decoded, Memory, Group, Target } from '../untyped';

/** One block that is read: where it lies and what it means, in both directions. */
export interface Block {
  readonly start: number;
  /** the offset behind its last byte */
  readonly end: number;
  /** for messages: "pack status (1000)" */
  readonly name: string;
  readonly group: Group;
  /** boards stay silent on blocks that they do not offer (jbd.md 11.1) */
  readonly optional?: boolean;
  /** see `Query.exact` */
  readonly exact?: readonly (keyof Reading)[];
  applies?(target: Target): boolean;
  /** @throws BmsError `malformed` when the length cannot be right */
  decode(data: Buffer, memory: Memory): Decoded;
  /** The block of a board in this state; absent values become 0. */
  encode(pack: Reading): Buffer;
}

/** Facts that one block tells and another one needs. */
export const MEMORY = {
  /** major number of the firmware; 0 for a slave whose status the master forwards */
  firmware: 'firmware',
} as const;
