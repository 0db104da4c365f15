import type { Reading } from '../../battery/reading';
import { layout, text } from '../kit/fields';
import { malformed, type Block } from './block';

/** The result segment of a register that was read (ant.md 9.3). */
const READ_DONE = 11;

const BOARD_TEXT = 16;
const versions = layout<Reading>([
  text(0, BOARD_TEXT, 'hardwareVersion'),
  text(BOARD_TEXT, BOARD_TEXT, 'softwareVersion'),
]);

/** Registers 620 to 651: the board's model, which is its hardware version as well, and its firmware (ant.md 4). */
export const deviceInfo: Block = {
  func: 0x02,
  register: 620,
  wanted: versions.size,
  name: 'device information (620)',
  group: 'identity',
  result: READ_DONE,

  decode(data) {
    if (data.length < versions.size) throw malformed(deviceInfo.name, data.length);
    const reading: Reading = {};
    versions.decode(data, reading);
    if (reading.hardwareVersion !== undefined) reading.model = reading.hardwareVersion;
    return reading;
  },

  encode(pack) {
    const data = Buffer.alloc(versions.size);
    versions.encode({ ...pack, hardwareVersion: pack.model ?? pack.hardwareVersion }, data);
    return data;
  },
};

const CHIP_ID_LENGTH = 12;

/** Function 04: the chip's id, which the vendor's app shows as twelve numbers with dots (ant.md 4). */
export const chipId: Block = {
  func: 0x04,
  register: 0,
  wanted: CHIP_ID_LENGTH,
  name: 'chip id (04)',
  group: 'identity',
  optional: true,

  decode(data) {
    if (data.length !== CHIP_ID_LENGTH) throw malformed(chipId.name, data.length);
    const empty = data.every((byte) => byte === 0xff) || data.every((byte) => byte === 0);
    return empty ? {} : { serialNumber: [...data].join('.') };
  },

  encode({ serialNumber = '' }) {
    const numbers = serialNumber.split('.').map(Number);
    const fits = numbers.length === CHIP_ID_LENGTH && numbers.every((n) => Number.isInteger(n) && n >= 0 && n <= 255);
    return Buffer.alloc(CHIP_ID_LENGTH, fits ? Buffer.from(numbers) : 0xff);
  },
};

/** What the pack id holds as long as nobody has named the pack (ant.md 4). */
const UNNAMED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ12345';
const name = layout<Reading>([text(0, 32, 'deviceName')]);

/** Registers 262 to 293: a name for the pack that its user can set (ant.md 4). */
export const packId: Block = {
  func: 0x02,
  register: 262,
  wanted: name.size,
  name: 'pack id (262)',
  group: 'identity',
  optional: true,
  result: READ_DONE,

  decode(data) {
    if (data.length < name.size) throw malformed(packId.name, data.length);
    const reading: Reading = {};
    name.decode(data, reading);
    return reading.deviceName === UNNAMED ? {} : reading;
  },

  encode(pack) {
    const data = Buffer.alloc(name.size);
    name.encode(pack, data);
    return data;
  },
};
