import type { Reading } from '../../../src/battery/reading';
import * as ant from './ant';
import * as daly from './daly';
import * as jbd from './jbd';
import * as jk from './jk';

/** A main frame of a protocol and how it is read by hand. */
export interface Straight {
  readonly protocol: string;
  /** which query: its number as it stands in brackets in the name */
  readonly query: string;
  /** @param frames of the answer, with heads and checksums, in order */
  decode(...frames: Buffer[]): Reading;
}

/** At least one for every protocol: the frame that carries most of a reading. */
export const STRAIGHT: readonly Straight[] = [
  { protocol: 'jbd', query: '03', decode: jbd.basic },
  { protocol: 'jbd-up16s', query: '1000', decode: jbd.packStatus },
  { protocol: 'jbd-addressed', query: '03', decode: jbd.basicAddressed },
  { protocol: 'daly', query: '90', decode: daly.pack },
  { protocol: 'daly', query: '95', decode: daly.cells },
  { protocol: 'daly-modbus', query: '0000', decode: daly.status },
  { protocol: 'ant', query: '01', decode: ant.status },
  { protocol: 'ant-legacy', query: 'db db', decode: ant.legacyStatus },
  { protocol: 'jk', query: '06', decode: jk.allValues },
  { protocol: 'jk-modbus', query: '1620', decode: jk.cellRecord },
  { protocol: 'jk-ble', query: '96', decode: jk.settingsAndCells },
  { protocol: 'sinowealth', query: '10', decode: (frame) => ({ current: frame.readInt32BE(0) / 1000 }) },
];
