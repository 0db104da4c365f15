import type { Reading } from '../../battery/reading';
import { decodeText, layout, number, text } from '../fields';
import type { Decoded } from '../protocol';
import { dateDigits, dateText } from '../jk-record/date';
import { FACTS } from './facts';
import { isBalancer, majorOf } from './variant';

const texts = layout<Reading>([
  text(6, 16, 'model'),
  text(22, 8, 'hardwareVersion'),
  text(30, 8, 'softwareVersion'),
  text(46, 16, 'deviceName'),
  text(86, 16, 'serialNumber'),
]);

/** how often the board was switched on */
const counts = layout<Record<string, number>>([number(42, 'u32', 'powerOns')], 'little');

const DATE_AT = 78;
const DATE_LENGTH = 8;

/**
 * Record 03: who the board is (jk-ble 5), in every variant. The PINs that lie in clear text between these fields
 * are never read.
 */
export function decodeDeviceInfo(record: Buffer): Decoded {
  const reading: Reading = {};
  texts.decode(record, reading);
  const manufactureDate = dateText(decodeText(record.subarray(DATE_AT, DATE_AT + DATE_LENGTH)));
  if (manufactureDate !== undefined) reading.manufactureDate = manufactureDate;
  reading.errorCounts = {};
  counts.decode(record, reading.errorCounts);
  const softwareMajor = majorOf(reading.softwareVersion);
  return {
    reading,
    facts: {
      [FACTS.balancer]: isBalancer(reading.model) ? 1 : 0,
      ...(softwareMajor !== undefined && { [FACTS.softwareMajor]: softwareMajor }),
    },
  };
}

/** Fills record 03 of a board in this state. */
export function encodeDeviceInfo(pack: Reading, record: Buffer): void {
  texts.encode(pack, record);
  record.write(dateDigits(pack.manufactureDate), DATE_AT, DATE_LENGTH, 'latin1');
  counts.encode(pack.errorCounts ?? {}, record);
}
