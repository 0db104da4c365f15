/** An alarm that a board reports, as the contract words it. */
export interface AlarmTruth {
  readonly code: string;
  readonly level: 'warning' | 'protection' | 'fault';
}

/** What is really so in a pack: whatever its board says, this is right. Units are those of a reading. */
export interface Truth {
  cells: number[];
  resistances: number[];
  /** positive while charging */
  current: number;
  soc: number;
  soh: number;
  remainingCapacity: number;
  fullCapacity: number;
  designCapacity: number;
  cycles: number;
  cycleCapacity: number;
  runtime: number;
  temperatures: (number | null)[];
  mosTemperature: number;
  balancerTemperature: number;
  /** what the user of the board has set */
  chargeSwitch: boolean;
  dischargeSwitch: boolean;
  balancingSwitch: boolean;
  heatingSwitch: boolean;
  /** a protection holds the MOSFET open, whatever is set */
  chargeHeld: boolean;
  dischargeHeld: boolean;
  balancingCells: number[];
  balanceCurrent: number;
  alarms: AlarmTruth[];
  chargerConnected: boolean;
  loadConnected: boolean;
  digitalInputs: boolean[];
  errorCounts: number[];
  model: string;
  hardwareVersion: string;
  softwareVersion: string;
  serialNumber: string;
  deviceName: string;
  /** YYYY-MM-DD */
  manufactureDate: string;
}

/** A pack of 16 LFP cells in the middle of its life; every value can be told by every board without rounding. */
export function usualTruth(changes: Partial<Truth> = {}): Truth {
  return {
    cells: [
      3.301, 3.302, 3.303, 3.304, 3.305, 3.306, 3.307, 3.308, 3.309, 3.31, 3.311, 3.312, 3.313, 3.314, 3.315, 3.28,
    ],
    resistances: Array.from({ length: 16 }, (_, i) => (60 + i) / 1000),
    ...{ current: -12.5, soc: 62, soh: 98 },
    ...{ remainingCapacity: 62, fullCapacity: 100, designCapacity: 100 },
    ...{ cycles: 37, cycleCapacity: 3712, runtime: 1_234_560 },
    ...{ temperatures: [21, 19], mosTemperature: 24, balancerTemperature: 23 },
    ...{ chargeSwitch: true, dischargeSwitch: true, balancingSwitch: true, heatingSwitch: false },
    ...{ chargeHeld: false, dischargeHeld: false },
    ...{ balancingCells: [], balanceCurrent: 0, alarms: [] },
    ...{ chargerConnected: false, loadConnected: true, digitalInputs: [false, true, false, false] },
    errorCounts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ...{ model: 'JK_WITNESS16S', hardwareVersion: '15A', softwareVersion: '15.32' },
    ...{ serialNumber: '40110490431', deviceName: 'WITNESS', manufactureDate: '2024-04-27' },
    ...changes,
  };
}

/** Sum of the cells, V, as fine as a board tells it. */
export function voltageOf({ cells }: Truth, step: number): number {
  const volts = cells.reduce((total, cell) => total + cell, 0);
  return tidy(Math.round(volts / step) * step);
}

/** Without the dust of binary fractions. */
export function tidy(value: number): number {
  return Number(value.toFixed(6));
}

/** What follows from the cells and sensors: the witness's own reckoning. */
export function derivedOf({ cells, temperatures }: Pick<Truth, 'cells' | 'temperatures'>): Record<string, unknown> {
  const sensors = temperatures.filter((value) => value !== null);
  const min = Math.min(...cells);
  const max = Math.max(...cells);
  return {
    cellVoltageMin: min,
    cellVoltageMax: max,
    cellVoltageDelta: tidy(max - min),
    minCell: cells.indexOf(min) + 1,
    maxCell: cells.indexOf(max) + 1,
    ...(sensors.length > 0 && { temperatureMin: Math.min(...sensors), temperatureMax: Math.max(...sensors) }),
  };
}

export function stateOf({ current }: Truth): string {
  return current > 0 ? 'charging' : current < 0 ? 'discharging' : 'idle';
}

export function chargeEnabled({ chargeSwitch, chargeHeld }: Truth): boolean {
  return chargeSwitch && !chargeHeld;
}

export function dischargeEnabled({ dischargeSwitch, dischargeHeld }: Truth): boolean {
  return dischargeSwitch && !dischargeHeld;
}
