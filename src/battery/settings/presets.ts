import { BmsError } from '../errors';
import { shownValue } from '../quoted';
import { say, type Sentence } from '../sentence';
import type { SettingKey, SettingValue, SettingValues } from './vocabulary';

/*
 * Quick setup: the settings of a board for a chemistry, a number of cells and a capacity. Only what follows from these is proposed;
 * limits of current and delays belong to the board, its cables and its fuse. Where sources differ, the narrower figure counts.
 */

/** The chemistries that there are figures for. */
export const PRESET_CHEMISTRIES = ['lfp', 'nmc', 'lto', 'sodium'] as const;

/** See `PRESET_CHEMISTRIES`. */
export type PresetChemistry = (typeof PRESET_CHEMISTRIES)[number];

/** What the user says of his pack. */
export interface QuickSetup {
  readonly chemistry: PresetChemistry;
  /** in series */
  readonly cells: number;
  /** Ah */
  readonly capacity: number;
  /** NMC cells that are charged to 4.3 V, on an ANT board */
  readonly isHighVoltage?: boolean;
}

/** Settings to be planned and written, with what the user must know. */
export interface Proposal {
  readonly values: SettingValues;
  readonly note: Sentence;
}

/** The same for all (settings-jk-ble.md 4; ant-app-features.md 7). */
const COMMON: SettingValues = {
  balanceDelta: 0.01,
  balanceStopDelta: 0.005,
  mosOvertemperatureProtection: 75,
  mosOvertemperatureRecovery: 70,
};

/**
 * First the presets of JK's app (settings-jk-ble.md 4). The second level is that of ANT's manual and of a captured board
 * (ant-app-features.md 4), the level of the chip that of JBD's files (settings-jbd.md 9). Charge voltages, temperatures, and all of
 * sodium, for which no vendor has a preset, are of data sheets of cells: IFR26650 and IFR10440 (sunlandpower.com), SCiB
 * (Toshiba), sodium cells of tobmachine.com and Hakadi; of the two last the narrower.
 */
