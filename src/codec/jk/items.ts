import type { Reading } from '../../battery/reading';
import { flag, layout, number, text, type Row } from '../kit/fields';
import { cellList } from './cell-list';

/** Values that need a rule of their own (jk.md 6), as they stand on the wire. */
export interface Raw {
  mosTemperature?: number;
  boxTemperature?: number;
  batteryTemperature?: number;
  current?: number;
  sensorCount?: number;
  alarms?: number;
  runtimeMinutes?: number;
  /** what its user has switched on: 1, or off: 0 */
  chargeSwitch?: number;
  dischargeSwitch?: number;
  balancerSwitch?: number;
  /** selects how the current is written */
  version?: number;
}

/** What a board tells: values that are the same in a reading, and others. */
export interface Values {
  reading: Reading;
  raw: Raw;
}

/** One id: how long its data are, and what they hold. Ids without a place in a reading have only a length. */
export interface Item {
  readonly id: number;
  /** @param at of the first data byte; the length may go beyond the end of the data */
  lengthOf(data: Buffer, at: number): number;
  decode(data: Buffer, at: number, into: Values): void;
  /** @returns undefined when there is nothing to tell under this id */
  encode(from: Values): Buffer | undefined;
}

function item(id: number, length: number, ...rows: Row<Reading>[]): Item {
  return tableItem(id, length, rows, ({ reading }) => reading);
}

function rawItem(id: number, length: 1 | 2 | 4, key: keyof Raw): Item {
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

/** Ids from `first` on that are settings, with the lengths of their data. */
function settings(first: number, ...lengths: number[]): Item[] {
  return lengths.map((length, i) => item(first + i, length));
}

const list: Item = {
  id: 0x79,
  lengthOf: (data, at) => cellList.lengthOf(data, at),
  decode: (data, at, into) => {
    into.reading.cellVoltages = cellList.decode(data, at);
  },
  encode: ({ reading: { cellVoltages } }) => cellVoltages && cellList.encode(cellVoltages),
};

/** Every id that was ever documented (jk.md 5), in the order in which a reply has them. */
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
  item(0x88, 2),
  item(0x89, 4, number(0, 'u32', 'cycleCapacity')),
  item(0x8a, 2, number(0, 'u16', 'cellCount')),
  rawItem(0x8b, 2, 'alarms'),
  // Bit 3 is said to tell of a connected battery, but healthy packs leave it 0 (jk.md 7).
  item(0x8c, 2, flag(1, 0, 'chargeEnabled'), flag(1, 1, 'dischargeEnabled'), flag(1, 2, 'balancing')),
  item(0x8d, 2),
  // 8e to 9c: limits, currents, where the balancer begins
  ...settings(0x8e, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2),
  // Whether the balancer may work; whether it does stands in 8c (jk.md 7).
  rawItem(0x9d, 1, 'balancerSwitch'),
  // 9e to a9: temperatures, the number of cells
  ...settings(0x9e, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1),
  item(0xaa, 4, number(0, 'u32', 'designCapacity', { notAvailable: [0] })),
  rawItem(0xab, 1, 'chargeSwitch'),
  rawItem(0xac, 1, 'dischargeSwitch'),
  // ad to b5: calibration, address, cell type, sleep, alarm of the SOC, password, charger, name, month
  ...settings(0xad, 2, 1, 1, 2, 1, 10, 1, 8, 4),
  rawItem(0xb6, 4, 'runtimeMinutes'),
  item(0xb7, 15, text(0, 15, 'softwareVersion')),
  item(0xb8, 1),
  // Firmware before 10.10 sends 0 (jk.md 11).
  item(0xb9, 4, number(0, 'u32', 'fullCapacity', { notAvailable: [0] })),
  item(0xba, 24, text(12, 12, 'model')),
  // bb to bf: triggers and voltages of the GPS supply, which are only written
  ...settings(0xbb, 1, 1, 1, 2, 2),
  rawItem(0xc0, 1, 'version'),
];

const BY_ID: readonly (Item | undefined)[] = Array.from({ length: 256 }, (_, id) =>
  ITEMS.find((entry) => entry.id === id),
);

export function itemOf(id: number | undefined): Item | undefined {
  return id === undefined ? undefined : BY_ID[id];
}
