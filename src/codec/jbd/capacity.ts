import type { Reading } from '../../battery/reading';

/** Of the nominal capacity: what a pack can have learned to hold. Beyond, its meter was never set, or is another one's. */
const LEAST_LEARNED = 0.3;
const MOST_LEARNED = 1.3;

/** Whether a pack of this nominal capacity can have learned to hold so much; any, where it tells none. Both in Ah. */
export function isBelievable(learned: number, nominal: number): boolean {
  return nominal === 0 || (learned >= LEAST_LEARNED * nominal && learned <= MOST_LEARNED * nominal);
}

/** What 100 % is: the learned capacity, else the nominal one (jbd.md 5); 0 when the board tells neither. */
export function wholeCapacity({ fullCapacity = 0, designCapacity = 0 }: Reading): number {
  return fullCapacity > 0 ? fullCapacity : designCapacity;
}
