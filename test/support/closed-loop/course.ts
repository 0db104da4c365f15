import type { Limits } from '../../../src/battery/limits/limits';
import { HOUR } from './household';

/** What is drawn of a day. */
export interface Sample {
  /** s after midnight */
  readonly second: number;
  /** V */
  readonly highest: number;
  readonly lowest: number;
  /** V, A */
  readonly chargeVoltage: number;
  readonly chargeCurrent: number;
  /** A into the battery */
  readonly current: number;
  /** % */
  readonly soc: number;
  readonly phase: string;
}

/** V of a string of sixteen by which a limit must move to count: noise is less. */
const BAND = 0.05;
const TURNS_WITHIN = 8 * HOUR;
/** s */
const SAMPLE_EACH = 30;

/** How a day went. */
export class Course {
  /** V that a cell of a pack which is read was above what it may have, while the battery was charged */
  overshoot = -Infinity;
  /** the same where no limit helps: of packs that are lost or frozen, or charged by the others alone */
  unreachable = -Infinity;
  /** seconds at which the battery was full */
  readonly full: number[] = [];
  /** times that a board had to protect its cells from overvoltage */
  trips = 0;
  readonly samples: Sample[] = [];
  private readonly turns: number[] = [];
  private extreme: number | undefined;
  private direction = 0;

  /** @param most what a cell may have, V @param cells in series */
  constructor(
    private readonly most: number,
    private readonly cells: number,
  ) {}

  /** The most reversals of the charge voltage limit within eight hours. */
  get reversals(): number {
    const counts = this.turns.map((from) => this.turns.filter((at) => at >= from && at < from + TURNS_WITHIN).length);
    return Math.max(0, ...counts);
  }

  see(packs: readonly { highest: number; isSeen: boolean }[], isCharged: boolean): void {
    for (const { highest, isSeen } of packs) {
      const above = highest - this.most;
      if (isSeen && isCharged) this.overshoot = Math.max(this.overshoot, above);
      else this.unreachable = Math.max(this.unreachable, above);
    }
  }

  limited(
    second: number,
    limits: Limits,
    sample: () => Omit<Sample, 'second' | 'chargeVoltage' | 'chargeCurrent'>,
  ): void {
    const { chargeVoltageLimit: chargeVoltage = NaN, chargeCurrentLimit: chargeCurrent = NaN, full } = limits;
    if (full === true) this.full.push(second);
    if (Number.isFinite(chargeVoltage)) this.turn(second, chargeVoltage);
    const last = this.samples.at(-1)?.second ?? -Infinity;
    if (second - last >= SAMPLE_EACH) this.samples.push({ second, chargeVoltage, chargeCurrent, ...sample() });
  }

  private turn(second: number, value: number): void {
    this.extreme ??= value;
    const moved = value - this.extreme;
    if (Math.sign(moved) === this.direction) this.extreme = value;
    else if (Math.abs(moved) > (BAND * this.cells) / 16) {
      if (this.direction !== 0) this.turns.push(second);
      this.direction = Math.sign(moved);
      this.extreme = value;
    }
  }
}
