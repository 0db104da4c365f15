import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { endsWithJbdSum, head, sealJbd, temperatures } from './jbd-frames';
import type { Kit } from './kit';
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
  captures: { folder: 'jbd' },
  isWhole: endsWithJbdSum(2),
  seal: sealJbd(1, 2),
  stranger: { protocol: 'daly', address: 1 },
  module: MODULES.jbd,
  addresses: [],
  straightLine: [{ query: '03', decode: basic }],
};
