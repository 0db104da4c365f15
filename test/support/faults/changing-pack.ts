import { alarm } from '../../../src/battery/alarm';
import { derive, round } from '../../../src/battery/derive';
import type { Reading } from '../../../src/battery/reading';
import { SimulatedPack } from '../../../src/simulator/pack';
import { FakeClock } from '../fake-clock';

/** What a simulated pack says of itself that does not change here. */
function identity(cells: number, seed: number): Reading {
  const clock = new FakeClock();
  const all = new SimulatedPack({ cells, chemistry: 'lfp', scenario: 'steady', speed: 1, seed, clock }).read();
  const { model, hardwareVersion, softwareVersion, serialNumber, deviceName, manufactureDate } = all;
  const texts = { model, hardwareVersion, softwareVersion, serialNumber, deviceName, manufactureDate };
  const { chargeVoltageLimit, chargeCurrentLimit, dischargeVoltageLimit, dischargeCurrentLimit } = all;
  const limits = { chargeVoltageLimit, chargeCurrentLimit, dischargeVoltageLimit, dischargeCurrentLimit };
  const { soh, cellResistances, heating, errorCounts } = all;
  return JSON.parse(JSON.stringify({ ...texts, ...limits, soh, cellResistances, heating, errorCounts })) as Reading;
}

/** As often as a pack may restart during one reading: with each of its requests, and all their tries. */
const MOST_BUILDS = 200;

/** Up and down again in steps of 1, from 0 to `most`. */
function swing(step: number, most: number): number {
  const at = step % (2 * most);
  return at <= most ? at : 2 * most - at;
}

/**
 * A pack that has other values at every moment, so that a value tells when it was true, and that is a pack all the same:
 * its values agree with each other, and none leaps. Moments are counted: one passes with every answer. What it had at any
 * moment can be asked at any time.
 */
export class ChangingPack {
  moment = 0;
  /** from which moment on it has so many cells */
  private readonly builds: { from: number; cells: number; fixed: Reading }[] = [];

  constructor(
    cells: number,
    private readonly seed: number,
  ) {
    this.rebuild(cells);
  }

  get cells(): number {
    return this.buildAt(this.moment).cells;
  }

  /** From now on it has another number of cells. */
  rebuild(cells: number): void {
    this.builds.push({ from: ++this.moment, cells, fixed: identity(cells, this.seed) });
    if (this.builds.length > MOST_BUILDS) this.builds.shift();
  }

  /** @returns the values from now on, and the moment that they belong to */
  pass(): { moment: number; reading: Reading } {
    this.moment++;
    return { moment: this.moment, reading: this.at(this.moment) };
  }

  /** What it had at a moment, on grids that every protocol can carry. */
  at(moment: number): Reading {
    const { cells, fixed } = this.buildAt(moment);
    const step = moment + this.seed;
    const cellVoltages = Array.from({ length: cells }, (_, i) => (3200 + 2 * swing(step, 75) + ((11 * i) % 40)) / 1000);
    const temperatures = [0, 1, 2, 3].map((i) => 10 + swing(Math.floor(step / 8), 20) + 3 * i);
    const current = round((((step * 53) % 400) - 200) / 10, 1);
    const charge = 20 + swing(step, 600) / 10;
    // Assigned, not spread: objects spread to this size are slow to use.
    const reading: Reading = Object.assign({}, fixed, {
      voltage: round(
        cellVoltages.reduce((sum, cell) => sum + cell, 0),
        3,
      ),
      current,
      chargerConnected: true,
      loadConnected: true,
      soc: Math.round(charge),
      remainingCapacity: round(charge, 1),
      fullCapacity: 100 + (step % 2),
      designCapacity: 100,
      cycles: 100 + Math.floor(step / 400),
      cycleCapacity: 10_000 + Math.floor((3 * step) / 100),
      runtime: 1_000_000 + 17 * moment,
      cellCount: cells,
      cellVoltages,
      temperatures,
      mosTemperature: 10 + swing(Math.floor(step / 4), 60),
      ambientTemperature: 10 + swing(Math.floor(step / 5), 30),
      balancerTemperature: 10 + swing(Math.floor(step / 6), 40),
      balanceCurrent: ((step * 3) % 20) / 10,
      chargeEnabled: step % 2 === 0,
      dischargeEnabled: step % 3 === 0,
      balancingCells: [1 + ((step * 5) % cells)],
      alarms: step % 4 === 0 ? [alarm('cell_overvoltage', 'protection')] : [],
      errorCounts: Object.fromEntries(
        Object.keys(fixed.errorCounts ?? {}).map((name, i) => [name, (Math.floor(step / 40) + i) % 10_000]),
      ),
    });
    return derive(reading);
  }

  private buildAt(moment: number): { cells: number; fixed: Reading } {
    const build = this.builds.findLast(({ from }) => from <= moment) ?? this.builds[0];
    if (build === undefined) throw new Error('a pack without cells');
    return build;
  }
}
