import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { endsWithJbdSum, head, sealJbd, temperatures } from './jbd-frames';
import type { Kit } from './kit';
import { KELVIN, SIGNED_16, current, firstSensor } from './seam';
import { none } from './straight-line';

function basic(frame: Buffer): Reading {
  const reading = head(frame, 4);
  const sensors = frame.readUInt8(26);
  const end = 27 + 2 * sensors;
  const length = frame.length - 3;
  reading.alarms = none(frame.readUInt16BE(20), length === end + 9 ? frame.readUInt16BE(end + 1) : 0);
  reading.temperatures = temperatures(frame, 27, sensors);
  if (length === end + 9) {
    reading.fullCapacity = frame.readUInt16BE(end + 3) / 100;
    reading.balanceCurrent = frame.readUInt16BE(end + 7) / 1000;
  }
  return reading;
}

export const jbd: Kit = {
  captures: {
    folder: 'jbd',
    others: [
      ...['auth-ffaa-000000-rejected', 'auth-ffaa-111111-rejected', 'auth-ffaa-123123-ok', 'auth-ffaa-123412-ok'],
      ...['auth-ffaa-change-password', 'auth-ffaa-v13-1', 'auth-ffaa-v13-2', 'clear-password-j1b2d4'],
      ...['error-80-overkill', 'error-81-register-outside-factory', 'overkill-ble-rename'],
      ...['pdf-v11-control-0a-reset-capacity', 'pdf-v11-mos-fb', 'pdf-v11-param-fa-read', 'pdf-v11-param-fa-string'],
      ...['pdf-v11-password-765828', 'pdf-v11-password-change', 'pdf-v4-mos-discharge-off'],
      ...['sp04s034-ble-balance-function-off', 'sp04s034-ble-read-function-config', 'sp04s034-ble-settings-read'],
      'sp04s034-v13-read-cell-overvoltage',
    ],
    // A sleeping board is woken by the first request, and answers the second.
    errors: { 'sp04s034-ble-first-request-lost': ['timeout'] },
  },
  isWhole: endsWithJbdSum(2),
  seal: sealJbd(1, 2),
  stranger: { protocol: 'daly', address: 1 },
  module: MODULES.jbd,
  addresses: [],
  seams: [
    { query: '(03)', at: 4 + 2, bytes: 2, told: current, codes: SIGNED_16(100) },
    { query: '(03)', at: 4 + 23, bytes: 2, told: firstSensor, codes: KELVIN },
  ],
  straightLine: [{ query: '03', decode: basic }],
};
