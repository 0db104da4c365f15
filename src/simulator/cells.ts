import type { Chemistry } from './chemistry';
import { Curve } from './curve';
import { around, type Lottery } from './seeded';

const SECONDS_PER_HOUR = 3600;

/** What the resistors of the balancer take from one cell, A. */
const BLEED_CURRENT = 0.15;

/** A cell is bled when it stands this far above the lowest, V. */
const BLEED_DIFFERENCE = 0.005;

/** How far the cells of a pack differ, as fractions: capacity, resistance, state of charge at the start. */
const SPREAD = { capacity: 0.01, resistance: 0.1, soc: 0.01 };

/** What a string may have besides its spread. */
export interface StringOptions {
  /** by how much more the first cell is charged than the others, fraction of the capacity */
  readonly ahead?: number;
  /** A that the balancer takes from one cell */
  readonly bleedCurrent?: number;
}

interface Cell {
  /** Ah */
  readonly capacity: number;
  /** ohm */
  readonly resistance: number;
  /** Ah in it, from a little below 0 to a little above the capacity */
  charge: number;
  /** V at its terminals */
  voltage: number;
  bleeding: boolean;
}

/** Cells in series: each has its own charge, the current is the same in all. */
export class CellString {
  /** V of the lowest and the highest cell, and of all together */
  min = 0;
  max = 0;
  sum = 0;

  private readonly cells: readonly Cell[];
  private readonly openCircuit: Curve;
  private readonly balanceFrom: number;
  private readonly bleeds: number;

  /**
   * @param capacity of an average cell as it is today, Ah
   * @param soc at the start, fraction
   */
  constructor(
    chemistry: Chemistry,
    count: number,
    capacity: number,
    soc: number,
    draw: Lottery,
    { ahead = 0, bleedCurrent = BLEED_CURRENT }: StringOptions = {},
  ) {
    this.bleeds = bleedCurrent;
    this.openCircuit = new Curve(chemistry.openCircuit);
    this.balanceFrom = chemistry.voltage.balanceFrom;
    this.cells = Array.from({ length: count }, (_, i) => {
      const own = capacity * around(draw, SPREAD.capacity);
      const resistance = (chemistry.resistance / capacity) * around(draw, SPREAD.resistance);
      const charge = own * (soc + around(draw, SPREAD.soc) - 1 + (i === 0 ? ahead : 0));
      return { capacity: own, resistance, charge, voltage: 0, bleeding: false };
    });
    this.settle(0, 0, true);
  }

  get voltages(): number[] {
    return this.cells.map((cell) => cell.voltage);
  }

  get resistances(): number[] {
    return this.cells.map((cell) => cell.resistance);
  }

  /** Numbers, from 1, of the cells that the balancer bleeds. */
  get bled(): number[] {
    return this.cells.flatMap((cell, i) => (cell.bleeding ? [i + 1] : []));
  }

  /** A per bled cell, 0 when there is none. */
  get bleedCurrent(): number {
    return this.cells.some((cell) => cell.bleeding) ? this.bleeds : 0;
  }

  /**
   * The current, A, at which the first cell reaches a voltage within the coming time; 0 when one is there already.
   * Looking ahead keeps a charger steady at its voltage limit however long the steps are.
   */
  acceptance(voltage: number, seconds: number): number {
    let current = Infinity;
    for (const cell of this.cells) {
      const soc = cell.charge / cell.capacity;
      const rise = (this.openCircuit.slope(soc) * seconds) / (cell.capacity * SECONDS_PER_HOUR);
      current = Math.min(current, (voltage - this.openCircuit.at(soc)) / (cell.resistance + rise));
    }
    return Math.max(0, current);
  }

  /**
   * Sets the terminal voltages for a current, and which cells are bled: not while discharging, when the voltages
   * say little of the charge.
   * @param current A, positive while charging
   * @param looseContact ohm of a bad joint at the first cell, which the board takes for that cell's voltage
   * @param balancer whether it is allowed to work
   */
  settle(current: number, looseContact: number, balancer: boolean): void {
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    let contact = looseContact;
    for (const cell of this.cells) {
      cell.voltage = this.openCircuit.at(cell.charge / cell.capacity) + current * (cell.resistance + contact);
      contact = 0;
      sum += cell.voltage;
      min = Math.min(min, cell.voltage);
      max = Math.max(max, cell.voltage);
    }
    this.min = min;
    this.max = max;
    this.sum = sum;
    const threshold = Math.max(this.balanceFrom, min + BLEED_DIFFERENCE);
    for (const cell of this.cells) cell.bleeding = balancer && current >= 0 && cell.voltage > threshold;
  }

  /** Lets the current flow. A full cell turns the rest into heat. @param current A, positive while charging */
  pass(current: number, seconds: number): void {
    const hours = seconds / SECONDS_PER_HOUR;
    for (const cell of this.cells) {
      const charge = cell.charge + (current - (cell.bleeding ? this.bleeds : 0)) * hours;
      cell.charge = Math.min(
        cell.capacity * this.openCircuit.max,
        Math.max(cell.capacity * this.openCircuit.min, charge),
      );
    }
  }
}
