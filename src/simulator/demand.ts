import type { Ratings } from './ratings';
import type { Air } from './thermal';

/** The moment for which a scenario is asked. */
export interface Moment {
  /** of the model's time since the pack was made, s */
  seconds: number;
  /** as the board counts it, % */
  soc: number;
  ratings: Ratings;
  /** 0 to 1: lets the small fluctuations of two packs differ */
  phase: number;
}

/** What the surroundings demand of a pack. */
export interface Demand extends Air {
  /** A that the charger can give and that the load takes; the pack sees the difference */
  charger: number;
  load: number;
  /** where the charger holds the highest cell, V; infinite for a broken charger */
  cellVoltage: number;
  /** ohm of a bad joint at the first cell */
  looseContact: number;
}

export interface Scenario {
  /** state of charge at the start, fraction */
  readonly initialSoc: number;
  demand(moment: Moment): Demand;
}
