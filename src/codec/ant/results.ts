import type { BmsError } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';
import { MEANINGS, Refusal } from '../kit/refusal';
import { resultOf, type Result } from './wire';

/*
 * What the board says of a request: the results of commands (ant.md 7), and the result segments of other answers (ant.md 9.3).
 */

/** The level in force is too low for what was asked: the one refusal that a password cures (ant.md 9.1). */
export class NoPermission extends Refusal {
  constructor(name: string, result: number) {
    super('denied', say`The board refuses ${name} without a password; enter its password in the device.`, result);
  }
}

/** Results of a command (ant.md 7). */
export const RESULTS = { done: 1, failed: 2, noPermission: 3, wrongState: 6 } as const;

/** The error for the result of a command. @returns undefined when the board has taken it */
export function commandRefusal(result: number, name: string): BmsError | undefined {
  if (result === RESULTS.done) return undefined;
  if (result === RESULTS.noPermission) return new NoPermission(name, result);
  return new Refusal('rejected', say`The board refuses ${name} with result ${result}; nothing was switched.`, result);
}

/** Codes of the result segment (ant.md 9.3). */
export const CODES = {
  fine: 0,
  noPermission: 1,
  tooLow: 2,
  tooHigh: 3,
  unknownAddress: 4,
  wrongPassword: 5,
  set: 10,
  read: 11,
  mismatch: 17,
} as const;

const GRANTED: ReadonlySet<number> = new Set([CODES.fine, CODES.set, CODES.read]);

/** Whether the board has done what was asked. */
export function isGranted({ code }: Result): boolean {
  return GRANTED.has(code);
}

/**
 * The error for the result segment of a response (ant.md 9.3).
 * @param name of what was asked
 * @returns undefined when the board has answered, also without such a segment
 */
export function refusalIn(frame: Buffer, name: string): BmsError | undefined {
  const result = resultOf(frame);
  return result && refusalOf(result, name);
}

/** The error for a result. @returns undefined when the board has done what was asked */
export function refusalOf(result: Result, name: string): BmsError | undefined {
  if (isGranted(result)) return undefined;
  const { code } = result;
  switch (code) {
    case CODES.noPermission:
      return new NoPermission(name, code);
    case CODES.wrongPassword: {
      const why = say`its battery type or the password does not allow it`;
      return new Refusal('denied', say`The board refuses ${name}: ${why}.`, code);
    }
    case CODES.tooLow:
    case CODES.tooHigh:
      return new Refusal('bad_value', say`The board refuses ${name}: ${outOfRange(result)}.`, code);
    case CODES.unknownAddress:
      return new Refusal(...MEANINGS.unknown(name), code);
    default: {
      const remedy = say`restart the board and ask again`;
      return new Refusal('rejected', say`The board refuses ${name} with result ${code}; ${remedy}.`, code);
    }
  }
}

function outOfRange({ code, limit }: Result): Sentence {
  if (code === CODES.tooLow) {
    return limit === undefined
      ? say`the value is below its least value`
      : say`the value is below its least value, which is ${limit.value} on the wire`;
  }
  return limit === undefined
    ? say`the value is above its greatest value`
    : say`the value is above its greatest value, which is ${limit.value} on the wire`;
}
