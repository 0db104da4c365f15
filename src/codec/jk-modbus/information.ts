import type { Reading } from '../../battery/reading';
import { decodeText, number, text } from '../fields';
import { dateDigits, dateText } from '../jk-record/date';
import { tables, untrue, type Block } from './block';
import { FACTS } from './facts';

/** Offsets in block 1400 (jk-modbus 6.2). The PINs that lie in clear text between these fields are never read. */
const texts = tables<Reading>([
  text(0x00, 16, 'model'),
  text(0x10, 8, 'hardwareVersion'),
  text(0x18, 8, 'softwareVersion'),
  text(0x28, 16, 'deviceName'),
  text(0x50, 16, 'serialNumber'),
]);

/** how often the board was switched on */
const counts = tables<Record<string, number>>([number(0x24, 'u32', 'powerOns')]);

const DATE_AT = 0x48;
const DATE_LENGTH = 8;

/** Block 1400: who the board is. */
export const information: Block = {
  register: 0x1400,
  size: 0xf0,
  trigger: 0x161c,
  type: 0x03,

  decode(data, endian) {
    if (data.length < texts[endian].size) throw untrue('device information', `${data.length} bytes are too few`);
    const reading: Reading = {};
    texts[endian].decode(data, reading);
    const manufactureDate = dateText(decodeText(data.subarray(DATE_AT, DATE_AT + DATE_LENGTH)));
    if (manufactureDate !== undefined) reading.manufactureDate = manufactureDate;
    reading.errorCounts = {};
    counts[endian].decode(data, reading.errorCounts);
    const [digits] = /^\d+/.exec(reading.softwareVersion ?? '') ?? [];
    return digits === undefined ? { reading } : { reading, facts: { [FACTS.softwareMajor]: Number(digits) } };
  },

  encode(pack, data, endian) {
    texts[endian].encode(pack, data);
    data.write(dateDigits(pack.manufactureDate), DATE_AT, DATE_LENGTH, 'latin1');
    counts[endian].encode(pack.errorCounts ?? {}, data);
  },
};
