import type { Reading } from '../../battery/reading';
import { dateFromDigits, dateToDigits } from '../kit/date';
import { decodeText, number, text, type Endian } from '../kit/fields';
import { privateIn, type PrivateRange } from '../kit/privacy';
import type { Decoded } from '../protocol';
import { tables } from './tables';
import { inData, RECORD_LENGTH, RECORDS, typeOf } from './wire';

/** What the device information says that is needed to decode other records. */
export interface SoftwareMemory {
  /** the digits before the first point of the software version */
  softwareMajor?: number;
}

/** From here on boards have room for 32 cells, before for 24 (jk-ble.md 1). */
export const FIRST_MAJOR_OF_32S = 11;

/** The digits before the first point of a version such as "11.288H"; undefined when there are none. */
export function majorOf(version: string | undefined): number | undefined {
  const [digits] = /^\d+/.exec(version ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

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
 * In record 03, by offset in it: name, PIN of the connection, serial number, the user's own text, PIN of the settings
 * (jk-ble.md 5). What is left of longer texts may follow the end of each.
 */
export const PRIVATE_RANGES: readonly PrivateRange[] = [
  { from: 46, to: 62, kind: 'name' },
  { from: 62, to: 78, kind: 'text' },
  { from: 86, to: 102, kind: 'text' },
  { from: 102, to: 118, kind: 'text' },
  { from: 118, to: 134, kind: 'text' },
];

/** The private bytes of a record that stands at the beginning of a frame. */
export function privateInRecord(frame: Buffer): readonly PrivateRange[] {
  return typeOf(frame) === RECORDS.deviceInfo ? privateIn(PRIVATE_RANGES, 0, RECORD_LENGTH, 0) : [];
}

/**
 * Record 03, and block 1400 of registers: who the board is (jk-ble.md 5, jk-modbus.md 6.2). The PINs that lie in clear text
 * between these fields are never read.
 * @param data at least DEVICE_INFO_LENGTH bytes
 */
export function decodeDeviceInfo(data: Buffer, endian: Endian): Decoded<SoftwareMemory> {
  const reading: Reading = {};
  texts[endian].decode(data, reading);
  const manufactureDate = dateFromDigits(decodeText(data.subarray(DATE_AT, DATE_AT + DATE_LENGTH)));
  if (manufactureDate !== undefined) reading.manufactureDate = manufactureDate;
  reading.errorCounts = {};
  counts[endian].decode(data, reading.errorCounts);
  const softwareMajor = majorOf(reading.softwareVersion);
  return { reading, memory: softwareMajor === undefined ? {} : { softwareMajor } };
}

/** Fills the data of record 03 of a board in this state. @param data zeros */
export function encodeDeviceInfo(pack: Reading, data: Buffer, endian: Endian): void {
  texts[endian].encode(pack, data);
  data.write(dateToDigits(pack.manufactureDate), DATE_AT, DATE_LENGTH, 'latin1');
  counts[endian].encode(pack.errorCounts ?? {}, data);
}
