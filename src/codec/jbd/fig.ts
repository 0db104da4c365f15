import { BmsError } from '../../battery/errors';
import { quoted } from '../../battery/quoted';
import { say, type Sentence } from '../../battery/sentence';
import type { SettingsImage, VendorFile } from '../parameter';
import { FUNCTIONS, LONGEST_TEXT } from './parameters';

/*
 * The parameter file of JBDTools, the vendor's program for PCs: one `Name value` for each line, values being the numbers of the
 * registers (settings-jbd.md 9).
 */

/** The whole register, its high or its low byte, or a text. */
type Part = 'word' | 'high' | 'low' | 'text';

interface Place {
  readonly name: string;
  readonly register: string;
  readonly part: Part;
}

const words = (first: number, ...names: readonly string[]): Place[] =>
  names.map((name, i) => ({ name, register: (first + i).toString(16), part: 'word' }));

const halves = (register: string, high: string, low: string): Place[] => [
  { name: high, register, part: 'high' },
  { name: low, register, part: 'low' },
];

const text = (register: string, name: string): Place => ({ name, register, part: 'text' });

/** In the order in which the program writes them. The names of 38 mislead: short circuit, second discharge overcurrent. */
const PLACES: readonly Place[] = [
  ...words(0x10, 'DesignCapacity', 'CycleCapacity', 'FullChargeVol', 'ChargeEndVol', 'DischargingRate'),
  ...words(0x15, 'ManufactureDate', 'SerialNumber', 'CycleCount'),
  ...words(0x18, 'ChgOverTemp', 'ChgOTRelease', 'ChgLowTemp', 'ChgUTRelease'),
  ...words(0x1c, 'DisOverTemp', 'DsgOTRelease', 'DisLowTemp', 'DsgUTRelease'),
  ...words(0x20, 'PackOverVoltage', 'PackOVRelease', 'PackUnderVoltage', 'PackUVRelease'),
  ...words(0x24, 'CellOverVoltage', 'CellOVRelease', 'CellUnderVoltage', 'CellUVRelease'),
  ...words(0x28, 'OverChargeCurrent', 'OverDisCurrent', 'BalanceStartVoltage', 'BalanceWindow', 'SenseResistor'),
  ...words(0x2d, 'BatteryConfig', 'NtcConfig', 'PackNum', 'fet_ctrl_time_set', 'led_disp_time_set'),
  ...words(0x32, 'VoltageCap80', 'VoltageCap60', 'VoltageCap40', 'VoltageCap20'),
  ...words(0x36, 'HardCellOverVoltage', 'HardCellUnderVoltage'),
  ...halves('38', 'HardChgOverCurrent', 'HardDsgOverCurrent'),
  ...halves('39', 'HardTime', 'SCReleaseTime'),
  ...halves('3a', 'ChgUTDelay', 'ChgOTDelay'),
  ...halves('3b', 'DsgUTDelay', 'DsgOTDelay'),
  ...halves('3c', 'PackUVDelay', 'PackOVDelay'),
  ...halves('3d', 'CellUVDelay', 'CellOVDelay'),
  ...halves('3e', 'ChgOCDelay', 'ChgOCRDelay'),
  ...halves('3f', 'DsgOCDelay', 'DsgOCRDelay'),
  ...[text('a0', 'ManufacturerName'), text('a1', 'DeviceName'), text('a2', 'BarCode')],
  ...words(0x40, 'GPS_VOL', 'GPS_TIME'),
];

const BY_NAME = new Map(PLACES.map((place) => [place.name, place]));

const FILE_CODE = 'FileCode';
const CODE = '3838';
const LINE_END = '\r\r\n';
/** Where values begin behind names, and how far behind other names; as the program writes them. */
const COLUMN = 23;
const GAP = ' '.repeat(8);

/** A file of the program has some 60 lines. */
const LONGEST_FILE = 65_536;

const GREATEST: Readonly<Record<Exclude<Part, 'text'>, number>> = { word: 0xffff, high: 0xff, low: 0xff };

/** Of the names of a file, the values. */
type Values = ReadonlyMap<string, string>;

