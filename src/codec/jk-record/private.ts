import { privateIn, type PrivateRange } from '../kit/privacy';
import { RECORD_LENGTH, RECORDS, typeOf } from './record';

/**
 * In record 03, by offset in it: name, PIN of the connection, serial number, the user's own text, PIN of the settings
 * (jk-ble.md 5). What is left of longer texts may follow the end of each.
 */
export const DEVICE_INFO: readonly PrivateRange[] = [
  { from: 46, to: 62, kind: 'name' },
  { from: 62, to: 78, kind: 'text' },
  { from: 86, to: 102, kind: 'text' },
  { from: 102, to: 118, kind: 'text' },
  { from: 118, to: 134, kind: 'text' },
];

/** The private bytes of a record that stands at the beginning of a frame. */
export function privateInRecord(frame: Buffer): readonly PrivateRange[] {
  return typeOf(frame) === RECORDS.deviceInfo ? privateIn(DEVICE_INFO, 0, RECORD_LENGTH, 0) : [];
}
