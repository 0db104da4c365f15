/** A reading as it came to the node behind bms-read: all in one list, for there are many. */
export type Arrival = readonly [pack: number, sequence: number, timestampMs: number, atMicros: number];

/** What the probe has seen between `/bench/start` and `/bench/end`. */
export interface ProbeFigures {
  arrivals: Arrival[];
  /** µs of the process on all cores, and of the clock */
  cpuMicros: number;
  wallMicros: number;
  /** by how much a timer was late, ms */
  loopDelayMs: { p50: number; p99: number; max: number };
  memory: Memory;
  /** after everything that can be collected was, while the packs go on being polled */
  collected: Memory;
}

export interface Memory {
  rss: number;
  heapUsed: number;
}
