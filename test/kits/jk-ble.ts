import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { endsWithSum, sealOfSum } from './checks';
import { cellRecord, sealRecord } from './jk-record';
import type { Kit } from './kit';
import { SIGNED_32, current, firstSensor } from './seam';

const sealCommand = sealOfSum(0xaa, 20);

/** What a board sends that was asked by Bluetooth: its settings, then the cell record. */
function settingsAndCells(settings: Buffer, cells: Buffer): Reading {
  const reading = cellRecord(cells);
  reading.designCapacity = settings.readUInt32LE(130) / 1000;
  return reading;
}

export const jkBle: Kit = {
  captures: {
    folder: 'jk-ble',
    others: [
      '32s-v19-logbook',
      'write-32s-v14.20-precharge-time',
      'write-32s-v15.41-clock',
      'write-jk04-b2a16s-balancer-off',
    ],
    // The request for cells is answered by the settings or the log alone.
    errors: {
      '32s-pb2a16s15p-v15.38-info-settings': ['timeout'],
      'write-32s-v11.288H-heating-off': ['timeout', 'timeout'],
      'write-32s-v11.288H-heating-on': ['timeout'],
      'write-32s-v11.288H-port-switch-rs485': ['timeout'],
      'write-32s-v15.41-heating-temperatures': ['timeout'],
      'write-jk04-b2a16s-balancer-on': ['timeout'],
      'write-jk04-b2a16s-poweroff-and-balance-current': ['timeout', 'timeout'],
      'write-jk04-b2a16s-voltage-calibration': ['timeout'],
    },
    notRead: { '32s-pb2a16s15p-v15.38-info-settings': ['designCapacity', 'cellCount'] },
  },
  isWhole: endsWithSum,
  seal: (bytes, at, request) => sealRecord(bytes, at, request) || sealCommand(bytes, at, request),
  weakness: 1 / 256,
  stranger: { protocol: 'daly', address: 1 },
  module: MODULES.jkNew,
  addresses: [],
  seams: [
    {
      query: 'cell information',
      at: 158,
      bytes: 4,
      little: true,
      told: current,
      codes: SIGNED_32(1000),
    },
    {
      ...{ query: 'cell information', at: 162, bytes: 2, little: true, told: firstSensor },
      codes: [
        [0xffff, -0.1],
        [0, 0],
        [1, 0.1],
        [0xf830, null],
        [0xf831, -199.9],
      ],
    },
  ],
  straightLine: [{ query: '96', decode: settingsAndCells }],
};
