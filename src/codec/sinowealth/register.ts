import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import type { Decoded, Facts, Group, Query, Target } from '../protocol';
import { FACTS } from './facts';
import { encodeRequest, framesFor, isEcho, type Width } from './wire';

/** The register that tells how many cells and sensors there are. */
export const CONFIGURATION = 'pack configuration (17)';

/** One register: which, and what it means in both directions. */
export interface Register {
  readonly command: number;
  readonly width: Width;
  /** for messages: "pack voltage (0b)" */
  readonly name: string;
  readonly group: Group;
  /** see `Query.after` */
  readonly after?: string;
  /** see `Query.together` */
  readonly together?: string;
  applies?(target: Target): boolean;
  /**
   * @param data the register, and what the answer has behind it
   * @throws BmsError `malformed` when the content cannot be true
   */
  decode(data: Buffer, facts: Facts): Decoded;
  /** The register of a board in this state; undefined when such a board does not answer. */
  encode(pack: Reading): Buffer | undefined;
}

/** The query for one register. */
export function registerQuery(register: Register): Query {
  const request = encodeRequest(register.command, register.width);
  const frames = framesFor(request);
  return {
    name: register.name,
    group: register.group,
    ...(register.after !== undefined && { after: register.after }),
    ...(register.together !== undefined && { together: register.together }),
    ...(register.applies && { applies: register.applies }),
    request: () => Buffer.from(request),
    frames: () => frames,
    judge: (frame) => (isEcho(frame, request) || frame.length !== frames.maxLength ? 'foreign' : 'complete'),
    decode([frame], { facts }) {
      if (frame?.length !== frames.maxLength) throw refusal(register.name, `it has ${frame?.length ?? 0} bytes`);
      return register.decode(frame, facts);
    },
  };
}

/** The error for an answer that cannot be true (sinowealth.md 9). */
export function refusal(name: string, why: string): BmsError {
  const message = `The answer to ${name} cannot be true: ${why}. Check the wiring and the protocol, and wake the board.`;
  return new BmsError('malformed', message);
}

/** Cells that a board can have: three bits, counted from 3 (sinowealth.md 4). */
export const MIN_CELLS = 3;
export const MAX_CELLS = 10;

/** Below this a pack of ten cells is none: the register holds one cell, mV (sinowealth.md 8). */
const LEAST_OF_TEN = 6000;

/**
 * Whether the registers from 0b on hold further cells and no pack values, as on boards of 16 cells, of which only the
 * first ten can be told (sinowealth.md 8). As long as the cells are not counted there may be ten of them.
 */
export function isLarge(facts: Facts): boolean {
  const voltage = facts[FACTS.packMillivolts];
  return (facts[FACTS.cellCount] ?? MAX_CELLS) === MAX_CELLS && voltage !== undefined && voltage < LEAST_OF_TEN;
}
