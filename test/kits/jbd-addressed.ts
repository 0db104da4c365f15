import type { Reading } from '../../src/battery/reading';
import { endsWithJbdSum, head, sealJbd, temperatures } from './jbd-frames';
import type { Kit } from './kit';
import { KELVIN, SIGNED_16, current, firstSensor } from './seam';
import { none } from './straight-line';

function basicAddressed(frame: Buffer): Reading {
  const reading = head(frame, 5);
  reading.alarms = none(frame.readUInt16BE(21), frame.readUInt16BE(27));
  reading.ambientTemperature = (frame.readUInt16BE(29) - 2731) / 10;
  reading.mosTemperature = (frame.readUInt16BE(31) - 2731) / 10;
  reading.temperatures = temperatures(frame, 34, frame.readUInt8(33));
  return reading;
}

export const jbdAddressed: Kit = {
  captures: { folder: 'jbd' },
  isWhole: endsWithJbdSum(1),
  seal: sealJbd(2, 1),
  askedAfter: ['jbd'],
  stranger: { protocol: 'jbd-addressed', address: 5 },
  module: undefined,
  addresses: [0, 3, 15],
  seams: [
    { query: '(03)', at: 5 + 2, bytes: 2, told: current, codes: SIGNED_16(100) },
    { query: '(03)', at: 5 + 29, bytes: 2, told: firstSensor, codes: KELVIN },
  ],
  straightLine: [{ query: '03', decode: basicAddressed }],
};
