import type { Alarm } from './alarm';

/** What the current does to the pack. */
export type BatteryState = 'idle' | 'charging' | 'discharging';

/**
 * One reading of a pack. Units are V, A, W, Wh, Ah, %, °C, ohm and s; current and power are positive while
 * charging; cells are numbered from 1. A value that the device did not report is absent; in lists, a sensor
 * that is not connected is null.
 */
export interface Reading {
  /** V */
  voltage?: number;
  /** A, positive while charging */
  current?: number;
  /** W, positive while charging */
  power?: number;
  /** state of charge, % */
  soc?: number;
  /** as the board reports it; else by the sign of the current */
  state?: BatteryState;
  /** state of health, % */
  soh?: number;
  /** Ah */
  remainingCapacity?: number;
  /** what a full pack holds, as the board has learned it, else by other figures, Ah */
  fullCapacity?: number;
  /** nominal, Ah */
  designCapacity?: number;
  /** Wh */
  remainingEnergy?: number;
  /** full cycles */
  cycles?: number;
  /** throughput of its life, Ah */
  cycleCapacity?: number;
  /** what the board has counted in its life, Wh */
  chargedEnergy?: number;
  /** the same of what was taken, Wh */
  dischargedEnergy?: number;
  /** the same, Ah */
  chargedCapacity?: number;
  /** the same of what was taken, Ah */
  dischargedCapacity?: number;
  /** device uptime or total running time, s */
  runtime?: number;
  /** derived from capacity and a smoothed current, s; absent while idle */
  timeToEmpty?: number;
  /** the same, s */
  timeToFull?: number;
  /** cells in series */
  cellCount?: number;
  /** V, from cell 1 on */
  cellVoltages?: number[];
  /** V */
  cellVoltageMin?: number;
  /** V */
  cellVoltageMax?: number;
  /** V */
  cellVoltageAverage?: number;
  /** highest less lowest, V */
  cellVoltageDelta?: number;
  /** number of the lowest cell, from 1; the first on a tie */
  minCell?: number;
  /** number of the highest cell, from 1; the first on a tie */
  maxCell?: number;
  /** ohm, from cell 1 on */
  cellResistances?: number[];
  /** sensors of the battery in the order of the board, °C; null: not connected */
  temperatures?: (number | null)[];
  /** °C */
  temperatureMin?: number;
  /** °C */
  temperatureMax?: number;
  /** °C */
  temperatureAverage?: number;
  /** of the MOSFETs, °C */
  mosTemperature?: number;
  /** °C */
  balancerTemperature?: number;
  /** °C */
  ambientTemperature?: number;
  /** whether the MOSFET conducts now, for whatever reason */
  chargeEnabled?: boolean;
  /** the same for discharging */
  dischargeEnabled?: boolean;
  /** the switch that is set on the board, where the board reports it separately from the MOSFET */
  chargeSwitch?: boolean;
  /** the same for discharging */
  dischargeSwitch?: boolean;
  /** whether the board may balance */
  balancingSwitch?: boolean;
  /** whether the board may heat */
  heatingSwitch?: boolean;
  /** charge is being moved now */
  balancing?: boolean;
  /** numbers of the cells that are balanced now */
  balancingCells?: number[];
  /** A */
  balanceCurrent?: number;
  /** the heater is on */
  heating?: boolean;
  /** the board sees a charger */
  chargerConnected?: boolean;
  /** the board sees a load */
  loadConnected?: boolean;
  /** in the board's order */
  digitalInputs?: boolean[];
  /** since the last charge, s */
  timeSinceCharge?: number;
  /** what the board asks of the charger, V */
  chargeVoltageLimit?: number;
  /** the same, A */
  chargeCurrentLimit?: number;
  /** what the board asks of the load, V */
  dischargeVoltageLimit?: number;
  /** the same, A */
  dischargeCurrentLimit?: number;
  /** lifetime counts of protections and restarts, by camelCase name */
  errorCounts?: Record<string, number>;
  /** what the board reports now; empty when it reports none */
  alarms?: Alarm[];
  /** as the board reports it */
  manufacturer?: string;
  /** as the board reports it */
  model?: string;
  /** as the board reports it */
  hardwareVersion?: string;
  /** as the board reports it */
  softwareVersion?: string;
  /** as the board reports it */
  serialNumber?: string;
  /** as its user has named it */
  deviceName?: string;
  /** YYYY-MM-DD */
  manufactureDate?: string;
}

type KeyOf<T> = { [K in keyof Required<Reading>]: Required<Reading>[K] extends T ? K : never }[keyof Reading];

export type NumberKey = KeyOf<number>;
export type BooleanKey = KeyOf<boolean>;
export type TextKey = Exclude<KeyOf<string>, 'state'>;
export type NumberListKey = 'cellVoltages' | 'cellResistances' | 'temperatures';
