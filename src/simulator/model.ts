import { CellString } from './cells';
import type { Chemistry } from './chemistry';
import { Gauge } from './gauge';
import { Guard } from './guard';
import { protectionsFor, type Direction, type Measured, type Protection } from './protections';
import { ratingsOf, type Ratings } from './ratings';
import type { Demand, Scenario } from './demand';
import { around, integer, pick, seeded } from './seeded';
import { Thermal } from './thermal';

const DESIGN_CAPACITIES = [50, 100, 200, 280] as const;

/** Capacity that a cycle wears off, as a fraction. */
const WEAR_PER_CYCLE = 0.0002;

/** A charger that gives less than this, as a fraction of the capacity per hour, near the full voltage is done. */
const TAPER = { rate: 0.05, within: 0.02 };

/** A pack in its surroundings, without a clock: it advances by the seconds given. */
export class PackModel {
  readonly ratings: Ratings;
  readonly cells: CellString;
  readonly thermal: Thermal;
  readonly gauge: Gauge;
  readonly guard: Guard;
  /** what the user allows: the two MOSFETs, the balancer and the heater */
  readonly wanted = { charge: true, discharge: true, balancing: true, heating: true };
  /** lived since it was made, s */
  seconds = 0;
  /** A, positive while charging */
  current = 0;
  /** on the clock of `seconds`: before it was made, it was charged an hour ago */
  chargedAt = -3600;
  heating = false;
  /** what stands at the terminals, whether or not its current flows */
  connected = { charger: false, load: false };

  private readonly phase: number;

  constructor(
    chemistry: Chemistry,
    cells: number,
    private readonly scenario: Scenario,
    seed: number,
  ) {
    const draw = seeded(seed);
    const capacity = pick(draw, DESIGN_CAPACITIES);
    const cycles = integer(draw, 5, 300);
    const today = capacity * (1 - cycles * WEAR_PER_CYCLE);
    const soc = scenario.initialSoc * around(draw, 0.05);
    this.phase = draw();
    this.ratings = ratingsOf(chemistry, cells, capacity);
    this.gauge = new Gauge(capacity, today, soc, cycles);
    this.cells = new CellString(chemistry, cells, today, soc, draw);
    this.thermal = new Thermal(this.ratings, this.demand(), draw);
    this.guard = new Guard(protectionsFor(this.ratings));
    this.settle();
  }

  /** Whether a charger stands at the terminals now. */
  get isFed(): boolean {
    return this.demand().charger > 0;
  }

  /** Whether the MOSFET of this direction conducts: it is wanted to, and no protection forbids it. */
  conducts(direction: Direction): boolean {
    return this.wanted[direction] && !this.guard.opens(direction);
  }

  /** Lets time pass. Follow with `settle` before looking at the values. @param seconds short against an hour */
  step(seconds: number): void {
    const demand = this.settle(seconds);
    const measured = this.measure();
    this.cells.pass(this.current, seconds);
    this.gauge.count(this.current, seconds);
    this.thermal.pass(this.current, this.heating, demand, seconds);
    this.seconds += seconds;
    if (this.current > 0) this.chargedAt = this.seconds;
    this.calibrate(this.guard.observe(measured, seconds));
  }

  /**
   * Finds the current and the voltages of this moment, without letting time pass. A protection that acts at once
   * acts here, so that its current never flows.
   * @param ahead for how long the current is going to flow, s
   */
  settle(ahead = 0): Demand {
    const demand = this.demand();
    this.connected = { charger: demand.charger > 0, load: demand.load > 0 };
    this.heating =
      this.wanted.heating && demand.charger > 0 && this.thermal.min < this.ratings.chemistry.temperature.chargeMin;
    this.flow(demand, ahead);
    if (this.guard.observe(this.measure(), 0).length > 0) this.flow(demand, ahead);
    if (this.current > 0) this.chargedAt = this.seconds;
    return demand;
  }

  private flow(demand: Demand, ahead: number): void {
    this.current = this.currentFor(demand, ahead);
    this.cells.settle(this.current, demand.looseContact, this.wanted.balancing);
  }

  private currentFor(demand: Demand, ahead: number): number {
    const surplus = demand.charger - demand.load;
    if (surplus <= 0) return this.conducts('discharge') ? surplus : 0;
    return this.conducts('charge') ? Math.min(surplus, this.cells.acceptance(demand.cellVoltage, ahead)) : 0;
  }

  private demand(): Demand {
    const { seconds, ratings, phase } = this;
    return this.scenario.demand({ seconds, soc: this.gauge.soc, ratings, phase });
  }

  /** The board knows the charge for certain at both ends. */
  private calibrate(tripped: readonly Protection[]): void {
    const { capacity, chemistry } = this.ratings;
    const tapered = this.current > 0 && this.current < TAPER.rate * capacity;
    if (tapered && this.cells.max >= chemistry.voltage.full - TAPER.within) this.gauge.reachedFull();
    for (const { counter } of tripped) {
      if (counter === 'cellOvervoltage' || counter === 'packOvervoltage') this.gauge.reachedFull();
      if (counter === 'cellUndervoltage' || counter === 'packUndervoltage') this.gauge.reachedEmpty();
    }
  }

  private measure(): Measured {
    const { current, cells, thermal } = this;
    return {
      cellMin: cells.min,
      cellMax: cells.max,
      cellDelta: cells.max - cells.min,
      voltage: cells.sum,
      chargeCurrent: Math.max(0, current),
      dischargeCurrent: Math.max(0, -current),
      temperatureMin: thermal.min,
      temperatureMax: thermal.max,
      mosTemperature: thermal.mosTemperature,
      soc: this.gauge.soc,
    };
  }
}
