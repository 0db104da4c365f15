import { BmsError } from '../battery/errors';
import { quoted } from '../battery/quoted';
import { say } from '../battery/sentence';

/** A range of values that are well, or with `isInside` of values that are not; as monitoring plugins write it. */
export interface Threshold {
  /** as it was written */
  readonly text: string;
  readonly least: number;
  readonly most: number;
  /** whether it is inside that something is wrong */
  readonly isInside: boolean;
}

const RANGE = /^(@)?(?:(~|-?\d+(?:\.\d+)?)?:)?(-?\d+(?:\.\d+)?)?$/;

/**
 * Reads a range: `10` alerts outside 0 to 10, `10:` below 10, `~:10` above 10, `10:20` outside, `@10:20` inside.
 * @throws BmsError `bad_value`
 */
export function parseThreshold(text: string): Threshold {
  const match = RANGE.exec(text);
  const [, at, start, end] = match ?? [];
  const least = start === '~' ? -Infinity : Number(start ?? 0);
  const most = end === undefined ? Infinity : Number(end);
  if (match === null || text === '' || text === '@' || text === ':' || least > most) {
    throw new BmsError(
      'bad_value',
      say`${quoted(text)} is no range; write 20: for "not below 20", 10:20, ~:30 or @10:20.`,
    );
  }
  return { text, least, most, isInside: at !== undefined };
}

/** Whether a value is one to alert about. */
export function alerts({ least, most, isInside }: Threshold, value: number): boolean {
  const isWithin = value >= least && value <= most;
  return isInside ? isWithin : !isWithin;
}
