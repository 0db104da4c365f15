import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { endsWithSum, sealOfSum } from './checks';
import type { Kit } from './kit';
import { current, firstSensor } from './seam';

function pack(frame: Buffer): Reading {
  return {
    voltage: frame.readUInt16BE(4) / 10,
    current: (30_000 - frame.readUInt16BE(8)) / 10,
    soc: frame.readUInt16BE(10) / 10,
  };
}

/** 16 cells, three in each of the frames, which the benchmark has in order. */
function cells(...frames: Buffer[]): Reading {
  const cellVoltages: number[] = [];
  for (const frame of frames) {
    for (let at = 5; at < 11 && cellVoltages.length < 16; at += 2) cellVoltages.push(frame.readUInt16BE(at) / 1000);
  }
  return { cellVoltages };
}

export const daly: Kit = {
  captures: {
    folder: 'daly',
    others: [
      ...[
        'mosfet-ack-payloads',
        'rs485-set-discharge-mosfet-off',
        'rs485-set-discharge-mosfet-on',
        'set-soc-and-clock',
      ],
    ],
    errors: { 'serial-echo': ['timeout'], 'serial-no-data-all-zero': ['malformed', 'malformed', 'malformed'] },
  },
  isWhole: endsWithSum,
  seal: sealOfSum(0xa5, 13),
  weakness: 1 / 256,
  stranger: { protocol: 'daly', address: 2 },
  module: MODULES.daly,
  addresses: [1, 31],
  seams: [
    {
      ...{ query: '(90)', at: 4 + 4, bytes: 2, told: current },
      codes: [
        [29_999, 0.1],
        [30_000, 0],
        [30_001, -0.1],
      ],
    },
    {
      ...{ query: '(96)', at: 4 + 1, bytes: 1, told: firstSensor },
      codes: [
        [0, null],
        [1, -39],
        [39, -1],
        [40, 0],
        [41, 1],
      ],
    },
  ],
  straightLine: [
    { query: '90', decode: pack },
    { query: '95', decode: cells },
  ],
};
