import { say } from '../../battery/sentence';
import type { SettingKey, SettingRowValues } from '../../battery/settings/vocabulary';
import { packDate, unpackDate } from '../kit/date';
import { badSetting, blockOf, checkSetting, parametersOf, type ParameterTerms } from '../kit/parameters';
import type { WireType } from '../kit/raw';
import { bitList, flag, number, type Scale } from '../kit/row';
import { decodeText } from '../kit/text';
import type { Parameter, SettingsImage } from '../parameter';
import { chipOf, codedParameters, type ChipType } from './chip-codes';

/*
 * The registers that hold the settings of classic boards, each a block of its own (settings-jbd.md 2 to 4). Numbers are
 * big-endian.
 */

/** Function bits; they decide of the unit of others, so that they are read first (settings-jbd.md 3). */
export const FUNCTIONS = '2d';

/** Set where currents and charges are counted in 0.1 A and 0.1 Ah (jbd.md 7.2). */
export const COARSE_BIT = 1 << 12;

/** Steps per A and per Ah. */
type Steps = 100 | 10;

type NumberKey = Parameters<typeof number<SettingRowValues>>[2];

const VOLT_CELL: Scale = { divisor: 1000 };
const VOLT_PACK: Scale = { divisor: 100 };
const CELSIUS: Scale = { divisor: 10, offset: 2731 };
const SECONDS: Scale = {};

/** No capture shows a write of them (settings-jbd.md 6). */
const UNPROVEN: ParameterTerms = { access: 'experimental', confidence: 'D C M H' };
/** Captured both ways (settings-jbd.md 3). */
const PROVEN: ParameterTerms = { access: 'write', confidence: 'D C M H' };
const READ_ONLY: ParameterTerms = { access: 'read', confidence: 'D C M H' };

/** A register that holds one number. */
type NumberLine = readonly [
  register: string,
  key: NumberKey,
  scale: Scale,
  own?: Partial<ParameterTerms> & { readonly type?: WireType },
];

function range(least: number, most: number): Pick<ParameterTerms, 'range'> {
  return { range: [least, most] };
}

const CELL_HIGH = range(2, 4.5);
const CELL_LOW = range(1, 3.7);
const DEGREES = range(-40, 120);
const RARE: Partial<ParameterTerms> = { confidence: 'D M' };

/** 0.1 milliohm; 0.01 milliohm where currents are counted in 0.1 A (jbd.md 7.2). */
function shuntStepsPerOhm(steps: Steps): number {
  return steps === 100 ? 10_000 : 100_000;
}

/** Their unit depends on the function bits. 0 A would be no limit at all (settings-jbd.md 8). */
function chargesAndCurrents(steps: Steps): readonly NumberLine[] {
  const step = 1 / steps;
  return [
    ['10', 'designCapacity', { divisor: steps }, range(1, 65_535 / steps)],
    ['11', 'cycleCountCapacity', { divisor: steps }, range(step, 65_535 / steps)],
    ['28', 'chargeOvercurrentProtection', { divisor: steps }, { type: 's16', ...range(step, 32_767 / steps) }],
    ['29', 'dischargeOvercurrentProtection', { divisor: -steps }, { type: 's16', ...range(step, 32_768 / steps) }],
    ['2c', 'shuntResistance', { divisor: shuntStepsPerOhm(steps) }, READ_ONLY],
  ];
}

/** @param cells in series, which the limits of the whole pack depend on; undefined where the board does not say */
function packVoltages(cells: number | undefined): readonly NumberLine[] {
  const ofCells = (least: number, most: number): Partial<ParameterTerms> =>
    cells === undefined ? {} : range(cells * least, cells * most);
  return [
    ['20', 'packOvervoltageProtection', VOLT_PACK, ofCells(2, 4.5)],
    ['21', 'packOvervoltageRecovery', VOLT_PACK],
    ['22', 'packUndervoltageProtection', VOLT_PACK, ofCells(1, 3.7)],
    ['23', 'packUndervoltageRecovery', VOLT_PACK],
  ];
}

