import type { CurveShape, LimitCurve } from './curves';

/** What the limits do while charging is not allowed: the voltage is held where the pack is, or only the current is 0. */
export const WHEN_BLOCKED = ['both', 'current', 'voltage'] as const;

/** What is given out while the pack does not answer. */
export const ON_LOST = ['discharge', 'stop', 'hold'] as const;

/** What depends on the kind of cell (charge-limits.md 2). Voltages are those of one cell, V. */
export interface ChemistrySettings {
  /** wanted at the top */
  readonly absorptionVoltage: number;
  /** wanted after the pack was full */
  readonly floatVoltage: number;
  /** below, the pack is charged up again */
  readonly rebulkVoltage: number;
  /** the same by the state of charge, % */
  readonly rebulkSoc: number;
  /** what the load may draw the cells down to */
  readonly dischargeVoltage: number;
  /** where the board itself protects the cells from overvoltage */
  readonly overvoltage: number;
  /** where the board itself protects the cells from undervoltage */
  readonly undervoltage: number;
  /** the charge voltage limit never goes below this */
  readonly restVoltage: number;
  /** no charging at or below, °C */
  readonly coldBlock: number;
  /** by the highest cell, V */
  readonly chargeByCell: LimitCurve;
  /** by the lowest cell, V */
  readonly dischargeByCell: LimitCurve;
  /** by the coldest and the hottest sensor, °C */
  readonly chargeByTemperature: LimitCurve;
  /** by the coldest and the hottest sensor, °C */
  readonly dischargeByTemperature: LimitCurve;
}

/** What is the same for all kinds of cells (charge-limits.md 2). */
export interface CommonSettings {
  /** by the temperature of the MOSFETs, °C */
  readonly chargeByMos: LimitCurve;
  readonly dischargeByMos: LimitCurve;
  /** by the state of charge, % */
  readonly chargeBySoc: LimitCurve;
  readonly dischargeBySoc: LimitCurve;
  readonly curveShape: CurveShape;
  /** how far a cell may be above the absorption voltage before the charge voltage limit follows it, V */
  readonly cellMargin: number;
  /** kept from the protections of the board, V per cell */
  readonly protectionMargin: number;
  /** how long the tail current must have flowed until the pack is full, s */
  readonly absorptionTime: number;
  /** below, the pack takes no more: a fraction of the capacity per hour */
  readonly tailCurrent: number;
  /** cells that are no further apart are balanced, V */
  readonly balanceDelta: number;
  /** how long absorption goes on for cells that are not, s */
  readonly balanceHold: number;
  /** a full charge is due so many days after the last; 0: never */
  readonly rebulkDays: number;
  /** how long a current limit stays before it rises, s */
  readonly raiseHold: number;
  /** how fast it rises then, a fraction of the maximum per s */
  readonly raiseRate: number;
  /** how long a cap of the charge voltage stays before it rises, s */
  readonly voltageHold: number;
  /** how fast the charge voltage limit moves, V/s per cell */
  readonly voltageRamp: number;
  /** whether the limits that the board reports count too */
  readonly followBoard: boolean;
  readonly whenBlocked: (typeof WHEN_BLOCKED)[number];
  readonly onLost: (typeof ON_LOST)[number];
  /** how old a reading is when its pack counts as lost, s; never less than `freshFor` */
  readonly lostAfter: number;
  /** how long a lost pack is given half of its last limits, s */
  readonly holdFor: number;
  /** added to the charge voltage limit: what the wires to the charger lose, V */
  readonly voltageOffset: number;
  /** how old a reading is when it is stale, s; see `fresh-for.ts` */
  readonly freshFor: number;
}

/** Everything that the limits are computed by. What is absent is taken from the reading, or off. */
export interface LimitsSettings extends ChemistrySettings, CommonSettings {
  /** A: the least of cells, board, cable and fuse. Absent: no charge current limit is given out */
  readonly maxChargeCurrent?: number;
  /** the same for discharging */
  readonly maxDischargeCurrent?: number;
  /** in series */
  readonly cells?: number;
  /** Ah */
  readonly capacity?: number;
  /** no charging above, % */
  readonly chargeToSoc?: number;
  /** a charge is requested at or below, % */
  readonly forceChargeBelow?: number;
  /** no longer requested at or above, %; absent: 5 above the other */
  readonly forceChargeUntil?: number;
}

/** The highest voltage that is ever wanted of a cell, V: kept from the overvoltage protection of the board. */
export function highestVoltage({ overvoltage, protectionMargin }: LimitsSettings): number {
  return overvoltage - protectionMargin;
}

/** What the highest cell may have before the charge voltage limit follows it, V (charge-limits.md 6). */
export function controlledVoltage({ absorptionVoltage, cellMargin }: LimitsSettings): number {
  return absorptionVoltage + cellMargin;
}
