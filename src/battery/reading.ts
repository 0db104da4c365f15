import type { Alarm } from './alarm';

export type BatteryState = 'idle' | 'charging' | 'discharging';

/**
 * One reading of a pack. Units are V, A, W, Wh, Ah, %, °C, ohm and s; current and power are positive while
 * charging; cells are numbered from 1. A value that the device did not report is absent; in lists, a sensor
 * that is not connected is null.
 */
export interface Reading {
  voltage?: number;
  current?: number;
  power?: number;
  soc?: number;
  state?: BatteryState;
  soh?: number;
  remainingCapacity?: number;
  fullCapacity?: number;
  designCapacity?: number;
  remainingEnergy?: number;
  cycles?: number;
  cycleCapacity?: number;
  /** device uptime or total running time, s */
  runtime?: number;
  timeToEmpty?: number;
  timeToFull?: number;
  cellCount?: number;
  cellVoltages?: number[];
  cellVoltageMin?: number;
  cellVoltageMax?: number;
  cellVoltageAverage?: number;
  cellVoltageDelta?: number;
  minCell?: number;
  maxCell?: number;
  cellResistances?: number[];
  temperatures?: (number | null)[];
  temperatureMin?: number;
  temperatureMax?: number;
  temperatureAverage?: number;
  mosTemperature?: number;
  balancerTemperature?: number;
  ambientTemperature?: number;
  /** whether the MOSFET conducts now, whoever or whatever decides it */
  chargeEnabled?: boolean;
  dischargeEnabled?: boolean;
  /** what the user of the board has set, where the board tells that apart from what it does now */
  chargeSwitch?: boolean;
  dischargeSwitch?: boolean;
  balancingSwitch?: boolean;
  heatingSwitch?: boolean;
  /** charge is being moved now */
  balancing?: boolean;
  balancingCells?: number[];
  balanceCurrent?: number;
  heating?: boolean;
  /** the board sees a charger */
  chargerConnected?: boolean;
  /** the board sees a load */
  loadConnected?: boolean;
  /** in the board's order */
  digitalInputs?: boolean[];
  /** since the last charge, s */
  timeSinceCharge?: number;
  chargeVoltageLimit?: number;
  chargeCurrentLimit?: number;
  dischargeVoltageLimit?: number;
  dischargeCurrentLimit?: number;
  /** lifetime counts of protections and restarts, by camelCase name */
  errorCounts?: Record<string, number>;
  alarms?: Alarm[];
  manufacturer?: string;
  model?: string;
  hardwareVersion?: string;
  softwareVersion?: string;
  serialNumber?: string;
  deviceName?: string;
  /** YYYY-MM-DD */
  manufactureDate?: string;
}

type KeyOf<T> = { [K in keyof Required<Reading>]: Required<Reading>[K] extends T ? K : never }[keyof Reading];

export type NumberKey = KeyOf<number>;
export type BooleanKey = KeyOf<boolean>;
export type TextKey = Exclude<KeyOf<string>, 'state'>;
export type NumberListKey = 'cellVoltages' | 'cellResistances' | 'temperatures';
