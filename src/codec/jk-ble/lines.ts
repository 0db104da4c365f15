import type { SettingRowValues } from '../../battery/settings/vocabulary';
import type { Ceilings } from '../jk-record/model';
import {
  ADDRESS_LINE,
  COLD_DISCHARGE_LINES,
  connectionLines,
  HEATER_LINES,
  mainLines,
  PRECHARGE_LINE,
  REQUEST_TIME_LINES,
  SLEEP_LINES,
  switchLines,
  type Line,
} from '../jk-record/parameters';
import { number, onOff } from '../kit/fields';
import { parameter } from '../kit/parameters';

/*
 * The settings of each variant, with the register by which each is written (settings-jk-ble.md 1). The same number is another
 * setting on another variant.
 */

function written(line: Line, register: number, confidence: string): Line {
  const [row, terms] = line;
  return [row, { ...terms, register: register.toString(16).padStart(2, '0'), confidence }];
}

/** Lines whose registers follow each other. */
function inRow(lines: readonly Line[], first: number, confidence: string): Line[] {
  return lines.map((line, i) => written(line, first + i, confidence));
}

/** Writes of these were captured. */
const CAPTURED: readonly string[] = [
  'cellUndervoltageProtection',
  'cellUndervoltageRecovery',
  'cellOvervoltageProtection',
  'cellOvervoltageRecovery',
];

/** The registers of the main part count through its numbers. */
function mainPart(ceilings: Ceilings, cells: 24 | 32): Line[] {
  return inRow(mainLines(ceilings, cells), 0x01, 'D M').map((line) =>
    CAPTURED.includes(line[0].key) ? [line[0], { ...line[1], confidence: 'C D M H' }] : line,
  );
}

/** Record 01 of boards for 32 cells. */
export function lines32(ceilings: Ceilings): readonly Line[] {
  return [
    ...mainPart(ceilings, 32),
    ...connectionLines(32),
    ADDRESS_LINE,
    written(PRECHARGE_LINE, 0x25, '1'),
    ...inRow(switchLines('little'), 0x27, 'M'),
    ...inRow(HEATER_LINES, 0x37, 'C 1'),
    ...inRow(SLEEP_LINES, 0x39, '1'),
    ...inRow(COLD_DISCHARGE_LINES, 0x3a, '1'),
  ];
}

/** Record 03 of boards for 32 cells. */
export const INFO_LINES_32: readonly Line[] = inRow(REQUEST_TIME_LINES, 0xb3, 'M');

/** By place: the first means something else there, the voltages of the charge profile are not there. */
const NOT_ON_24 = [6, 30, 34, 38, 42];
const MOVED_ON_24: ReadonlyMap<number, number> = new Map([
  [134, 0x25],
  [138, 0x26],
]);

/** Record 01 of boards for 24 cells. */
export function lines24(ceilings: Ceilings): readonly Line[] {
  const main = mainPart(ceilings, 24).filter(([{ at }]) => !NOT_ON_24.includes(at));
  return [
    ...main.map((line) => written(line, MOVED_ON_24.get(line[0].at) ?? registerOf(line), line[1].confidence ?? 'M')),
    ...connectionLines(24),
  ];
}

function registerOf([, { register = '' }]: Line): number {
  return parseInt(register, 16);
}

function float(
  at: number,
  key: Parameters<typeof number<SettingRowValues>>[2],
  range: readonly [number, number],
): Line {
  return parameter(number(at, 'f32', key, { decimals: 3 }), { range });
}

/** Record 01 of active balancers (jk-ble.md 9.2); the register 44 is calibration. */
export const LINES_JK04: readonly Line[] = [
  // One byte in the record and two on the wire: no capture shows how it is written.
  written(parameter(number(34, 'u8', 'cellCount'), { range: [1, 24], access: 'read' }), 0x1c, 'M'),
  written(float(38, 'shutdownCellVoltage', [2, 3.7]), 0x20, 'C M'),
  written(float(98, 'balanceStartVoltage', [1, 4.2]), 0x58, 'M'),
  written(float(106, 'balanceDelta', [0.002, 1]), 0x64, 'M'),
  written(float(110, 'balanceCurrent', [0.1, 10]), 0x68, 'C M'),
  written(parameter(onOff(114, 'u8', 'balancerSwitch'), { access: 'read' }), 0x6c, 'C M'),
];
