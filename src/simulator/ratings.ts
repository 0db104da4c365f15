import type { Chemistry } from './chemistry';

/** What a pack is built for, and so what its board is set to. */
export interface Ratings {
  chemistry: Chemistry;
  cells: number;
  /** nominal capacity, Ah */
  capacity: number;
  /** A that the board asks charger and load not to exceed */
  chargeCurrent: number;
  dischargeCurrent: number;
  /** V of the whole pack that it asks them to stay within */
  chargeVoltage: number;
  dischargeVoltage: number;
}

/**
 * A usual board for these cells.
 * @param capacity nominal, Ah. Up to 280 Ah, an overload stays within the 327 A that a 16-bit wire field can say.
 */
export function ratingsOf(chemistry: Chemistry, cells: number, capacity: number): Ratings {
  return {
    chemistry,
    cells,
    capacity,
    chargeCurrent: 0.5 * capacity,
    dischargeCurrent: 0.8 * capacity,
    chargeVoltage: cells * chemistry.voltage.full,
    dischargeVoltage: cells * chemistry.voltage.low,
  };
}