const NUMBERS: readonly NumberLine[] = [
  ['12', 'fullChargeCellVoltage', VOLT_CELL, CELL_HIGH],
  ['13', 'emptyCellVoltage', VOLT_CELL, range(1.5, 3.7)],
  ['14', 'selfDischargeRate', { divisor: 10 }, { ...RARE, ...range(0, 10) }],
  ['16', 'boardSerialNumber', {}, READ_ONLY],
  ['17', 'cycleCount', {}, READ_ONLY],
  ['18', 'chargeOvertemperatureProtection', CELSIUS, DEGREES],
  ['19', 'chargeOvertemperatureRecovery', CELSIUS, DEGREES],
  ['1a', 'chargeUndertemperatureProtection', CELSIUS, DEGREES],
  ['1b', 'chargeUndertemperatureRecovery', CELSIUS, DEGREES],
  ['1c', 'dischargeOvertemperatureProtection', CELSIUS, DEGREES],
  ['1d', 'dischargeOvertemperatureRecovery', CELSIUS, DEGREES],
  ['1e', 'dischargeUndertemperatureProtection', CELSIUS, DEGREES],
  ['1f', 'dischargeUndertemperatureRecovery', CELSIUS, DEGREES],
  ['24', 'cellOvervoltageProtection', VOLT_CELL, CELL_HIGH],
  ['25', 'cellOvervoltageRecovery', VOLT_CELL, CELL_HIGH],
  ['26', 'cellUndervoltageProtection', VOLT_CELL, CELL_LOW],
  ['27', 'cellUndervoltageRecovery', VOLT_CELL, CELL_LOW],
  ['2a', 'balanceStartVoltage', VOLT_CELL, CELL_HIGH],
  ['2b', 'balanceDelta', VOLT_CELL, range(0.005, 0.2)],
  ['2f', 'cellCount', {}, range(3, 32)],
  ['30', 'fetControlTime', SECONDS],
  ['31', 'ledTime', SECONDS, { confidence: 'D M H' }],
  ['32', 'socVoltage80', VOLT_CELL],
  ['33', 'socVoltage60', VOLT_CELL],
  ['34', 'socVoltage40', VOLT_CELL],
  ['35', 'socVoltage20', VOLT_CELL],
  ['36', 'hardwareCellOvervoltageProtection', VOLT_CELL],
  ['37', 'hardwareCellUndervoltageProtection', VOLT_CELL],
  ['40', 'gpsShutdownVoltage', VOLT_CELL, RARE],
  ['41', 'gpsShutdownDelay', SECONDS, RARE],
  ['42', 'socVoltage90', VOLT_CELL, RARE],
  ['43', 'socVoltage70', VOLT_CELL, RARE],
  ['44', 'socVoltage50', VOLT_CELL, RARE],
  ['45', 'socVoltage30', VOLT_CELL, RARE],
  ['46', 'socVoltage10', VOLT_CELL, RARE],
  ['47', 'socVoltage100', VOLT_CELL, RARE],
];

/** Two delays share a register: its high and its low byte, s. */
const DELAYS: readonly (readonly [register: string, high: NumberKey, low: NumberKey])[] = [
  ['3a', 'chargeUndertemperatureDelay', 'chargeOvertemperatureDelay'],
  ['3b', 'dischargeUndertemperatureDelay', 'dischargeOvertemperatureDelay'],
  ['3c', 'packUndervoltageDelay', 'packOvervoltageDelay'],
  ['3d', 'cellUndervoltageDelay', 'cellOvervoltageDelay'],
  ['3e', 'chargeOvercurrentDelay', 'chargeOvercurrentRecoveryDelay'],
  ['3f', 'dischargeOvercurrentDelay', 'dischargeOvercurrentRecoveryDelay'],
];

function numberParameters(lines: readonly NumberLine[]): Parameter[] {
  return lines.flatMap(([register, key, scale, own]) => {
    const { type = 'u16', ...terms }: NonNullable<NumberLine[3]> = own ?? {};
    return parametersOf(register, 'big', UNPROVEN, [[number(0, type, key, scale), terms]]);
  });
}

/** The low byte of the function bits. The switch input could open both MOSFETs at once: not from a flow (jbd.md 7.2). */
const functionBits = parametersOf(FUNCTIONS, 'big', PROVEN, [
  [flag(1, 0, 'jbdExternalSwitch'), { access: 'read' }],
  [flag(1, 1, 'jbdLoadDetection'), {}],
  [flag(1, 2, 'balancerSwitch'), {}],
  [flag(1, 3, 'balanceOnlyWhileCharging'), {}],
  [flag(1, 4, 'jbdLed'), {}],
  [flag(1, 5, 'jbdLedCount'), {}],
]);

