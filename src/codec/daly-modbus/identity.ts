import type { Reading } from '../../battery/reading';
import { layout, number, text } from '../kit/fields';
import { dateParts, dateText } from '../kit/date';
import type { Target } from '../untyped';
import type { Block, Read } from './block';
import { isD2, isP81 } from './memory';
import { at, emptyRegisters, NOT_IMPLEMENTED, register, TENTH } from './registers';
import { D2_SWITCHES, P81_SWITCHES, switchTable } from './switch-reads';
import { checkLength } from './validity';

/** What a board tells of itself once. Text is cut at 00 and freed of blanks (daly-modbus.md 4.2, 5.2). */
interface Identity {
  name: string;
  start: number;
  count: number;
  applies(target: Target): boolean;
  decode(data: Buffer, into: Reading): void;
  encode(pack: Reading, data: Buffer): void;
}

const CENTURY = 2000;

/** Year since 2000, month and day in three bytes; a year of 0 or ff was never set (daly-modbus.md 4.2). */
function decodeDate(data: Buffer, offset: number, into: Reading): void {
  const year = data.readUInt8(offset);
  if (year === 0 || year === 0xff) return;
  const date = dateText(CENTURY + year, data.readUInt8(offset + 1), data.readUInt8(offset + 2));
  if (date !== undefined) into.manufactureDate = date;
}

function encodeDate({ manufactureDate }: Reading, data: Buffer, offset: number): void {
  const [year, month, day] = dateParts(manufactureDate);
  const since = year - CENTURY;
  if (since > 0 && since < 0xff) data.set([since, month, day, 0], offset);
}

const d2Texts = layout<Reading>([text(0, 16, 'softwareVersion'), text(16, 16, 'hardwareVersion')]);
/** Boards that leave the hardware version empty have it in the machine code (daly-modbus.md 4.2). */
const machineCode = layout<Reading>([text(32, 32, 'hardwareVersion')]);

const d2Version: Identity = {
  name: 'version of a D2 board (00a9)',
  start: 0xa9,
  count: 32,
  applies: isD2,
  decode(data, into) {
    d2Texts.decode(data, into);
    if (into.hardwareVersion === undefined) machineCode.decode(data, into);
  },
  encode(pack, data) {
    data.fill(0);
    d2Texts.encode(pack, data);
  },
};

const d2Date: Identity = {
  name: 'production date of a D2 board (00cc)',
  start: 0xcc,
  count: 2,
  applies: isD2,
  decode: (data, into) => decodeDate(data, 0, into),
  encode: (pack, data) => encodeDate(pack, data, 0),
};

const D2_SETTINGS = 0x80;
/** a capacity of 0 was never set */
const d2Rating = layout<Reading>([register(D2_SETTINGS, 'designCapacity', { ...TENTH, notAvailable: [0] })]);

const d2Settings: Identity = {
  name: 'settings of a D2 board (0080)',
  start: D2_SETTINGS,
  count: 41,
  applies: isD2,
  decode: (data, into) => d2Rating.decode(data, into, -at(D2_SETTINGS)),
  encode(pack, data) {
    d2Rating.encode(pack, data, -at(D2_SETTINGS));
    switchTable(D2_SWITCHES).encode(pack, data, -at(D2_SETTINGS));
  },
};

const p81Texts = layout<Reading>([
  text(0, 28, 'softwareVersion'),
  text(28, 14, 'hardwareVersion'),
  text(42, 24, 'serialNumber'),
]);

const p81Version: Identity = {
  name: 'version (0178)',
  start: 0x178,
  count: 74,
  applies: isP81,
  decode: (data, into) => p81Texts.decode(data, into),
  encode(pack, data) {
    data.fill(0);
    p81Texts.encode(pack, data);
  },
};

const P81_SETTINGS = 0x100;
const P81_RATING = 0x109;
const P81_DATE = 0x129;
const NO_RATING = NOT_IMPLEMENTED * 0x10001;
const p81Rating = layout<Reading>([
  number(at(P81_RATING), 'u32', 'designCapacity', { divisor: 1000, notAvailable: [NO_RATING, 0] }),
]);

const p81Settings: Identity = {
  name: 'settings (0100)',
  start: P81_SETTINGS,
  count: 81,
  applies: isP81,
  decode(data, into) {
    p81Rating.decode(data, into, -at(P81_SETTINGS));
    decodeDate(data, at(P81_DATE - P81_SETTINGS), into);
  },
  encode(pack, data) {
    p81Rating.encode(pack, data, -at(P81_SETTINGS));
    switchTable(P81_SWITCHES).encode(pack, data, -at(P81_SETTINGS));
    encodeDate(pack, data, at(P81_DATE - P81_SETTINGS));
  },
};

function readOf({ name, start, count, applies, decode }: Identity): Read {
  return {
    name,
    group: 'identity',
    // A board meets registers that it does not have with silence (daly-modbus.md 3).
    optional: true,
    start,
    count,
    applies,
    decode(data) {
      checkLength(name, data, count);
      const reading: Reading = {};
      decode(data, reading);
      return { reading };
    },
  };
}

function blockOf({ start, count, encode }: Identity): Block {
  return {
    start,
    count,
    encode(pack) {
      const data = emptyRegisters(count);
      encode(pack, data);
      return data;
    },
  };
}

const D2_IDENTITY = [d2Version, d2Date, d2Settings];
const P81_IDENTITY = [p81Version, p81Settings];

export const d2Identity = { reads: D2_IDENTITY.map(readOf), blocks: D2_IDENTITY.map(blockOf) };
export const p81Identity = { reads: P81_IDENTITY.map(readOf), blocks: P81_IDENTITY.map(blockOf) };
