import type { Inputs } from './inputs';

/** How the highest cell draws away from the lowest: means over spans of time, which noise moves less than single readings. */
export interface DriftState {
  /** of this span so far: difference × time, V·s, and time, s */
  readonly sum: number;
  readonly time: number;
  /** of the span before, V */
  readonly mean?: number;
}

export interface DriftStep {
  readonly state: DriftState;
  /** V/s, in the step that ends a span after another; else 0 */
  readonly rate: number;
}

/** s */
const SPAN = 15;
/** s; a longer gap between two readings says nothing of what was between them */
const LONGEST_GAP = 60;

const NOTHING: DriftStep = { state: { sum: 0, time: 0 }, rate: 0 };

/**
 * The drift of the highest cell against the lowest. A load that comes or goes moves all cells alike, and counts for little.
 * @param elapsed since the step before, s
 * @param isBroken this reading does not follow on the one before: it has jumped, or comes after a loss
 */
export function driftStep(
  before: DriftState | undefined,
  { highest, lowest }: Inputs,
  elapsed: number,
  isBroken: boolean,
): DriftStep {
  if (isBroken || elapsed > LONGEST_GAP || highest === undefined || lowest === undefined) return NOTHING;
  const sum = (before?.sum ?? 0) + (highest - lowest) * elapsed;
  const time = (before?.time ?? 0) + elapsed;
  if (time < SPAN) return { state: { sum, time, mean: before?.mean }, rate: 0 };
  const mean = sum / time;
  return {
    state: { sum: 0, time: 0, mean },
    rate: before?.mean === undefined ? 0 : (mean - before.mean) / time,
  };
}
