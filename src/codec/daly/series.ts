import type { MatchResult } from '../untyped';
import { DATA_AT, DATA_LENGTH } from './frame';

/*
 * Answers of several frames (daly.md 4, 7): byte 0 of the data numbers the frame, from 1; values follow. The number
 * ff marks an invalid frame. Boards asked through a dongle go on after the last frame that matters, often with
 * damaged frames: nothing after the needed ones is waited for or looked at.
 */

/** As many answers as this may run into each other until one is whole. */
const MOST_ANSWERS = 4;

/**
 * What a frame of the right board and id is to an answer of `needed` frames. Boards send them in order: a number out of
 * turn belongs to another answer, such as a late one, of which some frames are missing.
 * @param parts the frames accepted so far
 */
export function judgeSeries(frame: Buffer, parts: readonly Buffer[], needed: number): MatchResult {
  const number = frameNumber(frame);
  if (number < 1 || number > needed) return 'foreign';
  if (parts.at(-1)?.equals(frame) === true || parts.length >= MOST_ANSWERS * needed) return 'foreign';
  const answer = [...parts, frame].slice(-needed);
  const isWhole = answer.length === needed && answer.every((part, i) => frameNumber(part) === i + 1);
  return isWhole ? 'complete' : 'part';
}

/**
 * The values of the frames in order. Frames of an earlier answer may stand in front of them (daly.md 10).
 * @param width bytes of values in each frame; what follows them is left over from other answers (daly.md 3)
 */
export function joinSeries(parts: readonly Buffer[], needed: number, width: number): Buffer {
  const joined = Buffer.allocUnsafe(needed * width).fill(0);
  parts.slice(-needed).forEach((part, index) => {
    // So few bytes are copied faster than Buffer takes to find out where to.
    for (let i = 0; i < width; i++) joined[index * width + i] = part[DATA_AT + 1 + i] ?? 0;
  });
  return joined;
}

/** The data of so many numbered frames, from their values in order: what `joinSeries` joins. */
export function splitSeries(values: Buffer, count: number, width: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const data = Buffer.alloc(DATA_LENGTH);
    data.writeUInt8(index + 1, 0);
    values.subarray(index * width, (index + 1) * width).copy(data, 1);
    return data;
  });
}

function frameNumber(frame: Buffer): number {
  return frame.readUInt8(DATA_AT);
}
