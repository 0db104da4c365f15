import type { Reading } from '../../battery/reading';
import { decodeText, number, text, type Endian } from '../kit/fields';
import type { Decoded } from '../untyped';
import { dateFromDigits, dateToDigits } from '../kit/date';
import { inData } from './record';
import { majorOf, SOFTWARE_MAJOR } from './software';
import { tables } from './tables';

const texts = tables<Reading>([
  text(6, 16, 'model'),
  text(22, 8, 'hardwareVersion'),
  text(30, 8, 'softwareVersion'),
  text(46, 16, 'deviceName'),
  text(86, 16, 'serialNumber'),
]);

/** how often the board was switched on */
const counts = tables<Record<string, number>>([number(42, 'u32', 'powerOns')]);

const DATE_AT = inData(78);
const DATE_LENGTH = 8;

/** bytes of data up to the end of what is read */
export const DEVICE_INFO_LENGTH = texts.little.size;

/**
 * Record 03, and block 1400 of registers: who the board is (jk-ble.md 5, jk-modbus.md 6.2). The PINs that lie in clear text
 * between these fields are never read.
 * @param data at least DEVICE_INFO_LENGTH bytes
 */
export function decodeDeviceInfo(data: Buffer, endian: Endian): Decoded {
  const reading: Reading = {};
  texts[endian].decode(data, reading);
  const manufactureDate = dateFromDigits(decodeText(data.subarray(DATE_AT, DATE_AT + DATE_LENGTH)));
  if (manufactureDate !== undefined) reading.manufactureDate = manufactureDate;
  reading.errorCounts = {};
  counts[endian].decode(data, reading.errorCounts);
  const softwareMajor = majorOf(reading.softwareVersion);
  return { reading, memory: softwareMajor === undefined ? {} : { [SOFTWARE_MAJOR]: softwareMajor } };
}

/** Fills the data of record 03 of a board in this state. @param data zeros */
export function encodeDeviceInfo(pack: Reading, data: Buffer, endian: Endian): void {
  texts[endian].encode(pack, data);
  data.write(dateToDigits(pack.manufactureDate), DATE_AT, DATE_LENGTH, 'latin1');
  counts[endian].encode(pack.errorCounts ?? {}, data);
}
