import { round } from '../derive';
import { boardCounted } from './board-count';
import { rounded, type CounterKey, type Counters } from './counters';
import { counterOn } from './days';
import { dateOf, dayBefore } from './local-day';
import type { EnergyState } from './state';

/** The counters as a flow gets them; Wh to 0.01, Ah to 0.001. */
export interface EnergySummary extends Counters {
  readonly today: Counters;
  readonly yesterday: Counters;
  /** discharged capacity over what a full battery holds; absent while that is not known */
  readonly equivalentCycles?: number;
  /** discharged over charged energy, %; absent before one full cycle each way */
  readonly efficiency?: number;
  /** ms since the epoch: when the counters began */
  readonly since: number;
  /** so long the battery was seen since then, s */
  readonly observed: number;
  /** so long it was not, s */
  readonly gaps: number;
  /** the counters that follow the board's own count; absent where it has none */
  readonly countedByBoard?: CounterKey[];
}

/**
 * @param published the counters as they may leave, see `Publication`
 * @param wall now, ms since the epoch: which day is today
 */
export function summaryOf(state: EnergyState, published: Counters, wall: number): EnergySummary {
  const { total, days, since, observed, gaps, boardCounts } = state;
  const today = dateOf(wall);
  const countedByBoard = boardCounted(boardCounts);
  const equivalentCycles = cyclesOf(state, total.dischargedCapacity);
  const efficiency = efficiencyOf(state);
  return {
    ...rounded(published),
    today: rounded(counterOn(days, today)),
    yesterday: rounded(counterOn(days, dayBefore(today))),
    ...(equivalentCycles !== undefined && { equivalentCycles: round(equivalentCycles, 3) }),
    ...(efficiency !== undefined && { efficiency: round(efficiency, 1) }),
    since,
    observed: Math.round(observed),
    gaps: Math.round(gaps),
    ...(countedByBoard.length > 0 && { countedByBoard }),
  };
}

function cyclesOf({ fullCapacity }: EnergyState, capacity: number): number | undefined {
  return fullCapacity === undefined || fullCapacity <= 0 ? undefined : capacity / fullCapacity;
}

/**
 * What the battery holds more or less than at the beginning falsifies the ratio, the less the more cycles there are: within
 * the first one, and above 100 %, it means nothing.
 */
function efficiencyOf(state: EnergyState): number | undefined {
  const { chargedEnergy, dischargedEnergy, chargedCapacity, dischargedCapacity } = state.total;
  const cycles = cyclesOf(state, Math.min(chargedCapacity, dischargedCapacity)) ?? 0;
  if (cycles < 1 || chargedEnergy <= 0) return undefined;
  const efficiency = (100 * dischargedEnergy) / chargedEnergy;
  return efficiency > 100 ? undefined : efficiency;
}
