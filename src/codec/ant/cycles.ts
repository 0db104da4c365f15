import type { Reading } from '../../battery/reading';

const MILLI_AH = 1e3;
const MICRO_AH = 1e6;

/**
 * Full cycles in a lifetime's throughput, which no ANT board counts itself (ant.md 5, ant-legacy.md 4). Counts in the units
 * of the wire, so that no rounding can lose a cycle.
 * @returns undefined when the capacity was never set
 */
export function cyclesOf({ cycleCapacity = 0, designCapacity }: Reading): number | undefined {
  if (designCapacity === undefined) return undefined;
  const milliAh = Math.round(cycleCapacity * MILLI_AH);
  const microAh = Math.round(designCapacity * MICRO_AH);
  return Math.floor((milliAh * (MICRO_AH / MILLI_AH)) / microAh);
}

/** The throughput, Ah, of a pack of which perhaps only the cycles are known. */
export function throughputOf({ cycleCapacity, cycles, designCapacity }: Reading): number | undefined {
  if (cycleCapacity !== undefined || cycles === undefined || designCapacity === undefined) return cycleCapacity;
  return cycles * designCapacity;
}
