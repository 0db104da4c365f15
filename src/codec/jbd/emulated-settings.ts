import type { Reading } from '../../battery/reading';
import type { SettingValues } from '../../battery/settings/vocabulary';
import { packDate } from '../kit/date';
import type { EmulatedBoard } from '../protocol';
import { BALANCING_BIT } from './actions';
import { stepsFor } from './basic';
import { CHIP_TYPE } from './chip-codes';
import { COARSE_BIT, FUNCTIONS, isText, kindOf, LONGEST_TEXT, parametersFor, TEXTS } from './parameters';
import { REGISTERS, word } from './write';

/*
 * The settings of the simulated board. They stand in `EmulatedBoard.settings`, but for what the pack itself knows: its capacity,
 * its cycles, and whether it balances.
 */

/** Cell voltages as a board for LFP is delivered (OverkillSolarBMS sample settings, jbd.md 7.1); of other cells in proportion. */
const CELL_VOLTAGES = {
  fullChargeCellVoltage: 3.4,
  emptyCellVoltage: 3,
  cellOvervoltageProtection: 3.65,
  cellOvervoltageRecovery: 3.5,
  cellUndervoltageProtection: 2.5,
  cellUndervoltageRecovery: 3,
  balanceStartVoltage: 3.4,
  socVoltage100: 3.42,
  socVoltage90: 3.37,
  socVoltage80: 3.35,
  socVoltage70: 3.33,
  socVoltage60: 3.3,
  socVoltage50: 3.2,
  socVoltage40: 3.15,
  socVoltage30: 3.12,
  socVoltage20: 3.1,
  socVoltage10: 3.05,
  hardwareCellOvervoltageProtection: 3.9,
  hardwareCellUndervoltageProtection: 2,
} as const satisfies SettingValues;

/** V at which a charger holds the cells that those are for. */
const FULL_CELL = 3.5;

/** The rest as delivered with it. */
const DELIVERED: SettingValues = {
  selfDischargeRate: 0.2,
  chargeOvertemperatureProtection: 65,
  chargeOvertemperatureRecovery: 55,
  chargeUndertemperatureProtection: 1,
  chargeUndertemperatureRecovery: 10,
  dischargeOvertemperatureProtection: 75,
  dischargeOvertemperatureRecovery: 65,
  dischargeUndertemperatureProtection: -10,
  dischargeUndertemperatureRecovery: 0,
  chargeOvercurrentProtection: 130,
  dischargeOvercurrentProtection: 130,
  balanceDelta: 0.015,
  shuntResistance: 0.0001,
  jbdLoadDetection: true,
  fetControlTime: 30,
  ledTime: 10,
  jbdThresholdsDoubled: true,
  jbdShortCircuitThreshold: 0.089,
  shortCircuitDelay: 0.0004,
  jbdDischargeOvercurrent2Threshold: 0.022,
  dischargeOvercurrent2Delay: 0.32,
  hardwareCellUndervoltageDelay: 8,
  hardwareCellOvervoltageDelay: 8,
  shortCircuitRecoveryDelay: 5,
  chargeUndertemperatureDelay: 2,
  chargeOvertemperatureDelay: 2,
  dischargeUndertemperatureDelay: 2,
  dischargeOvertemperatureDelay: 2,
  packUndervoltageDelay: 2,
  packOvervoltageDelay: 2,
  cellUndervoltageDelay: 2,
  cellOvervoltageDelay: 2,
  chargeOvercurrentDelay: 10,
  chargeOvercurrentRecoveryDelay: 32,
  dischargeOvercurrentDelay: 10,
  dischargeOvercurrentRecoveryDelay: 32,
  gpsShutdownVoltage: 2.2,
  gpsShutdownDelay: 10,
  manufacturer: 'DGJBD',
};

const FIRST_REGISTER = 0x10;
const LAST_REGISTER = 0x47;
const USUAL_CELLS = 4;

/** Of the capacity, what counts as a cycle. */
const USUAL_CYCLE = 0.8;