const sensors = parametersOf('2e', 'big', UNPROVEN, [
  [bitList(0, 'u16', 'temperatureSensorsUsed'), { confidence: 'D M H' }],
]);

const delays = DELAYS.flatMap(([register, high, low]) =>
  parametersOf(register, 'big', UNPROVEN, [
    [number(0, 'u8', high), {}],
    [number(1, 'u8', low), {}],
  ]),
);

const manufactureDate: Parameter = {
  ...{ key: 'manufactureDate', block: '15', register: '15', ...READ_ONLY },
  decode: (image) => unpackDate(image.get('15')?.readUInt16BE(0) ?? 0),
  encode(value, image) {
    checkSetting('manufactureDate', value);
    const data = Buffer.from(blockOf(image, '15', 'manufactureDate'));
    data.writeUInt16BE(packDate(String(value)));
    return data;
  },
};

/** Bytes of a text, which stand behind its length. */
export const LONGEST_TEXT = 31;

function textParameter(register: string, key: SettingKey): Parameter {
  return {
    ...{ key, block: register, register, ...READ_ONLY },
    decode(image) {
      const data = image.get(register);
      return data === undefined ? undefined : decodeText(data, 1, Math.min(data.length, 1 + data.readUInt8(0)));
    },
    encode(value, image) {
      checkSetting(key, value);
      blockOf(image, register, key);
      const text = Buffer.from(String(value), 'latin1');
      if (text.length > LONGEST_TEXT)
        throw badSetting(key, value, say`the board holds ${LONGEST_TEXT} plain characters`);
      return Buffer.from([text.length, ...text]);
    },
  };
}

/** Some apps keep their PIN in the model (settings-jbd.md 2). */
const texts = [textParameter('a0', 'manufacturer'), textParameter('a1', 'deviceModel'), textParameter('a2', 'barcode')];

/** Registers that hold a text. */
export const TEXTS: readonly string[] = texts.map(({ block }) => block);

/** Whether bytes can be a text with its length in front. */
export function isText(data: Buffer): boolean {
  return data.length > 0 && data.length <= 1 + LONGEST_TEXT && data.readUInt8(0) < data.length;
}

/** What of an image decides how the rest of it is read. */
interface Kind {
  readonly steps: Steps;
  readonly cells: number | undefined;
  readonly chip: ChipType | undefined;
}

const FEWEST_CELLS = 3;
const MOST_CELLS = 32;

/** Where the board did not tell its function bits, the usual unit is taken. */
export function kindOf(image: SettingsImage): Kind {
  const cells = image.get('2f')?.readUInt16BE(0) ?? 0;
  return {
    steps: ((image.get(FUNCTIONS)?.readUInt16BE(0) ?? 0) & COARSE_BIT) === 0 ? 100 : 10,
    cells: cells >= FEWEST_CELLS && cells <= MOST_CELLS ? cells : undefined,
    chip: chipOf(image),
  };
}

function tableFor({ steps, cells, chip }: Kind): readonly Parameter[] {
  return [
    ...numberParameters([...chargesAndCurrents(steps), ...NUMBERS, ...packVoltages(cells)]),
    ...functionBits,
    ...sensors,
    manufactureDate,
    ...codedParameters(chip, 1 / shuntStepsPerOhm(steps)),
    ...delays,
    ...texts,
  ].sort((one, other) => Number.parseInt(one.block, 16) - Number.parseInt(other.block, 16));
}

/** By what they depend on: there are few, and they are asked for again and again. */
const tables = new Map<string, readonly Parameter[]>();

/** The parameters of a board. @param image its function bits, number of cells and chip decide of them */
export function parametersFor(image: SettingsImage): readonly Parameter[] {
  const kind = kindOf(image);
  const name = `${kind.steps} ${kind.cells} ${kind.chip}`;
  let table = tables.get(name);
  if (table === undefined) {
    table = tableFor(kind);
    tables.set(name, table);
  }
  return table;
}
