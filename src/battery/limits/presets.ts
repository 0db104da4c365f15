import { LEAST_FRESH } from '../fresh-for';
import type { ChemistrySettings, CommonSettings } from './settings';

/** The kinds of cells that there are figures for. */
export const LIMITS_CHEMISTRIES = ['lfp', 'nmc', 'lto', 'naion'] as const;

/** See `LIMITS_CHEMISTRIES`. */
export type LimitsChemistry = (typeof LIMITS_CHEMISTRIES)[number];

/**
 * Figures to begin with; the data sheet of the cells counts more. Sources: charge-limits.md 2. Where data sheets differ, as for
 * sodium, the narrower figure is taken.
 */
export const CHEMISTRY_PRESETS: Readonly<Record<LimitsChemistry, ChemistrySettings>> = {
  lfp: {
    ...{ absorptionVoltage: 3.45, floatVoltage: 3.35, rebulkVoltage: 3.3, rebulkSoc: 80, restVoltage: 3.2 },
    ...{ dischargeVoltage: 2.9, overvoltage: 3.65, undervoltage: 2.5, coldBlock: 0 },
    chargeByCell: points(3.45, 1, 3.5, 0.4, 3.55, 0.1, 3.6, 0),
    dischargeByCell: points(2.8, 0, 2.9, 0.05, 3, 0.25, 3.1, 1),
    chargeByTemperature: points(0, 0, 5, 0.25, 15, 1, 45, 1, 50, 0.5, 55, 0),
    dischargeByTemperature: points(-20, 0, -10, 0.2, 0, 0.5, 10, 1, 50, 1, 55, 0.5, 60, 0),
  },
  nmc: {
    ...{ absorptionVoltage: 4.1, floatVoltage: 4, rebulkVoltage: 3.95, rebulkSoc: 80, restVoltage: 3.5 },
    ...{ dischargeVoltage: 3.1, overvoltage: 4.25, undervoltage: 2.8, coldBlock: 0 },
    chargeByCell: points(4.1, 1, 4.15, 0.4, 4.18, 0.1, 4.2, 0),
    dischargeByCell: points(3, 0, 3.1, 0.05, 3.2, 0.25, 3.35, 1),
    chargeByTemperature: points(0, 0, 5, 0.25, 15, 1, 40, 1, 45, 0.5, 50, 0),
    dischargeByTemperature: points(-20, 0, -10, 0.3, 5, 1, 50, 1, 60, 0),
  },
  lto: {
    ...{ absorptionVoltage: 2.6, floatVoltage: 2.45, rebulkVoltage: 2.4, rebulkSoc: 80, restVoltage: 2.2 },
    ...{ dischargeVoltage: 1.9, overvoltage: 2.8, undervoltage: 1.6, coldBlock: -30 },
    chargeByCell: points(2.6, 1, 2.65, 0.5, 2.7, 0.1, 2.75, 0),
    dischargeByCell: points(1.8, 0, 1.9, 0.05, 2, 0.25, 2.1, 1),
    chargeByTemperature: points(-30, 0, -20, 0.3, 0, 1, 45, 1, 55, 0),
    dischargeByTemperature: points(-30, 0, -20, 0.5, 0, 1, 50, 1, 60, 0),
  },
  naion: {
    ...{ absorptionVoltage: 3.85, floatVoltage: 3.7, rebulkVoltage: 3.6, rebulkSoc: 80, restVoltage: 2.8 },
    ...{ dischargeVoltage: 2.2, overvoltage: 4, undervoltage: 1.8, coldBlock: -10 },
    chargeByCell: points(3.87, 1, 3.9, 0.4, 3.93, 0.1, 3.95, 0),
    dischargeByCell: points(2, 0, 2.2, 0.05, 2.4, 0.25, 2.6, 1),
    chargeByTemperature: points(-10, 0, 0, 0.5, 10, 1, 40, 1, 45, 0),
    dischargeByTemperature: points(-30, 0, -20, 0.3, 0, 1, 50, 1, 60, 0),
  },
};

const BY_MOS = points(70, 1, 80, 0.25, 90, 0);

/** The same for all kinds of cells (charge-limits.md 2). A state of charge is less true than a cell voltage: no curve by it. */
export const COMMON_PRESET: CommonSettings = {
  ...{ chargeByMos: BY_MOS, dischargeByMos: BY_MOS, chargeBySoc: [], dischargeBySoc: [], curveShape: 'linear' },
  ...{ cellMargin: 0.01, protectionMargin: 0.05, voltageOffset: 0, followBoard: true },
  ...{ absorptionTime: 300, tailCurrent: 0.05, balanceDelta: 0.02, balanceHold: 1800, rebulkDays: 0 },
  ...{ raiseHold: 30, raiseRate: 0.02, voltageHold: 60, voltageRamp: 0.0001 },
  ...{ whenBlocked: 'both', onLost: 'discharge', lostAfter: 60, holdFor: 1800, freshFor: LEAST_FRESH },
};

/** Points of a curve out of x and fraction in turn. */
function points(...figures: readonly number[]): [x: number, fraction: number][] {
  return figures.flatMap((x, i) => (i % 2 === 0 ? [[x, figures[i + 1] ?? 0] as [number, number]] : []));
}