/** @throws BmsError `bad_value` */
function valuesOf(file: string): Map<string, string> {
  const lines = file.slice(0, LONGEST_FILE).split(/[\r\n]+/);
  const values = new Map<string, string>();
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const [, name = '', value = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    if (values.has(name)) throw bad(name, say`it stands there twice`);
    values.set(name, value);
  }
  const [first] = values;
  if (file.length > LONGEST_FILE || first?.[0] !== FILE_CODE || first[1] !== CODE) {
    throw new BmsError('bad_value', say`This is no parameter file of JBDTools: its first line is FileCode 3838.`);
  }
  return values;
}

/** What a place holds by the file; undefined where its name is not there. */
function bytesAt({ name, part }: Place, values: Values): Buffer | undefined {
  const value = values.get(name);
  if (value === undefined) return undefined;
  // What may be a password is not repeated in a message.
  if (part === 'text') {
    if (!/^[\x20-\x7e]*$/.test(value) || value.length > LONGEST_TEXT)
      throw bad(name, say`it has at most ${LONGEST_TEXT} plain characters`);
    return Buffer.from([value.length, ...Buffer.from(value, 'latin1')]);
  }
  const greatest = GREATEST[part];
  if (!/^\d{1,5}$/.test(value) || Number(value) > greatest)
    throw bad(name, say`it is a whole number from 0 to ${greatest}, not ${quoted(value)}`);
  const number = Number(value);
  return part === 'word' ? Buffer.of(number >> 8, number & 0xff) : Buffer.of(number);
}

function bad(name: string, why: Sentence): BmsError {
  return new BmsError('bad_value', say`${quoted(name)} of the parameter file cannot be so: ${why}.`);
}

/** Registers whose unit depends on the function bits. */
const IN_UNITS = ['10', '11', '28', '29', '2c'];

/** The registers of a file. @throws BmsError `bad_value` for one of which only a half is there, or no unit is known */
function imageOf(values: Values): SettingsImage {
  const image = new Map<string, Buffer>();
  for (const register of new Set(PLACES.map((place) => place.register))) {
    const places = PLACES.filter((place) => place.register === register);
    const parts = places.map((place) => bytesAt(place, values));
    const there = parts.filter((part) => part !== undefined);
    if (there.length === parts.length) image.set(register, Buffer.concat(there));
    else if (there.length > 0) throw notWhole(register, places.map(({ name }) => name).join(', '));
  }
  const inUnits = IN_UNITS.find((register) => image.has(register));
  if (inUnits !== undefined && !image.has(FUNCTIONS)) throw notWhole(inUnits, 'BatteryConfig');
  return image;
}

function notWhole(register: string, needed: string): BmsError {
  return new BmsError(
    'bad_value',
    say`The parameter file is not whole: what it says of register ${register} counts only with all of ${needed}.`,
  );
}

function lineOf({ name, register, part }: Place, image: SettingsImage): string[] {
  const data = image.get(register);
  if (data === undefined) return [];
  switch (part) {
    case 'word':
      return [`${name}${GAP}${data.readUInt16BE(0)}`];
    case 'high':
      return [`${name}${GAP}${data.readUInt8(0)}`];
    case 'low':
      return [`${name}${GAP}${data.readUInt8(1)}`];
    case 'text':
      return [(name.padEnd(COLUMN) + data.toString('latin1', 1, 1 + data.readUInt8(0))).trimEnd()];
  }
}

/** The parameter file of JBDTools. Names that are not known are kept, and mean nothing here. */
export const fig: VendorFile = {
  extension: '.fig',
  program: 'JBDTools',

  parse(file) {
    const values = valuesOf(file);
    const others = [...values].filter(([name]) => name !== FILE_CODE && !BY_NAME.has(name));
    return { image: imageOf(values), others: others.map(([name, value]) => (name + GAP + value).trimEnd()) };
  },

  format({ image, others }) {
    const lines = [FILE_CODE.padEnd(COLUMN) + CODE, ...PLACES.flatMap((place) => lineOf(place, image)), ...others];
    return lines.map((line) => line + LINE_END).join('');
  },
};
