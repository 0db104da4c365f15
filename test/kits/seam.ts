import type { Reading } from '../../src/battery/reading';
import { benchPack } from '../support/poll-answers';

/*
 * Codes with an offset, a sign or a fold, at both sides of each seam. The bytes are those of the sheets, written into an
 * answer by hand: the emulator shares its tables with the decoder.
 */

type Value = number | null | undefined;

export interface Seam {
  /** part of the query's name */
  query: string;
  /** of the code in the frame that carries it, the last of the answer */
  at: number;
  /** of a code that is a number */
  bytes: 1 | 2 | 4;
  little?: boolean;
  told(reading: Reading): Value;
  /** code in the frame -> value; a number, or the bytes of what is none, such as a line of ASCII */
  codes: readonly (readonly [number | Buffer, Value])[];
}

export const CELLS = benchPack.cellVoltages?.length ?? 0;
export const SENSORS = benchPack.temperatures?.length ?? 0;

export const current = ({ current: value }: Reading): Value => value;
export const balanceCurrent = ({ balanceCurrent: value }: Reading): Value => value;
export const firstSensor = ({ temperatures = [] }: Reading): Value => temperatures[0];

export const KELVIN = [
  [2730, -0.1],
  [2731, 0],
  [2732, 0.1],
] as const;
export const SIGNED_16 = (divisor: number): Seam['codes'] => [
  [0x7fff, 0x7fff / divisor],
  [0x8000, -0x8000 / divisor],
  [0xffff, -1 / divisor],
  [0, 0],
];
export const SIGNED_32 = (divisor: number): Seam['codes'] => [
  [0xffffffff, -1 / divisor],
  [0, 0],
  [1, 1 / divisor],
];
export const WHOLE = [
  [0xffff, -1],
  [0, 0],
  [1, 1],
] as const;
