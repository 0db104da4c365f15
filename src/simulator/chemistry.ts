export const CHEMISTRIES = ['lfp', 'nmc', 'lto', 'naion'] as const;

export type ChemistryName = (typeof CHEMISTRIES)[number];

/** One kind of cell. Voltages are those of a single cell. */
export interface Chemistry {
  /**
   * Open-circuit voltage, V, over state of charge, %, both rising. The rows below 0 and above 100 are overdischarge
   * and overcharge; a cell goes no further than the first and the last.
   */
  openCircuit: readonly (readonly [number, number])[];
  /** internal resistance × capacity, ohm·Ah: twice the cell has half the resistance */
  resistance: number;
  voltage: {
    /** no reading lies outside these two */
    min: number;
    max: number;
    undervoltage: number;
    undervoltageRelease: number;
    /** warns below */
    low: number;
    /** the balancer works above */
    balanceFrom: number;
    /** where a good charger holds the cell */
    full: number;
    /** warns above */
    high: number;
    overvoltageRelease: number;
    overvoltage: number;
  };
  /** °C outside which the board stops charging or discharging */
  temperature: { chargeMin: number; chargeMax: number; dischargeMin: number; dischargeMax: number };
}

/** Typical figures from public data sheets of prismatic cells, with the connections between them included in the resistance. */
export const CELL_TYPES: Readonly<Record<ChemistryName, Chemistry>> = {
  lfp: {
    openCircuit: [
      [-2, 2.0],
      [0, 2.5],
      [2, 2.8],
      [5, 3.0],
      [10, 3.15],
      [20, 3.22],
      [30, 3.25],
      [40, 3.28],
      [50, 3.29],
      [60, 3.3],
      [70, 3.32],
      [80, 3.33],
      [90, 3.34],
      [95, 3.35],
      [98, 3.37],
      [99, 3.4],
      [100, 3.5],
      [102, 4.0],
    ],
    resistance: 0.08,
    voltage: {
      min: 1.7,
      max: 4.3,
      undervoltage: 2.5,
      undervoltageRelease: 3.0,
      low: 2.8,
      balanceFrom: 3.4,
      full: 3.5,
      high: 3.58,
      overvoltageRelease: 3.45,
      overvoltage: 3.65,
    },
    temperature: { chargeMin: 0, chargeMax: 55, dischargeMin: -20, dischargeMax: 60 },
  },
  nmc: {
    openCircuit: [
      [-2, 2.6],
      [0, 3.0],
      [2, 3.2],
      [5, 3.35],
      [10, 3.45],
      [20, 3.55],
      [30, 3.61],
      [40, 3.65],
      [50, 3.7],
      [60, 3.78],
      [70, 3.87],
      [80, 3.96],
      [90, 4.07],
      [95, 4.13],
      [100, 4.2],
      [102, 4.4],
    ],
    resistance: 0.06,
    voltage: {
      min: 2.3,
      max: 4.7,
      undervoltage: 3.0,
      undervoltageRelease: 3.25,
      low: 3.2,
      balanceFrom: 4.05,
      full: 4.2,
      high: 4.23,
      overvoltageRelease: 4.15,
      overvoltage: 4.26,
    },
    temperature: { chargeMin: 0, chargeMax: 45, dischargeMin: -20, dischargeMax: 60 },
  },
  lto: {
    openCircuit: [
      [-2, 1.4],
      [0, 1.8],
      [5, 2.02],
      [10, 2.1],
      [20, 2.18],
      [30, 2.22],
      [40, 2.26],
      [50, 2.3],
      [60, 2.34],
      [70, 2.38],
      [80, 2.43],
      [90, 2.5],
      [95, 2.57],
      [100, 2.7],
      [102, 3.0],
    ],
    resistance: 0.03,
    voltage: {
      min: 1.1,
      max: 3.3,
      undervoltage: 1.75,
      undervoltageRelease: 2.05,
      low: 1.85,
      balanceFrom: 2.5,
      full: 2.7,
      high: 2.75,
      overvoltageRelease: 2.65,
      overvoltage: 2.82,
    },
    temperature: { chargeMin: -20, chargeMax: 55, dischargeMin: -30, dischargeMax: 60 },
  },
  naion: {
    openCircuit: [
      [-2, 1.7],
      [0, 2.0],
      [5, 2.32],
      [10, 2.5],
      [20, 2.72],
      [30, 2.88],
      [40, 2.98],
      [50, 3.08],
      [60, 3.18],
      [70, 3.3],
      [80, 3.44],
      [90, 3.62],
      [95, 3.75],
      [100, 3.95],
      [102, 4.2],
    ],
    resistance: 0.1,
    voltage: {
      min: 1.3,
      max: 4.5,
      undervoltage: 2.0,
      undervoltageRelease: 2.4,
      low: 2.2,
      balanceFrom: 3.7,
      full: 3.95,
      high: 4.0,
      overvoltageRelease: 3.9,
      overvoltage: 4.06,
    },
    temperature: { chargeMin: -10, chargeMax: 50, dischargeMin: -30, dischargeMax: 60 },
  },
};