const PRESETS: Readonly<Record<PresetChemistry, SettingValues>> = {
  lfp: {
    ...COMMON,
    ...{ cellOvervoltageProtection: 3.6, cellOvervoltageRecovery: 3.4, shutdownCellVoltage: 2.5 },
    ...{ cellUndervoltageProtection: 2.6, cellUndervoltageRecovery: 3 },
    ...{ cellOvervoltage2Protection: 3.8, cellOvervoltage2Recovery: 3.7 },
    ...{ cellUndervoltage2Protection: 2, cellUndervoltage2Recovery: 2.5 },
    ...{ hardwareCellOvervoltageProtection: 3.9, hardwareCellUndervoltageProtection: 2 },
    ...{ balanceStartVoltage: 3.4, balanceLimitVoltage: 3.6 },
    ...{ requestedChargeCellVoltage: 3.45, requestedFloatCellVoltage: 3.35 },
    ...{ fullChargeCellVoltage: 3.45, emptyCellVoltage: 2.9 },
    ...{ chargeOvertemperatureProtection: 55, chargeOvertemperatureRecovery: 50 },
    ...{ chargeUndertemperatureProtection: 0, chargeUndertemperatureRecovery: 2 },
    ...{ dischargeOvertemperatureProtection: 60, dischargeOvertemperatureRecovery: 55 },
    ...{ dischargeUndertemperatureProtection: -20, dischargeUndertemperatureRecovery: -10 },
  },
  nmc: {
    ...COMMON,
    ...{ cellOvervoltageProtection: 4.2, cellOvervoltageRecovery: 4.1, shutdownCellVoltage: 2.8 },
    ...{ cellUndervoltageProtection: 2.9, cellUndervoltageRecovery: 3.2 },
    ...{ cellOvervoltage2Protection: 4.3, cellOvervoltage2Recovery: 4.2 },
    ...{ cellUndervoltage2Protection: 2, cellUndervoltage2Recovery: 2.2 },
    ...{ hardwareCellOvervoltageProtection: 4.3, hardwareCellUndervoltageProtection: 2 },
    ...{ balanceStartVoltage: 4.1, balanceLimitVoltage: 4.2 },
    ...{ requestedChargeCellVoltage: 4.1, requestedFloatCellVoltage: 4 },
    ...{ fullChargeCellVoltage: 4.1, emptyCellVoltage: 3.1 },
    ...{ chargeOvertemperatureProtection: 50, chargeOvertemperatureRecovery: 45 },
    ...{ chargeUndertemperatureProtection: 0, chargeUndertemperatureRecovery: 2 },
    ...{ dischargeOvertemperatureProtection: 60, dischargeOvertemperatureRecovery: 50 },
    ...{ dischargeUndertemperatureProtection: -20, dischargeUndertemperatureRecovery: -10 },
  },
  lto: {
    ...COMMON,
    ...{ cellOvervoltageProtection: 2.7, cellOvervoltageRecovery: 2.4, shutdownCellVoltage: 1.7 },
    ...{ cellUndervoltageProtection: 1.8, cellUndervoltageRecovery: 2 },
    ...{ cellOvervoltage2Protection: 2.8, cellOvervoltage2Recovery: 2.7 },
    ...{ cellUndervoltage2Protection: 1.6, cellUndervoltage2Recovery: 1.8 },
    ...{ hardwareCellOvervoltageProtection: 2.8, hardwareCellUndervoltageProtection: 1.6 },
    ...{ balanceStartVoltage: 2.45, balanceLimitVoltage: 2.7 },
    ...{ requestedChargeCellVoltage: 2.6, requestedFloatCellVoltage: 2.45 },
    ...{ fullChargeCellVoltage: 2.6, emptyCellVoltage: 1.9 },
    ...{ chargeOvertemperatureProtection: 55, chargeOvertemperatureRecovery: 45 },
    ...{ chargeUndertemperatureProtection: -30, chargeUndertemperatureRecovery: -28 },
    ...{ dischargeOvertemperatureProtection: 60, dischargeOvertemperatureRecovery: 50 },
    ...{ dischargeUndertemperatureProtection: -30, dischargeUndertemperatureRecovery: -20 },
  },
  sodium: {
    ...COMMON,
    ...{ cellOvervoltageProtection: 4, cellOvervoltageRecovery: 3.85, shutdownCellVoltage: 1.5 },
    ...{ cellUndervoltageProtection: 1.8, cellUndervoltageRecovery: 2.4 },
    ...{ cellOvervoltage2Protection: 4.1, cellOvervoltage2Recovery: 4 },
    ...{ cellUndervoltage2Protection: 1.5, cellUndervoltage2Recovery: 1.8 },
    ...{ hardwareCellOvervoltageProtection: 4.1, hardwareCellUndervoltageProtection: 1.5 },
    ...{ balanceStartVoltage: 3.7, balanceLimitVoltage: 4 },
    ...{ requestedChargeCellVoltage: 3.85, requestedFloatCellVoltage: 3.7 },
    ...{ fullChargeCellVoltage: 3.85, emptyCellVoltage: 2.2 },
    ...{ chargeOvertemperatureProtection: 45, chargeOvertemperatureRecovery: 40 },
    ...{ chargeUndertemperatureProtection: -10, chargeUndertemperatureRecovery: -8 },
    ...{ dischargeOvertemperatureProtection: 60, dischargeOvertemperatureRecovery: 50 },
    ...{ dischargeUndertemperatureProtection: -30, dischargeUndertemperatureRecovery: -20 },
  },
};

/** What the recipe for cells of 4.3 V changes (ant-app-features.md 3). */
const HIGH_VOLTAGE: SettingValues = {
  ...{ cellOvervoltageProtection: 4.3, cellOvervoltageRecovery: 4.2 },
  ...{ cellOvervoltage2Protection: 4.4, cellOvervoltage2Recovery: 4.3 },
  ...{ balanceLimitVoltage: 4.3, balanceStartVoltage: 4.2, antSocMethod: 3 },
};

/** V at %, rising. */
type SocTable = readonly (readonly [soc: number, voltage: number])[];

function table(points: Readonly<Record<number, number>>): SocTable {
  return Object.entries(points).map(([soc, voltage]) => [Number(soc), voltage]);
}

/**
 * Cell voltages at states of charge, V at %; straight between them. NMC: ANT's manual (ant-app-features.md 8). LFP: a file of
 * JBD's (settings-jbd.md 9). The others know full, empty, and where charging begins again.
 */
