import { alarm, type Alarm } from '../battery/alarm';
import type { Direction, Measured, Protection } from './protections';

interface Watch {
  readonly protection: Protection;
  active: boolean;
  /** s for which the condition to change has lasted */
  held: number;
}

const NONE: readonly Protection[] = [];

/** Trips and recovers protections after their table, with their hysteresis and delays. */
export class Guard {
  /** how often each protection has tripped, by its name in `errorCounts` */
  readonly counts: Record<string, number> = {};

  private readonly watches: readonly Watch[];
  private readonly open = { charge: false, discharge: false };

  constructor(protections: readonly Protection[]) {
    this.watches = protections.map((protection) => ({ protection, active: false, held: 0 }));
    for (const { counter } of protections) if (counter !== undefined) this.counts[counter] = 0;
  }

  /**
   * Takes what the board has measured for a while.
   * @param seconds how long; 0 trips only what acts at once
   * @returns what has tripped now
   */
  observe(measured: Measured, seconds: number): readonly Protection[] {
    let tripped = NONE;
    let changed = false;
    for (const watch of this.watches) {
      if (!this.changes(watch, measured, seconds)) continue;
      changed = true;
      if (watch.active) tripped = [...tripped, watch.protection];
    }
    if (changed) this.switchOver();
    for (const { counter } of tripped)
      if (counter !== undefined) this.counts[counter] = (this.counts[counter] ?? 0) + 1;
    return tripped;
  }

  /** Counts from 0 again. */
  clearCounts(): void {
    for (const counter of Object.keys(this.counts)) this.counts[counter] = 0;
  }

  /** Whether a protection keeps the MOSFET of this direction open. */
  opens(direction: Direction): boolean {
    return this.open[direction];
  }

  /** What is active, each code once: the protection goes before its warning. */
  get alarms(): Alarm[] {
    const active = this.watches.filter((watch) => watch.active).map((watch) => watch.protection);
    const outranked = (row: Protection): boolean =>
      row.level === 'warning' && active.some((other) => other.code === row.code && other.level !== 'warning');
    return active.filter((row) => !outranked(row)).map((row) => alarm(row.code, row.level));
  }

  private changes(watch: Watch, measured: Measured, seconds: number): boolean {
    const { protection, active } = watch;
    const value = measured[protection.watches];
    if (!(active ? isPast(protection, value, 'release') : isPast(protection, value, 'trip'))) {
      watch.held = 0;
      return false;
    }
    watch.held += seconds;
    if (watch.held < (active ? protection.recoverS : protection.delayS)) return false;
    watch.active = !active;
    watch.held = 0;
    return true;
  }

  private switchOver(): void {
    this.open.charge = this.open.discharge = false;
    for (const { active, protection } of this.watches) {
      if (active) for (const direction of protection.opens) this.open[direction] = true;
    }
  }
}

/** Whether a value is beyond the trip limit, or back within the release limit. */
function isPast(protection: Protection, value: number, limit: 'trip' | 'release'): boolean {
  const over = protection.side === 'above' ? value - protection[limit] : protection[limit] - value;
  return limit === 'trip' ? over > 0 : over < 0;
}
