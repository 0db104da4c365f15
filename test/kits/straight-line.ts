import type { BatteryState } from '../../src/battery/reading';

/*
 * Decoders as somebody writes them by hand who needs one frame and no more: offsets and scales as plain numbers, one
 * Buffer call after the other, straight into the reading. They share nothing with the codec, so that they are its check
 * as much as its measure. The packs of the benchmark have no alarms: their words are read and must be 0.
 */

export const STATES: readonly BatteryState[] = ['idle', 'charging', 'discharging'];

export function none(...words: number[]): never[] {
  if (words.some((word) => word !== 0)) throw new Error('The packs of the benchmark have no alarms');
  return [];
}

/** The numbers of the set bits, the lowest is 1. */
export function setBits(word: number): number[] {
  const cells: number[] = [];
  for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) cells.push(bit + 1);
  return cells;
}
