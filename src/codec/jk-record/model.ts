import { decodeText } from '../kit/fields';
import { inData } from './wire';

/** What a board says of itself that decides how it may be set. */
export interface BoardInfo {
  readonly model?: string;
  /** the numbers before and behind the first point of its software version: 15 and 41 of "15.41" */
  readonly major?: number;
  readonly minor?: number;
}

/** The most that a model can be set to; undefined where its name does not tell. */
export interface Ceilings {
  /** A, of both directions */
  readonly current?: number;
  /** A */
  readonly balanceCurrent?: number;
}

const MODEL_AT = inData(6);
const SOFTWARE_AT = inData(30);
/** bytes up to the end of the software version */
export const BOARD_INFO_LENGTH = inData(38);

/** Model and software version in record 03, or in the registers from 1400 on. @param data undefined where a board did not answer */
export function boardInfoIn(data: Buffer | undefined): BoardInfo {
  if (data === undefined || data.length < BOARD_INFO_LENGTH) return {};
  const model = decodeText(data, MODEL_AT, MODEL_AT + 16);
  const version = decodeText(data, SOFTWARE_AT, BOARD_INFO_LENGTH) ?? '';
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return {
    ...(model !== undefined && { model }),
    ...(major !== undefined && { major: Number(major) }),
    ...(minor !== undefined && { minor: Number(minor) }),
  };
}

/** `JK_PB2A16S20P`: 2 A of balancing current, 20 x 10 A. */
const NAME = /^JK[-_]([A-Z]+)(\d{1,2})A\d{1,2}S(\d{1,2})P/;
/** The first figure of other series, as in BD6A, is no current in A. */
const SERIES = ['B', 'PB'];

/** What the name of a model tells of it (settings-jk-modbus.md 6). */
export function ceilingsOf(model: string | undefined): Ceilings {
  const [, series = '', balance, tens] = NAME.exec(model ?? '') ?? [];
  if (tens === undefined) return {};
  return { current: 10 * Number(tens), ...(SERIES.includes(series) && { balanceCurrent: Number(balance) }) };
}
