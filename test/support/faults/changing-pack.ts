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

/**
 * A pack that has other values at every moment, so that a value tells when it was true. Moments are counted: one passes
 * with every answer. What it had at any moment can be asked at any time.
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
    if (this.builds.length > 8) this.builds.shift();
  }

  /** @returns the values from now on, and the moment that they belong to */
  pass(): { moment: number; reading: Reading } {
    this.moment++;
    return { moment: this.moment, reading: this.at(this.moment) };
  }

  /** What it had at a moment: all of it differs from the moments around, on grids that every protocol can carry. */
  at(moment: number): Reading {
    const { cells, fixed } = this.buildAt(moment);
    const lot = (step: number, size: number): number => (moment * step + this.seed) % size;
    const cellVoltages = Array.from({ length: cells }, (_, i) => (3100 + ((lot(37, 400) + 11 * i) % 400)) / 1000);
    const temperatures = [0, 1, 2, 3].map((i) => 5 + ((lot(7, 50) + 3 * i) % 50));
    const currents = round((lot(53, 800) - 400) / 10, 1);
    // Assigned, not spread: objects spread to this size are slow to use.
    const reading: Reading = Object.assign({}, fixed, {
      voltage: round(
        cellVoltages.reduce((sum, cell) => sum + cell, 0),
        3,
      ),
      current: currents,
      soc: lot(13, 101),
      remainingCapacity: lot(29, 900) / 10,
      fullCapacity: 100 - lot(3, 10),
      designCapacity: 100,
      cycles: 100 + lot(1, 5000),
      cycleCapacity: 10_000 + lot(100, 500_000),
      runtime: 1_000_000 + 17 * moment,
      cellCount: cells,
      cellVoltages,
      temperatures,
      mosTemperature: 10 + lot(11, 60),
      ambientTemperature: 10 + lot(5, 30),
      balancerTemperature: 10 + lot(9, 40),
      balanceCurrent: lot(3, 20) / 10,
      chargeEnabled: lot(1, 2) === 0,
      dischargeEnabled: lot(1, 3) === 0,
      balancingCells: [1 + lot(5, cells)],
      alarms: lot(1, 4) === 0 ? [alarm('cell_overvoltage', 'protection')] : [],
      errorCounts: Object.fromEntries(
        Object.keys(fixed.errorCounts ?? {}).map((name, i) => [name, (lot(3, 10_000) + i) % 10_000]),
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
