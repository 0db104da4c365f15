import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import type { Decoded, Memory, Group, Query, Target } from '../untyped';
import { MEMORY } from './memory';
import { encodeRequest, framesFor, isEcho, type Width } from './wire';

/** One register: which, and what it means in both directions. */
export interface Register {
  readonly command: number;
  readonly width: Width;
  /** for messages: "pack voltage (0b)" */
  readonly name: string;
  readonly group: Group;
  /** see `Query.unanswered` */
  unanswered?(isKnown: boolean): Memory;
  /** see `Query.together` */
  readonly together?: string;
  applies?(target: Target): boolean;
  /**
   * @param data the register, and what the answer has behind it
   * @throws BmsError `malformed` when the content cannot be true
   */
  decode(data: Buffer, memory: Memory): Decoded;
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
    ...(register.unanswered && { unanswered: register.unanswered }),
    ...(register.together !== undefined && { partOf: register.together }),
    ...(register.applies && { applies: register.applies }),
    request: () => Buffer.from(request),
    frames: () => frames,
    match: (frame) => (isEcho(frame, request) || frame.length !== frames.maxLength ? 'foreign' : 'complete'),
    decode([frame], { memory }) {
      if (frame?.length !== frames.maxLength) throw refusal(register.name, `it has ${frame?.length ?? 0} bytes`);
      return register.decode(frame, memory);
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
export function isLarge(memory: Memory): boolean {
  const voltage = memory[MEMORY.packMillivolts];
  return (memory[MEMORY.cellCount] ?? MAX_CELLS) === MAX_CELLS && voltage !== undefined && voltage < LEAST_OF_TEN;
}