/** What a board of this pack is delivered with. */
function delivered(pack: Reading): Map<string, Buffer> {
  const { designCapacity = 0, cellCount, cellVoltages = [], temperatures = [] } = pack;
  const cells = cellCount ?? (cellVoltages.length > 0 ? cellVoltages.length : USUAL_CELLS);
  const steps = stepsFor(pack);
  const image = new Map<string, Buffer>();
  for (let register = FIRST_REGISTER; register <= LAST_REGISTER; register++) image.set(idOf(register), word(0));
  for (const id of TEXTS) image.set(id, Buffer.of(0));
  image.set(CHIP_TYPE, word(0));
  image.set(FUNCTIONS, word(steps === 10 ? COARSE_BIT : 0));
  image.set('10', word(designCapacity * steps));
  image.set('11', word(Math.round(USUAL_CYCLE * designCapacity * steps)));
  image.set('15', word(packDate(pack.manufactureDate)));
  image.set('2e', word((1 << temperatures.length) - 1));
  image.set('2f', word(cells));
  const values = { ...DELIVERED, ...voltagesOf(pack, cells), deviceModel: (pack.model ?? '').slice(0, LONGEST_TEXT) };
  for (const parameter of parametersFor(image)) {
    const value = (values as SettingValues)[parameter.key];
    if (value !== undefined) image.set(parameter.block, parameter.encode(value, image));
  }
  return image;
}

function voltagesOf({ chargeVoltageLimit = 0 }: Reading, cells: number): SettingValues {
  const scale = chargeVoltageLimit > 0 ? chargeVoltageLimit / cells / FULL_CELL : 1;
  const ofCells = Object.entries(CELL_VOLTAGES).map(([key, voltage]) => [key, voltage * scale] as const);
  return {
    ...(Object.fromEntries(ofCells) as SettingValues),
    packOvervoltageProtection: cells * 3.65 * scale,
    packOvervoltageRecovery: cells * 3.5 * scale,
    packUndervoltageProtection: cells * 2.5 * scale,
    packUndervoltageRecovery: cells * 3 * scale,
  };
}

/** The name of a register as a block. */
function idOf(register: number): string {
  return register.toString(16).padStart(2, '0');
}

/** Whether a register is read outside factory mode too. */
export function isAlwaysRead(register: number): boolean {
  return idOf(register) === CHIP_TYPE;
}

/** The settings of a board, filled at first use. */
function settingsOf(board: EmulatedBoard, pack: Reading): Map<string, Buffer> {
  const { settings } = board;
  if (settings.size === 0) for (const [id, data] of delivered(pack)) settings.set(id, data);
  const bits = settings.get(FUNCTIONS)?.readUInt16BE(0) ?? 0;
  settings.set(FUNCTIONS, word(board.switches.balancing ? bits | BALANCING_BIT : bits & ~BALANCING_BIT));
  settings.set('10', word(Math.round((pack.designCapacity ?? 0) * kindOf(settings).steps)));
  settings.set('17', word(pack.cycles ?? 0));
  return settings;
}

/** What a register holds; undefined for one that the board does not have. */
export function readSetting(register: number, board: EmulatedBoard, pack: Reading): Buffer | undefined {
  return settingsOf(board, pack).get(idOf(register));
}

/** Whether a register can hold this. No board is known to check more (settings-jbd.md 7). */
export function canHold(register: number, data: Buffer, board: EmulatedBoard, pack: Reading): boolean {
  if (TEXTS.includes(idOf(register))) return isText(data);
  return settingsOf(board, pack).get(idOf(register))?.length === data.length;
}

/** Writes a register that can hold it. */
export function writeSetting(register: number, data: Buffer, board: EmulatedBoard, pack: Reading): void {
  const settings = settingsOf(board, pack);
  settings.set(idOf(register), Buffer.from(data));
  if (register === REGISTERS.functions) {
    const on = (data.readUInt16BE(0) & BALANCING_BIT) !== 0;
    if (board.switches.balancing !== on) board.execute('balancing', on);
  }
  if (register === REGISTERS.capacity) board.execute('capacity', data.readUInt16BE(0) / kindOf(settings).steps);
}