const SOC_TABLES: Readonly<Record<PresetChemistry, SocTable>> = {
  lfp: table({ 0: 2.9, 20: 3.1, 40: 3.2, 60: 3.3, 80: 3.4, 100: 3.45 }),
  nmc: table({
    ...{ 0: 3.405, 10: 3.477, 20: 3.555, 30: 3.592, 40: 3.624, 50: 3.673 },
    ...{ 60: 3.755, 70: 3.845, 80: 3.946, 90: 4.053, 100: 4.17 },
  }),
  lto: table({ 0: 1.9, 80: 2.4, 100: 2.6 }),
  sodium: table({ 0: 2.2, 80: 3.6, 100: 3.85 }),
};

/** Most of the known boards have fewer. */
const MOST_CELLS = 48;
/** The largest that a board takes (settings-jk-ble.md 1), Ah. */
const MOST_CAPACITY = 20_000;

/**
 * The settings that are proposed for a pack.
 * @param has the settings of the board that may be written
 * @throws BmsError `bad_value` when the pack cannot be as it is described, `unsupported` for 4.3 V cells on another board
 */
export function quickSetup(setup: QuickSetup, has: (key: SettingKey) => boolean): Proposal {
  const { chemistry, cells, capacity, isHighVoltage = false } = checked(setup);
  if (isHighVoltage && (chemistry !== 'nmc' || !has('antSocMethod'))) {
    throw new BmsError('unsupported', say`The recipe for cells of 4.3 V is for NMC cells on an ANT board.`);
  }
  const perCell: SettingValues = { ...PRESETS[chemistry], ...(isHighVoltage && HIGH_VOLTAGE) };
  const all: SettingValues = {
    ...{ chemistry, cellCount: cells, designCapacity: capacity, cycleCountCapacity: rounded(0.8 * capacity) },
    ...perCell,
    ...packVoltages(perCell, cells),
    ...socVoltages(chemistry, perCell, has),
  };
  const values = Object.fromEntries(Object.entries(all).filter(([key]) => has(key as SettingKey)));
  return {
    values,
    note: say`These are common figures for such cells. Check them against the data sheet of your cells, and set the limits of current yourself.`,
  };
}

function checked(setup: QuickSetup): QuickSetup {
  const { chemistry, cells, capacity } = setup;
  if (!PRESET_CHEMISTRIES.includes(chemistry)) throw bad('chemistry', chemistry, say`${PRESET_CHEMISTRIES.join(', ')}`);
  if (!Number.isInteger(cells) || cells < 1 || cells > MOST_CELLS) throw bad('cells', cells, say`1 to ${MOST_CELLS}`);
  if (typeof capacity !== 'number' || !(capacity > 0 && capacity <= MOST_CAPACITY)) {
    throw bad('capacity', capacity, say`up to ${MOST_CAPACITY} Ah`);
  }
  return setup;
}

function bad(name: string, value: unknown, can: Sentence): BmsError {
  return new BmsError('bad_value', say`${name} cannot be ${shownValue(value)}; it can be ${can}. Nothing was written.`);
}

/** The limits of the whole pack are those of its cells. */
function packVoltages(perCell: SettingValues, cells: number): SettingValues {
  const packed = (value: SettingValue | undefined): number => rounded(Number(value) * cells);
  return {
    packOvervoltageProtection: packed(perCell.cellOvervoltageProtection),
    packOvervoltageRecovery: packed(perCell.cellOvervoltageRecovery),
    packUndervoltageProtection: packed(perCell.cellUndervoltageProtection),
    packUndervoltageRecovery: packed(perCell.cellUndervoltageRecovery),
  };
}

/** Boards with a table count by it; others count from empty to full under load. */
function socVoltages(
  chemistry: PresetChemistry,
  perCell: SettingValues,
  has: (key: SettingKey) => boolean,
): SettingValues {
  if (!has('socVoltage80')) {
    return { socVoltage100: perCell.fullChargeCellVoltage, socVoltage0: perCell.emptyCellVoltage };
  }
  const steps = Array.from({ length: 11 }, (_, i) => 10 * i);
  return Object.fromEntries(steps.map((soc) => [`socVoltage${soc}`, voltageAt(SOC_TABLES[chemistry], soc)]));
}

function voltageAt(points: SocTable, soc: number): number {
  const above = points.findIndex(([at]) => at >= soc);
  const [[lowSoc, low] = [0, 0], [highSoc, high] = [100, 0]] = [points[above - 1] ?? points[above], points[above]];
  return rounded(highSoc === lowSoc ? high : low + ((soc - lowSoc) / (highSoc - lowSoc)) * (high - low));
}

/** To mV and mAh. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
