import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { sum } from '../../src/codec/kit/checksum';
import { put, total } from './checks';
import type { Kit, Seal } from './kit';
import { WHOLE, current, firstSensor } from './seam';
import { setBits } from './straight-line';

const ON = 1;

function status(frame: Buffer): Reading {
  const count = frame.readUInt8(123);
  const cellVoltages: number[] = [];
  for (let cell = 0; cell < count; cell++) cellVoltages.push(frame.readUInt16BE(6 + 2 * cell) / 1000);
  const temperatures: (number | null)[] = [];
  for (let at = 95; at < 103; at += 2) {
    const raw = frame.readInt16BE(at);
    temperatures.push(raw === -40 ? null : raw);
  }
  const capacity = frame.readUInt32BE(75);
  const throughput = frame.readUInt32BE(83);
  const balance = frame.readUInt8(105);
  const reading: Reading = {
    voltage: frame.readUInt16BE(4) / 10,
    current: 0 - frame.readInt32BE(70) / 10,
    soc: frame.readUInt8(74),
    designCapacity: capacity / 1e6,
    remainingCapacity: frame.readUInt32BE(79) / 1e6,
    cycleCapacity: throughput / 1000,
    runtime: frame.readUInt32BE(87),
    power: 0 - frame.readInt32BE(111),
    cellCount: count,
    cellVoltages,
    temperatures,
    cycles: Math.floor((throughput * 1000) / capacity),
    balancingCells: setBits(frame.readUInt32BE(132)),
    chargeEnabled: frame.readUInt8(103) === ON,
    dischargeEnabled: frame.readUInt8(104) === ON,
    chargeSwitch: frame.readUInt8(103) === ON,
    dischargeSwitch: frame.readUInt8(104) === ON,
    balancing: balance === 1 || balance === 2 || balance === 4 || balance === 5,
    alarms: [],
  };
  const mosfets = frame.readInt16BE(91);
  if (mosfets !== -40) reading.mosTemperature = mosfets;
  const balancer = frame.readInt16BE(93);
  if (balancer !== -40) reading.balancerTemperature = balancer;
  return reading;
}

const seal: Seal = (bytes, at) =>
  bytes[at] === 0xaa && put(bytes, 2, at + 138, sum(bytes, at + 4, at + 138) & 0xffff, false) ? 140 : 0;

export const antLegacy: Kit = {
  captures: {
    folder: 'ant-legacy',
    others: [
      ...['07-16s-2021-board-legacy-request', '09-rfcomm-write-while-locked', '10-rfcomm-unlock-then-control'],
      '11-rfcomm-wrong-password',
    ],
    errors: { '12-13s-table-with-wrong-sum': ['checksum'] },
  },
  isWhole: (frame) => (total(frame.subarray(4, -2)) & 0xffff) === frame.readUInt16BE(frame.length - 2),
  seal: seal,
  stranger: { protocol: 'ant', address: 2 },
  module: MODULES.antLegacy,
  addresses: [],
  seams: [
    {
      ...{ query: '(db db)', at: 70, bytes: 4, told: current },
      codes: [
        [0xffffffff, 0.1],
        [0, 0],
        [1, -0.1],
      ],
    },
    { query: '(db db)', at: 95, bytes: 2, told: firstSensor, codes: WHOLE },
  ],
  straightLine: [{ query: 'db db', decode: status }],
};
