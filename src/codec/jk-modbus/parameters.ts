import type { OrderingRule } from '../../battery/settings/ordering-rule';
import { BOARD_INFO_LENGTH, boardInfoIn, ceilingsOf, type Ceilings } from '../jk-record/model';
import {
  ADDRESS_LINE,
  connectionLines,
  hasHeaterLimits,
  HEATER_LINES,
  linesWithin,
  keptTables,
  mainLines,
  PRECHARGE_LINE,
  REQUEST_TIME_LINES,
  SLEEP_LINES,
  SWITCH_BITS_AT,
  switchLines,
  type Line,
} from '../jk-record/parameters';
import { rulesOf } from '../jk-record/rules';
import { inRecord } from '../jk-record/wire';
import { parametersOf } from '../kit/parameters';
import type { Parameter, SettingsBlock, SettingsImage } from '../parameter';
import { information, settings, type Block } from './tables';

/** Registers that one request reads. */
export interface RegisterBlock extends SettingsBlock {
  /** address of the first byte */
  readonly register: number;
  readonly bytes: number;
  /** the record of which it is a part */
  readonly record: Block;
}

/**
 * What is read (settings-jk-modbus.md 1): the model first, as it decides of the limits. An answer does not name its registers,
 * so that no two reads in a row are of the same length.
 */
export const BLOCKS: readonly RegisterBlock[] = [
  block(0x1400, BOARD_INFO_LENGTH, 'model (1400)', information),
  block(0x1000, 144, 'settings (1000)', settings, false),
  block(0x1090, 120, 'connections of the cells (1090)', settings),
  block(0x1108, 8, 'address and precharge (1108)', settings),
  block(0x1114, 2, 'switch bits (1114)', settings, false),
  block(0x1116, 4, 'heater and smart sleep (1116)', settings),
  block(0x1504, 2, 'charge request (1504)', information),
];

function block(register: number, bytes: number, name: string, record: Block, optional = true): RegisterBlock {
  return { id: register.toString(16), name, optional, register, bytes, record };
}

/** Where a block begins in its record. */
export function placeOf({ register, record }: RegisterBlock): number {
  return register - record.register;
}

export function blockWith(id: string): RegisterBlock {
  const found = BLOCKS.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`no block ${id}`);
  return found;
}

const TERMS = { access: 'write', confidence: 'D M H' } as const;

function parametersIn(id: string, lines: readonly Line[], confidence: string = TERMS.confidence): Parameter[] {
  const { register, bytes, record } = blockWith(id);
  const from = inRecord(register - record.register);
  const rows = linesWithin(lines, from, from + bytes).map(([row, terms]): [typeof row, typeof terms] => [
    row,
    { ...terms, register: registerOf(id, register + row.at) },
  ]);
  return parametersOf(id, 'big', { ...TERMS, confidence }, rows);
}

/** Two settings in the bytes of one register are written together. */
function registerOf(id: string, address: number): string {
  return (id === '1000' || address % 2 === 0 ? address : address - 1).toString(16);
}

function tableFor(ceilings: Ceilings): readonly Parameter[] {
  const connections = connectionLines(32);
  return [
    ...parametersIn('1000', mainLines(ceilings)),
    ...parametersIn('1000', connections, 'D'),
    ...parametersIn('1090', connections, 'D'),
    ...parametersIn('1108', [ADDRESS_LINE, PRECHARGE_LINE], 'D'),
    ...parametersIn('1114', switchLines('big')),
    ...parametersIn('1116', HEATER_LINES, 'D'),
    ...parametersIn('1116', SLEEP_LINES, 'D 1'),
    ...parametersIn('1504', REQUEST_TIME_LINES, 'M H'),
  ];
}

const kept = keptTables();
const HEATER_KEYS: readonly string[] = HEATER_LINES.map(([{ key }]) => key);

/** The parameters of one board. */
export function parametersFor(image: SettingsImage): readonly Parameter[] {
  const ceilings = ceilingsOf(boardInfoIn(image.get('1400')).model);
  const hasHeater = hasHeaterLimits(image.get('1116'), 0);
  return kept([ceilings.current, ceilings.balanceCurrent, hasHeater], () =>
    tableFor(ceilings).filter(({ key }) => hasHeater || !HEATER_KEYS.includes(key)),
  );
}

/** The rules of one board. */
export function rulesFor(image: SettingsImage): readonly OrderingRule[] {
  return rulesOf(image.get('1000'), 'big', boardInfoIn(image.get('1400')));
}

/** The bytes of a register. @throws RangeError for one that is no part of `BLOCKS` */
export function widthOf(register: number): 2 | 4 {
  return register >= settings.register && register < settings.register + SWITCH_BITS_AT - inRecord(0) ? 4 : 2;
}
