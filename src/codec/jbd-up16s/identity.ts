import type { Reading } from '../../battery/reading';
import { layout, text } from '../kit/fields';
import { dateParts, dateText } from '../kit/date';
import { checkLength } from '../kit/malformed';
import type { Block } from './block';
import { versionNumbers } from './version';

const serialNumber = layout<Reading>([text(16, 30, 'serialNumber')]);
const DATE_AT = 46;
const DATE_END = 52;
/** as long as the one captured answer */
const PARAMETERS_LENGTH = 134;

/** Block 1c00: serial number and date of the board (jbd.md 11.5). Codes and dates of the pack have no name in a reading. */
export const parameters: Block = {
  start: 0x1c00,
  end: 0x1ca0,
  name: 'pack parameters (1c00)',
  group: 'identity',
  optional: true,

  decode(data) {
    checkLength(parameters.name, data, DATE_END);
    const reading: Reading = {};
    serialNumber.decode(data, reading);
    const date = dateText(data.readUInt16BE(DATE_AT), data.readUInt16BE(DATE_AT + 2), data.readUInt16BE(DATE_AT + 4));
    if (date !== undefined) reading.manufactureDate = date;
    return { reading };
  },

  encode(pack) {
    const data = Buffer.alloc(PARAMETERS_LENGTH);
    serialNumber.encode(pack, data);
    dateParts(pack.manufactureDate).forEach((part, i) => data.writeUInt16BE(part, DATE_AT + 2 * i));
    return data;
  },
};

const VERSION_AT = 4;
const VERSION_PARTS = 3;
const model = layout<Reading>([text(12, 16, 'model')]);
const PRODUCT_LENGTH = 44;

/** Block 2810: model and whole version (jbd.md 11.5). */
export const product: Block = {
  start: 0x2810,
  end: 0x283c,
  name: 'product information (2810)',
  group: 'identity',
  optional: true,
  // With its patch number, which the pack status lacks.
  exact: ['softwareVersion'],

  decode(data) {
    checkLength(product.name, data, model.size);
    const reading: Reading = {};
    model.decode(data, reading);
    const version = Array.from({ length: VERSION_PARTS }, (_, i) => data.readUInt16BE(VERSION_AT + 2 * i));
    reading.softwareVersion = version.join('.');
    return { reading };
  },

  encode(pack) {
    const data = Buffer.alloc(PRODUCT_LENGTH);
    model.encode(pack, data);
    versionNumbers(pack.softwareVersion)
      .slice(0, VERSION_PARTS)
      .forEach((part, i) => data.writeUInt16BE(part & 0xffff, VERSION_AT + 2 * i));
    return data;
  },
};
