import type { Reading } from '../../../src/battery/reading';
import { CellString } from '../../../src/simulator/cells';
import { CELL_TYPES, type ChemistryName } from '../../../src/simulator/chemistry';
import { Gauge } from '../../../src/simulator/gauge';
import { Guard } from '../../../src/simulator/guard';
import { protectionsFor } from '../../../src/simulator/protections';
import { ratingsOf, type Ratings } from '../../../src/simulator/ratings';
import type { Lottery } from '../../../src/simulator/seeded';

/** What a pack of the closed loop is. */
export interface LoopPackOptions {
  readonly chemistry: ChemistryName;
  readonly cells: number;
  /** Ah */
  readonly capacity: number;
  /** at the start, fraction */
  readonly soc: number;
  /** by how much more the first cell is charged, fraction */
  readonly ahead: number;
}

/** A that an active balancer takes from a high cell. */
const BLEED_CURRENT = 2;
/** V by which a measured cell may be wrong, either way */
const NOISE = 0.002;
/** ohm of cable, fuse and MOSFETs of a pack */
const WIRING = 0.001;
const MILD = { temperatureMin: 20, temperatureMax: 22, mosTemperature: 30 };

/** A pack with its board out of the parts of the simulator. What flows is decided outside: by charger, loads and other packs. */
export class LoopPack {
  readonly cells: CellString;
  readonly guard: Guard;
  readonly gauge: Gauge;
  /** ohm */
  readonly resistance: number;
  /** whether it is connected to the others, and its board allows to charge it */
  isConnected = true;
  mayCharge = true;
  current = 0;
  private readonly ratings: Ratings;

  constructor(
    { chemistry, cells, capacity, soc, ahead }: LoopPackOptions,
    private readonly draw: Lottery,
  ) {
    const type = CELL_TYPES[chemistry];
    this.ratings = ratingsOf(type, cells, capacity);
    this.cells = new CellString(type, cells, capacity, soc, draw, { ahead, bleedCurrent: BLEED_CURRENT });
    this.guard = new Guard(protectionsFor(this.ratings));
    this.gauge = new Gauge(capacity, capacity, soc, 0);
    this.resistance = this.cells.resistances.reduce((sum, each) => sum + each, WIRING);
  }

  get conductsCharge(): boolean {
    return this.mayCharge && !this.guard.opens('charge');
  }

  /** V without current */
  get restVoltage(): number {
    this.cells.settle(0, 0, true);
    return this.cells.sum;
  }

  /** Lets a current flow for a time. @param current A, positive while charging */
  step(current: number, seconds: number): void {
    this.current = current;
    this.cells.settle(current, 0, true);
    const { min, max, sum } = this.cells;
    const currents = { chargeCurrent: Math.max(0, current), dischargeCurrent: Math.max(0, -current) };
    this.guard.observe(
      { cellMin: min, cellMax: max, cellDelta: max - min, voltage: sum, ...currents, ...MILD, soc: this.gauge.soc },
      seconds,
    );
    this.cells.pass(current, seconds);
    this.gauge.count(current, seconds);
  }

  /** What the board says. */
  read(): Reading {
    const cellVoltages = this.cells.voltages.map((voltage) => voltage + NOISE * (2 * this.draw() - 1));
    const { ratings, gauge, current, guard } = this;
    const highest = Math.max(...cellVoltages);
    const lowest = Math.min(...cellVoltages);
    return {
      ...{ cellVoltages, cellVoltageMax: highest, cellVoltageMin: lowest, cellCount: ratings.cells, current },
      voltage: cellVoltages.reduce((sum, cell) => sum + cell, 0),
      ...{ maxCell: cellVoltages.indexOf(highest) + 1, minCell: cellVoltages.indexOf(lowest) + 1 },
      ...{ soc: gauge.soc, fullCapacity: gauge.full, remainingCapacity: gauge.remaining, ...MILD },
      ...{ chargeEnabled: this.conductsCharge, dischargeEnabled: !guard.opens('discharge'), alarms: guard.alarms },
      ...{ chargeCurrentLimit: ratings.chargeCurrent, dischargeCurrentLimit: ratings.dischargeCurrent },
      ...{ chargeVoltageLimit: ratings.chargeVoltage, dischargeVoltageLimit: ratings.dischargeVoltage },
    };
  }
}
