import type { OrderingRule } from '../../battery/settings/ordering-rule';
import { boardInfoIn, ceilingsOf, type BoardInfo } from '../jk-record/model';
import { hasHeaterLimits, keptTables, linesWithin, type Line } from '../jk-record/parameters';
import { rulesOf } from '../jk-record/rules';
import { inData, inRecord, RECORD_LENGTH } from '../jk-record/wire';
import { WIDTH } from '../kit/raw';
import { parametersOf, unreadable } from '../kit/parameters';
import type { Parameter, ParameterAccess, SettingsBlock, SettingsImage } from '../parameter';
import { INFO_LINES_32, lines24, lines32, LINES_JK04 } from './lines';
import type { JkBleMemory, Variant } from './variant';

/** The record of settings, by its number in the sheet. */
export const SETTINGS_BLOCK: SettingsBlock = { id: '01', name: 'settings (96)' };
/** PIN of the connection and PIN of the settings lie in it in clear text (jk-ble.md 5). */
export const INFO_BLOCK: SettingsBlock = {
  id: '03',
  name: 'device information (97)',
  optional: true,
  secret: [
    [inData(62), inData(78)],
    [inData(118), inData(134)],
  ],
};

/** What no record is known to show (settings-jk-ble.md 1.1). */
const UNREADABLE: readonly Parameter[] = [
  unreadable('jkEmergencyDuration', '03', '1'),
  unreadable('jkRebulkSoc', '03', '1'),
  unreadable('jkSocSetting', '01', 'C'),
  unreadable('jkSohSetting', '01', 'C'),
];

function parametersIn({ id }: SettingsBlock, lines: readonly Line[]): Parameter[] {
  return parametersOf(
    id,
    'little',
    { access: 'write', confidence: 'M' },
    linesWithin(lines, inRecord(0), RECORD_LENGTH),
  );
}

/** What the device information says; the version also where only an earlier answer had it. */
function infoOf(image: SettingsImage, { softwareMajor }: JkBleMemory): BoardInfo {
  return { ...(softwareMajor !== undefined && { major: softwareMajor }), ...boardInfoIn(image.get(INFO_BLOCK.id)) };
}

const kept = keptTables();

/** The parameters of one board. */
export function parametersFor(variant: Variant, image: SettingsImage, memory: JkBleMemory): readonly Parameter[] {
  const info = infoOf(image, memory);
  const ceilings = ceilingsOf(info.model);
  const limits = [variant, ceilings.current, ceilings.balanceCurrent];
  switch (variant) {
    case 'jk04':
      return kept([variant], () => parametersIn(SETTINGS_BLOCK, LINES_JK04));
    case 'jk02-24s':
      return kept(limits, () => parametersIn(SETTINGS_BLOCK, lines24(ceilings)));
    case 'jk02-32s': {
      const heater = hasHeaterLimits(image.get(SETTINGS_BLOCK.id), inData(HEATER_AT)) ? heaterAccess(info) : undefined;
      const hasCold = (info.major ?? 0) >= MAJOR_WITH_COLD_DISCHARGE;
      return kept([...limits, heater, hasCold], () => [
        ...parametersIn(SETTINGS_BLOCK, presentLines(lines32(ceilings), heater, hasCold)),
        ...parametersIn(INFO_BLOCK, INFO_LINES_32),
        ...UNREADABLE,
      ]);
    }
  }
}

const HEATER_AT = 284;
const COLD_DISCHARGE_AT = 296;
const MAJOR_WITH_COLD_DISCHARGE = 19;

/** @param heater undefined where other settings stand in its place */
function presentLines(lines: readonly Line[], heater: ParameterAccess | undefined, hasCold: boolean): Line[] {
  return lines.flatMap((line): Line[] => {
    const [row, terms] = line;
    if (row.at >= COLD_DISCHARGE_AT) return hasCold ? [line] : [];
    if (row.at !== HEATER_AT && row.at !== HEATER_AT + 1) return [line];
    return heater === undefined ? [] : [[row, { ...terms, access: heater }]];
  });
}

/** Firmware whose app shows both temperatures as those of the heater (settings-jk-ble.md 5). */
function heaterAccess({ major = 0, minor = 0 }: BoardInfo): ParameterAccess {
  return major > 15 || (major === 15 && minor >= 41) ? 'write' : 'read';
}

/** The rules of one board. */
export function rulesFor(image: SettingsImage, memory: JkBleMemory): readonly OrderingRule[] {
  return rulesOf(image.get(SETTINGS_BLOCK.id), 'little', infoOf(image, memory));
}

/** A register as it is sent, and where it stands. */
export interface Register {
  readonly block: string;
  /** of its first byte in the data of the record */
  readonly at: number;
  /** bytes there, which are as many as on the wire; a bit is sent as a number of four bytes */
  readonly width: 1 | 2 | 3 | 4;
  readonly bit?: number;
}

function registersIn({ id }: SettingsBlock, lines: readonly Line[]): [string, Register][] {
  return lines.flatMap(([row, { register }]): [string, Register][] => {
    if (register === undefined || row.kind === 'text') return [];
    const place = { block: id, at: inData(row.at) };
    return [
      [register, row.kind === 'flag' ? { ...place, width: 4, bit: row.bit } : { ...place, width: WIDTH[row.type] }],
    ];
  });
}

/** By variant and number. */
export const REGISTERS: Readonly<Record<Variant, ReadonlyMap<string, Register>>> = {
  jk04: new Map(registersIn(SETTINGS_BLOCK, LINES_JK04)),
  'jk02-24s': new Map(registersIn(SETTINGS_BLOCK, lines24({}))),
  'jk02-32s': new Map([...registersIn(SETTINGS_BLOCK, lines32({})), ...registersIn(INFO_BLOCK, INFO_LINES_32)]),
};

/** The bytes of a register as they are sent. @param data of its record */
export function valueIn({ at, width, bit }: Register, data: Buffer): Buffer {
  const value = Buffer.alloc(width);
  if (bit === undefined) data.copy(value, 0, at, at + width);
  else value[0] = ((data[at] ?? 0) >> bit) & 1;
  return value;
}

/** Puts the bytes of a register, as they are sent, into its record. */
export function putValue({ at, bit }: Register, value: Buffer, data: Buffer): void {
  if (bit === undefined) value.copy(data, at);
  else data[at] = ((data[at] ?? 0) & ~(1 << bit)) | (((value[0] ?? 0) & 1) << bit);
}
