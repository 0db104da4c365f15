import type { Reading } from '../../src/battery/reading';
import { MODULES } from '../support/ble/modules';
import { endsWithSum, sealOfSum } from './checks';
import { cellRecord, sealRecord } from './jk-record';
import type { Kit } from './kit';

const sealCommand = sealOfSum(0xaa, 20);

/** What a board sends that was asked by Bluetooth: its settings, then the cell record. */
function settingsAndCells(settings: Buffer, cells: Buffer): Reading {
  const reading = cellRecord(cells);
  reading.designCapacity = settings.readUInt32LE(130) / 1000;
  return reading;
}

export const jkBle: Kit = {
  captures: { folder: 'jk-ble' },
  isWhole: endsWithSum,
  seal: (bytes, at, request) => sealRecord(bytes, at, request) || sealCommand(bytes, at, request),
  weakness: 1 / 256,
  stranger: { protocol: 'daly', address: 1 },
  module: MODULES.jkNew,
  addresses: [],
  straightLine: [{ query: '96', decode: settingsAndCells }],
};
