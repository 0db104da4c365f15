const MICRO_PER_MILLI = 1000;

/**
 * Full cycles in a lifetime's throughput, which no ANT board counts itself (ant.md 5, ant-legacy.md 4). Counts in the units
 * of the wire, so that no rounding can lose a cycle.
 * @param throughput 1e-3 Ah; @param capacity nominal, 1e-6 Ah
 * @returns undefined when the capacity was never set
 */
export function cyclesOf(throughput: number, capacity: number): number | undefined {
  return capacity === 0 ? undefined : Math.floor((throughput * MICRO_PER_MILLI) / capacity);
}

/** The throughput, Ah, of a pack of which perhaps only the cycles are known. */
export function throughputOf({
  cycleCapacity,
  cycles,
  designCapacity,
}: {
  cycleCapacity?: number;
  cycles?: number;
  designCapacity?: number;
}): number | undefined {
  if (cycleCapacity !== undefined || cycles === undefined || designCapacity === undefined) return cycleCapacity;
  return cycles * designCapacity;
}
