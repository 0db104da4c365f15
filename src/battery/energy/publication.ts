import { higher, lower, NO_COUNTERS, plus, type Counters } from './counters';
import type { Point } from './integral';

/*
 * What leaves never falls, though a power cut takes the last seconds of the counters with it: beside them it is stored up to
 * where they may be published before they are stored the next time. Nothing above is published, and after a power cut
 * nothing below, until the counters have caught up. The counters themselves stay what was counted.
 */

/** After so long what was given to a context store is on disk, ms: Node-RED's file store waits for 30 s (`flushInterval`). */
const ON_DISK_AFTER_MS = 31_000;

/** For how long a ceiling lasts: until the next one is on disk, h. */
const LASTS_H = 60 / 3600;
/** By so much the power may rise meanwhile; above, what is published lags until the next ceiling is on disk. */
const RISE = 1.5;
/** Wh and Ah, for a battery at rest: 600 W for as long */
const AT_LEAST: Counters = { chargedEnergy: 10, dischargedEnergy: 10, chargedCapacity: 0.2, dischargedCapacity: 0.2 };

const NO_LIMIT: Counters = {
  chargedEnergy: Infinity,
  dischargedEnergy: Infinity,
  chargedCapacity: Infinity,
  dischargedCapacity: Infinity,
};

/** The counters as they may be published. */
export class Publication {
  /** what was published, or may have been before a power cut */
  private floor: Counters;
  /** the ceiling that is on disk for certain */
  private ceiling: Counters = NO_LIMIT;
  /** ceilings that may be on disk or not yet, with when they were stored, ms */
  private pending: { readonly at: number; readonly ceiling: Counters }[] = [];

  /** @param stored the ceiling that was stored with the counters; undefined for counters that begin */
  constructor(stored?: Counters) {
    this.floor = stored ?? NO_COUNTERS;
    if (stored !== undefined) this.ceiling = stored;
  }

  /** What may be published of the counters. @param now ms on a clock that does not jump */
  published(total: Counters, now: number): Counters {
    this.floor = higher(this.floor, lower(total, this.ceilingAt(now)));
    return this.floor;
  }

  /** The ceiling to be stored with the counters, while they go on. @param last point of them, if there is one */
  nextCeiling(total: Counters, last: Point | undefined, now: number): Counters {
    const ceiling = plus(this.highest(total), allowance(last));
    this.pending.push({ at: now, ceiling });
    return ceiling;
  }

  /** The ceiling to be stored with the counters as they stand: nothing more is published before the next start. */
  highest(total: Counters): Counters {
    return higher(this.floor, total);
  }

  /** The counters were set: what was published before counts no more. */
  restart(total: Counters): void {
    this.floor = total;
    this.ceiling = NO_LIMIT;
    this.pending = [];
  }

  private ceilingAt(now: number): Counters {
    while (this.pending[0] !== undefined && now - this.pending[0].at >= ON_DISK_AFTER_MS) {
      this.ceiling = this.pending[0].ceiling;
      this.pending.shift();
    }
    return this.pending.reduce((lowest, { ceiling }) => lower(lowest, ceiling), this.ceiling);
  }
}

function allowance(last: Point | undefined): Counters {
  const energy = Math.abs(last?.power ?? 0) * LASTS_H * RISE;
  const capacity = Math.abs(last?.current ?? 0) * LASTS_H * RISE;
  return plus(AT_LEAST, {
    chargedEnergy: energy,
    dischargedEnergy: energy,
    chargedCapacity: capacity,
    dischargedCapacity: capacity,
  });
}
