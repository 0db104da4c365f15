import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { endsWithCrc, putCrc } from './checks';
import type { Kit, Seal } from './kit';
import { CELLS, current, firstSensor } from './seam';
import { none, setBits, STATES } from './straight-line';

const seal: Seal = (bytes, at) => {
  if (at + 8 > bytes.length) return 0;
  return putCrc(bytes, at, at + 8 + bytes.readUInt16BE(at + 6));
};

function packStatus(frame: Buffer): Reading {
  const at = 8;
  const flags = frame.readUInt8(at + 33);
  const count = frame.readUInt16BE(at + 66);
  const cellVoltages: number[] = [];
  for (let cell = 0; cell < count; cell++) cellVoltages.push(frame.readUInt16BE(at + 68 + 2 * cell) / 1000);
  const sensorsAt = at + 68 + 2 * count;
  const temperatures: number[] = [];
  const sensors = frame.readUInt16BE(sensorsAt);
  for (let i = 0; i < sensors; i++) temperatures.push((frame.readUInt16BE(sensorsAt + 2 + 2 * i) - 500) / 10);
  const end = sensorsAt + 2 + 2 * sensors;
  const name = frame
    .toString('latin1', end + 6, end + 36)
    .replace(/\0.*$/, '')
    .trim();
  const reading: Reading = {
    voltage: frame.readUInt16BE(at) / 100,
    current: (frame.readUInt32BE(at + 4) - 300_000) / 100,
    soc: frame.readUInt16BE(at + 8) / 100,
    remainingCapacity: frame.readUInt16BE(at + 10) / 100,
    fullCapacity: frame.readUInt16BE(at + 12) / 100,
    designCapacity: frame.readUInt16BE(at + 14) / 100,
    mosTemperature: (frame.readUInt16BE(at + 16) - 500) / 10,
    ambientTemperature: (frame.readUInt16BE(at + 18) - 500) / 10,
    soh: frame.readUInt16BE(at + 22),
    dischargeEnabled: (flags & 1) !== 0,
    chargeEnabled: (flags & 2) !== 0,
    heating: (flags & 8) !== 0,
    cycles: frame.readUInt16BE(at + 36),
    cellVoltageAverage: frame.readUInt16BE(at + 46) / 1000,
    temperatureAverage: (frame.readUInt16BE(at + 56) - 500) / 10,
    chargeVoltageLimit: frame.readUInt16BE(at + 58) / 10,
    chargeCurrentLimit: frame.readUInt16BE(at + 60) / 10,
    dischargeVoltageLimit: frame.readUInt16BE(at + 62) / 10,
    dischargeCurrentLimit: frame.readUInt16BE(at + 64) / 10,
    cellCount: count,
    alarms: none(frame.readUInt32BE(at + 24), frame.readUInt32BE(at + 28)),
    cellVoltages,
    temperatures,
    balancingCells: setBits(frame.readUInt16BE(end + 2)),
    softwareVersion: `${frame.readUInt8(end + 4)}.${frame.readUInt8(end + 5)}`,
  };
  const state = STATES[frame.readUInt16BE(at + 20)];
  if (state !== undefined) reading.state = state;
  if (name !== '') reading.deviceName = name;
  return reading;
}

export const jbdUp16s: Kit = {
  captures: {
    folder: 'jbd',
    others: ['up16s-mos-write-both-off', 'up16s-mos-write-both-on', 'up16s-mos-write-charge-off'],
    // The individual status is not asked.
    notRead: { 'up16s020-addr1-parameters': ['soc', 'cycleCapacity'] },
  },
  isWhole: endsWithCrc,
  seal: seal,
  stranger: { protocol: 'jbd-up16s', address: 2 },
  module: MODULES.jbdLarge,
  addresses: [1, 2],
  seams: [
    {
      ...{ query: '(1000)', at: 8 + 4, bytes: 4, told: current },
      codes: [
        [299_999, -0.01],
        [300_000, 0],
        [300_001, 0.01],
      ],
    },
    {
      ...{ query: '(1000)', at: 8 + 70 + 2 * CELLS, bytes: 2, told: firstSensor },
      codes: [
        [499, -0.1],
        [500, 0],
        [501, 0.1],
      ],
    },
  ],
  straightLine: [{ query: '1000', decode: packStatus }],
};
