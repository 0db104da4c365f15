import type { Reading } from '../../battery/reading';
import type { EmulatedBoard, Decoded, Memory, Group, Query, Target } from '../untyped';
import { refusal } from './refusal';
import { at } from './registers';
import { addressOf, dataOf, encodeRequest, refusalOf, type Station } from './wire';

/** Registers that the board keeps together, for the board's side: requests for any part of them are answered. */
export interface Block {
  readonly start: number;
  readonly count: number;
  /** All registers of a board in this state. @param board its switches, where it has some */
  encode(pack: Reading, board?: EmulatedBoard): Buffer;
}

/** One read of registers: which, and what they mean. */
export interface Read {
  /** for messages: "status of the pack (0000)" */
  readonly name: string;
  readonly group: Group;
  readonly optional?: boolean;
  readonly start: number;
  readonly count: number;
  applies(target: Target): boolean;
  /** @throws BmsError `malformed` */
  decode(data: Buffer, memory: Memory): Decoded;
}

/**
 * What a frame is to somebody who asked a board for registers. An answer does not say which registers it brings, only
 * how many bytes they are (daly-modbus.md 3).
 * @param counts how many registers may come
 */
export function judgeAnswer(
  frame: Buffer,
  station: Station,
  counts: readonly number[],
  name: string,
): ReturnType<Query['match']> {
  if (addressOf(frame) !== station.answers) return 'foreign';
  const code = refusalOf(frame);
  if (code !== undefined) return refusal(code, name);
  return counts.some((count) => dataOf(frame).length === at(count)) ? 'complete' : 'foreign';
}

/** The query for one read. @param stationOf the board that it asks */
export function readQuery(read: Read, stationOf: (target: Target) => Station): Query {
  const { name, group, optional = false, start, count } = read;
  return {
    name,
    group,
    optional,
    applies: (target) => read.applies(target),
    request: (target) => encodeRequest(stationOf(target), start, count),
    match: (frame, _parts, target) => judgeAnswer(frame, stationOf(target), [count], name),
    decode: ([frame], { memory }) => read.decode(frame === undefined ? Buffer.alloc(0) : dataOf(frame), memory),
  };
}
