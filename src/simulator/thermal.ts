import type { Ratings } from './ratings';
import { integer, type Lottery } from './seeded';

/** How much warmer the cells get per watt of loss, times their capacity: K·Ah/W. */
const CELL_WARMING = 250;

/** How much warmer the MOSFETs get at the rated discharge current, K. */
const MOS_WARMING = 25;

/** How much warmer a heating mat keeps the cells, K. */
const HEATER_WARMING = 8;

/** Time constants, s: the cells in still air and in moving air, the MOSFETs. */
const STILL_AIR_S = 7200;
const MOVING_AIR_S = 600;
const MOS_S = 120;

/** The surroundings of a pack. */
export interface Air {
  /** °C */
  ambient: number;
  /** a fan or a climate chamber: the cells follow quickly */
  moving: boolean;
}

/** Where the warmth goes: the cells as one body, the MOSFETs as another. */
export class Thermal {
  mosTemperature: number;
  min = 0;
  max = 0;

  private cellTemperature: number;
  private readonly lossPerSquareAmp: number;
  /** K by which each sensor differs: some sit in the middle, some at the edge */
  private readonly offsets: readonly number[];

  constructor(
    private readonly ratings: Ratings,
    private air: Air,
    draw: Lottery,
  ) {
    this.cellTemperature = air.ambient;
    this.mosTemperature = air.ambient;
    // W per A² in one cell, times what a watt does to a cell of this size
    this.lossPerSquareAmp = (ratings.chemistry.resistance / ratings.capacity) * (CELL_WARMING / ratings.capacity);
    this.offsets = Array.from({ length: integer(draw, 2, 4) }, () => 1.6 * draw() - 0.8);
    this.sense();
  }

  /** The battery sensors, °C. */
  get sensors(): number[] {
    return this.offsets.map((offset) => this.cellTemperature + offset);
  }

  /** The air as the board feels it, °C. */
  get ambient(): number {
    return this.air.ambient + 0.1 * (this.mosTemperature - this.air.ambient);
  }

  /** Lets warmth flow. @param current A, either sign */
  pass(current: number, heating: boolean, air: Air, seconds: number): void {
    this.air = air;
    const cells = air.ambient + this.lossPerSquareAmp * current ** 2 + (heating ? HEATER_WARMING : 0);
    const mos = air.ambient + MOS_WARMING * (current / this.ratings.dischargeCurrent) ** 2;
    this.cellTemperature += (cells - this.cellTemperature) * approach(seconds, air.moving ? MOVING_AIR_S : STILL_AIR_S);
    this.mosTemperature += (mos - this.mosTemperature) * approach(seconds, MOS_S);
    this.sense();
  }

  private sense(): void {
    this.min = this.cellTemperature + Math.min(...this.offsets);
    this.max = this.cellTemperature + Math.max(...this.offsets);
  }
}

/** The share of the way to its final temperature that a body goes in a time. */
function approach(seconds: number, timeConstant: number): number {
  return 1 - Math.exp(-seconds / timeConstant);
}
