import type { ChemistryName } from '../../src/simulator/chemistry';
import { SimulatedPack, type PackOptions } from '../../src/simulator/pack';
import type { Demand, Moment, Scenario } from '../../src/simulator/demand';
import { FakeClock } from '../support/fake-clock';

export const HOUR_MS = 3_600_000;

/** A clock that jumps at once: these tests have no timers to fire. */
export class JumpingClock extends FakeClock {
  private jumped = 0;

  override monotonic(): number {
    return super.monotonic() + this.jumped;
  }

  override now(): number {
    return super.now() + this.jumped;
  }

  jump(ms: number): void {
    this.jumped += ms;
  }
}

/** A scenario of constant wishes. */
export function constant(wishes: Partial<Demand>, initialSoc = 0.5): Scenario {
  return { initialSoc, demand: (moment) => ({ ...quiet(moment), ...wishes }) };
}

/** Neither charger nor load, in a room. */
export function quiet({ ratings }: Pick<Moment, 'ratings'>): Demand {
  const cellVoltage = ratings.chemistry.voltage.full;
  return { charger: 0, load: 0, cellVoltage, ambient: 22, moving: false, looseContact: 0 };
}

/** A pack with a clock of its own; 16 LFP cells in real time unless told otherwise. */
export function makePack(options: Partial<PackOptions> = {}): { pack: SimulatedPack; clock: JumpingClock } {
  const clock = new JumpingClock();
  const chemistry: ChemistryName = 'lfp';
  const pack = new SimulatedPack({ cells: 16, chemistry, scenario: 'day', speed: 1, seed: 7, clock, ...options });
  return { pack, clock };
}

/** A value that the simulator always reports. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the simulated pack did not report a value that it should');
  return value;
}

/** Every number inside a value. */
export function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}
