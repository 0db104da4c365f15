import type { Rule } from './rule';

type Figures = Pick<Rule, 'field' | 'operator' | 'limit' | 'clear' | 'hold' | 'onlyWhile'>;

const CELL_MAX = { field: 'cellVoltageMax', operator: '>' } as const;
const CELL_MIN = { field: 'cellVoltageMin', operator: '<' } as const;
const DELTA = { field: 'cellVoltageDelta', operator: '>' } as const;
const HOTTEST = { field: 'temperatureMax', operator: '>' } as const;
const COLDEST = { field: 'temperatureMin', operator: '<' } as const;
const CHARGE = { field: 'soc', operator: '<' } as const;

function warning(code: string, figures: Figures, message = ''): Rule {
  return { code, level: 'warning', message, ...figures };
}

function protection(code: string, figures: Figures, message = ''): Rule {
  return { code, level: 'protection', message, ...figures };
}

/**
 * Sets of rules to begin with, by name. The figures of a chemistry are those of usual data sheets: the warning comes
 * where a well-set charger or load has stopped, the protection before a usual board acts. Every pack has its own
 * data sheet, so all of them can be edited.
 */
export const ALARM_PRESETS: Readonly<Record<string, readonly Rule[]>> = {
  // For loads that can wait; the gap between limit and clear keeps them from going on and off.
  loadShedding: [
    warning('soc_low', { ...CHARGE, limit: 30, clear: 35, hold: 60 }),
    protection('load_shedding', { ...CHARGE, limit: 20, clear: 30, hold: 60 }),
    protection('soc_critical', { ...CHARGE, limit: 10, clear: 15, hold: 60 }),
  ],
  // Data sheets: 2.5 to 3.65 V, charging 0 to 45 or 55 °C, discharging up to 60 °C.
  lfp: [
    warning('cell_voltage_high', { ...CELL_MAX, limit: 3.55, clear: 3.45, hold: 30 }),
    protection('cell_overvoltage', { ...CELL_MAX, limit: 3.62, clear: 3.5, hold: 5 }),
    warning('cell_voltage_low', { ...CELL_MIN, limit: 2.9, clear: 3.1, hold: 30 }),
    protection('cell_undervoltage', { ...CELL_MIN, limit: 2.6, clear: 2.9, hold: 5 }),
    warning('cell_imbalance', { ...DELTA, limit: 0.15, clear: 0.08, hold: 300 }),
    warning('temperature_high', { ...HOTTEST, limit: 45, clear: 42, hold: 60 }),
    protection('overtemperature', { ...HOTTEST, limit: 55, clear: 50, hold: 10 }),
  ],
  // Data sheets: 3.0 (some 2.5) to 4.2 V, charging 0 to 45 °C, discharging up to 60 °C. 4.2 V is a full cell.
  nmc: [
    warning('cell_voltage_high', { ...CELL_MAX, limit: 4.2, clear: 4.15, hold: 30 }),
    protection('cell_overvoltage', { ...CELL_MAX, limit: 4.23, clear: 4.17, hold: 5 }),
    warning('cell_voltage_low', { ...CELL_MIN, limit: 3.25, clear: 3.4, hold: 30 }),
    protection('cell_undervoltage', { ...CELL_MIN, limit: 3.1, clear: 3.25, hold: 5 }),
    warning('cell_imbalance', { ...DELTA, limit: 0.1, clear: 0.05, hold: 300 }),
    warning('temperature_high', { ...HOTTEST, limit: 45, clear: 42, hold: 60 }),
    protection('overtemperature', { ...HOTTEST, limit: 55, clear: 50, hold: 10 }),
  ],
  // Data sheets: 1.5 or 1.8 to 2.8 V, full at 2.7 V, -30 to 55 or 60 °C.
  lto: [
    warning('cell_voltage_high', { ...CELL_MAX, limit: 2.72, clear: 2.65, hold: 30 }),
    protection('cell_overvoltage', { ...CELL_MAX, limit: 2.78, clear: 2.7, hold: 5 }),
    warning('cell_voltage_low', { ...CELL_MIN, limit: 2, clear: 2.1, hold: 30 }),
    protection('cell_undervoltage', { ...CELL_MIN, limit: 1.85, clear: 2, hold: 5 }),
    warning('cell_imbalance', { ...DELTA, limit: 0.1, clear: 0.05, hold: 300 }),
    warning('temperature_high', { ...HOTTEST, limit: 50, clear: 46, hold: 60 }),
    protection('overtemperature', { ...HOTTEST, limit: 55, clear: 50, hold: 10 }),
  ],
  // Data sheets: 1.5 or 2.0 to 3.95 or 4.05 V, full at 3.95 V, charging up to 45 or 60 °C.
  sodiumIon: [
    warning('cell_voltage_high', { ...CELL_MAX, limit: 3.96, clear: 3.88, hold: 30 }),
    protection('cell_overvoltage', { ...CELL_MAX, limit: 4.02, clear: 3.9, hold: 5 }),
    warning('cell_voltage_low', { ...CELL_MIN, limit: 2.3, clear: 2.6, hold: 30 }),
    protection('cell_undervoltage', { ...CELL_MIN, limit: 2.1, clear: 2.3, hold: 5 }),
    warning('cell_imbalance', { ...DELTA, limit: 0.2, clear: 0.1, hold: 300 }),
    warning('temperature_high', { ...HOTTEST, limit: 50, clear: 46, hold: 60 }),
    protection('overtemperature', { ...HOTTEST, limit: 55, clear: 50, hold: 10 }),
  ],
  // Below 0 °C charging plates lithium: for LFP and NMC; LTO and sodium-ion bear some frost.
  frost: [
    warning('frost', { ...COLDEST, limit: 5, clear: 7, hold: 60 }),
    protection('charge_undertemperature', { ...COLDEST, limit: 1, clear: 4, hold: 10 }),
  ],
  // On the flat part of the curve all cells are alike, however unlike their charge: that shows above the knee alone.
  apartWhenFull: [
    warning('cells_apart', { ...DELTA, limit: 0.05, clear: 0.03, hold: 60, onlyWhile: { ...CELL_MAX, limit: 3.4 } }),
  ],
};
