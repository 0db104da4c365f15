import type { Reading } from '../../battery/reading';
import { alarmWord } from '../kit/alarm-bits';
import { flag, layout, number, text, type Row } from '../kit/fields';
import { cellList } from './values';

/** Values that need a rule of their own (jk.md 6), as they stand on the wire. */
export interface Raw {
  mosTemperature?: number;
  boxTemperature?: number;
  batteryTemperature?: number;
  current?: number;
  sensorCount?: number;
  alarms?: number;
  runtimeMinutes?: number;
  /** on older firmware a production code */
  model?: string;
  /** what the user has switched on: 1, or off: 0 */
  chargeSwitch?: number;
  dischargeSwitch?: number;
  balancerSwitch?: number;
  /** selects how the current is written */
  version?: number;
}

/** What a board reports: values that are the same in a reading, and others. */
export interface Values {
  reading: Reading;
  raw: Raw;
}

/** One id: how many bytes of data it has, and what they hold. */
export interface Item {
  readonly id: number;
  /** @param at of the first data byte; the length may go beyond the end of the data */
  lengthOf(data: Buffer, at: number): number;
  decode(data: Buffer, at: number, into: Values): void;
  /** @returns undefined when the board has no value for this id */
  encode(from: Values): Buffer | undefined;
}

function item(id: number, length: number, ...rows: Row<Reading>[]): Item {
  return tableItem(id, length, rows, ({ reading }) => reading);
}

function rawItem(id: number, length: 1 | 2 | 4, key: Exclude<keyof Raw, 'model'>): Item {
  const type = ({ 1: 'u8', 2: 'u16', 4: 'u32' } as const)[length];
  return tableItem(id, length, [number<Raw>(0, type, key)], ({ raw }) => raw);
}

function tableItem<T extends object>(
  id: number,
  length: number,
  rows: readonly Row<T>[],
  part: (values: Values) => T,
): Item {
  const table = layout<T>(rows);
  return {
    id,
    lengthOf: () => length,
    decode: (data, at, into) => table.decode(data, part(into), at),
    encode(values) {
      const from = part(values);
      if (table.keys.every((key) => from[key] === undefined)) return undefined;
      const data = Buffer.alloc(length);
      table.encode(from, data);
      return data;
    },
  };
}

const list: Item = {
  id: 0x79,
  lengthOf: (data, at) => cellList.lengthOf(data, at),
  decode: (data, at, into) => {
    into.reading.cellVoltages = cellList.decode(data, at);
  },
  encode: ({ reading: { cellVoltages } }) => cellVoltages && cellList.encode(cellVoltages),
};

/** The ids that hold values of a reading (jk.md 5), in the order in which a reply has them. */
export const ITEMS: readonly Item[] = [
  list,
  rawItem(0x80, 2, 'mosTemperature'),
  rawItem(0x81, 2, 'boxTemperature'),
  rawItem(0x82, 2, 'batteryTemperature'),
  item(0x83, 2, number(0, 'u16', 'voltage', { divisor: 100 })),
  rawItem(0x84, 2, 'current'),
  item(0x85, 1, number(0, 'u8', 'soc')),
  rawItem(0x86, 1, 'sensorCount'),
  item(0x87, 2, number(0, 'u16', 'cycles')),
  item(0x89, 4, number(0, 'u32', 'cycleCapacity')),
  item(0x8a, 2, number(0, 'u16', 'cellCount')),
  rawItem(0x8b, 2, 'alarms'),
  // Bit 3 is said to show a connected battery, but healthy packs leave it 0 (jk.md 7).
  item(0x8c, 2, flag(1, 0, 'chargeEnabled'), flag(1, 1, 'dischargeEnabled'), flag(1, 2, 'balancing')),
  // Whether the balancer may work; whether it does stands in 8c (jk.md 7).
  rawItem(0x9d, 1, 'balancerSwitch'),
  item(0xaa, 4, number(0, 'u32', 'designCapacity', { notAvailable: [0] })),
  rawItem(0xab, 1, 'chargeSwitch'),
  rawItem(0xac, 1, 'dischargeSwitch'),
  rawItem(0xb6, 4, 'runtimeMinutes'),
  item(0xb7, 15, text(0, 15, 'softwareVersion')),
  // Firmware before 10.10 sends 0 (jk.md 11).
  item(0xb9, 4, number(0, 'u32', 'fullCapacity', { notAvailable: [0] })),
  tableItem(0xba, 24, [text<Raw>(12, 12, 'model')], ({ raw }) => raw),
  rawItem(0xc0, 1, 'version'),
];

/** All other documented ids (jk.md 5): the first and the last with the same number of bytes of data, and that number. */
const UNREAD: readonly (readonly [first: number, last: number, length: number])[] = [
  [0x88, 0x88, 2],
  [0x8d, 0x8d, 2],
  // limits, currents, where the balancer begins
  [0x8e, 0x9c, 2],
  // temperatures, the number of cells
  [0x9e, 0xa8, 2],
  [0xa9, 0xa9, 1],
  // calibration, address and cell type, sleep, alarm of the SOC
  [0xad, 0xad, 2],
  [0xae, 0xaf, 1],
  [0xb0, 0xb0, 2],
  [0xb1, 0xb1, 1],
  // password, charger, name, month
  [0xb2, 0xb2, 10],
  [0xb3, 0xb3, 1],
  [0xb4, 0xb4, 8],
  [0xb5, 0xb5, 4],
  [0xb8, 0xb8, 1],
  // triggers and voltages of the GPS supply, which are only written
  [0xbb, 0xbd, 1],
  [0xbe, 0xbf, 2],
];

const BY_ID: readonly (Item | undefined)[] = Array.from({ length: 256 }, (_, id) => {
  const unread = UNREAD.find(([first, last]) => id >= first && id <= last);
  return unread === undefined ? ITEMS.find((entry) => entry.id === id) : item(id, unread[2]);
});

export function itemOf(id: number | undefined): Item | undefined {
  return id === undefined ? undefined : BY_ID[id];
}

/** Id 8b (jk.md 7). Bits 12 and 13 are the two fault outputs of the front-end chip, 8 is the sensor in the box. */
export const alarmBits = alarmWord('8b', {
  0: ['soc_low', 'warning'],
  1: ['mos_overtemperature', 'protection'],
  2: ['pack_overvoltage', 'protection'],
  3: ['pack_undervoltage', 'protection'],
  4: ['overtemperature', 'protection'],
  5: ['charge_overcurrent', 'protection'],
  6: ['discharge_overcurrent', 'protection'],
  7: ['cell_imbalance', 'protection'],
  8: ['overtemperature', 'protection'],
  9: ['undertemperature', 'protection'],
  10: ['cell_overvoltage', 'protection'],
  11: ['cell_undervoltage', 'protection'],
  12: ['afe_fault', 'fault'],
  13: ['afe_fault', 'fault'],
});
