import type { NumberKey, Reading } from '../../battery/reading';
import { alarmWord } from '../kit/alarm-bits';
import { flag, layout, list, number, type Scale, type WireType } from '../kit/fields';
import type { Group } from '../protocol';
import type { Width } from './wire';

const MILLI = { divisor: 1000 };

/** What a register is and how it is asked for. */
export interface Place {
  readonly command: number;
  readonly width: Width;
  /** for messages: "pack voltage (0b)" */
  readonly name: string;
  readonly group: Group;
}

/** A register that holds one number. */
export interface NumberRegister extends Place {
  readonly type: WireType;
  readonly key: NumberKey;
  /** The reading of a value: stored under its key it would take twice the time. */
  readonly read: (value: number) => Reading;
  readonly scale?: Scale;
  /** beyond this, either way, the answer is foreign (sinowealth.md 9) */
  readonly most?: number;
}

/** Asked in two places: with every poll, and when a board is searched for. */
export const SOC: NumberRegister = {
  ...{ command: 0x13, width: 2, name: 'SOC (13)', group: 'fast' },
  ...{ type: 'u16', key: 'soc', read: (soc) => ({ soc }), most: 100 },
};

/** Registers with one number each (sinowealth.md 4). Those of chip temperatures, 0e and 0f, are not of the battery. */
export const NUMBERS: readonly NumberRegister[] = [
  {
    ...{ command: 0x10, width: 4, name: 'current (10)', group: 'fast' },
    ...{ type: 's32', key: 'current', read: (current) => ({ current }), scale: MILLI, most: 500 },
  },
  {
    ...{ command: 0x12, width: 4, name: 'remaining capacity (12)', group: 'fast' },
    ...{ type: 's32', key: 'remainingCapacity', read: (remainingCapacity) => ({ remainingCapacity }), scale: MILLI },
  },
  SOC,
];

export const COUNTERS: readonly NumberRegister[] = [
  {
    ...{ command: 0x11, width: 4, name: 'full capacity (11)', group: 'counters' },
    ...{
      type: 's32',
      key: 'fullCapacity',
      read: (fullCapacity) => ({ fullCapacity }),
      scale: { ...MILLI, notAvailable: [0] },
    },
  },
  {
    command: 0x14,
    width: 2,
    name: 'cycles (14)',
    group: 'counters',
    type: 'u16',
    key: 'cycles',
    read: (cycles) => ({ cycles }),
  },
];

/** Register 0b: the pack, or the eleventh cell of a large board (sinowealth.md 8). */
export const packVoltage = layout<Reading>([number(0, 'u16', 'voltage', MILLI)]);

/** Registers 01 to 0a: one cell each, 0 where none is fitted. */
export const MAX_CELLS = 10;
export const cellVoltage = list('u16', MILLI);

/** Registers 0c and 0d: 0.1 K; raw 0 is a sensor that is not connected. */
export const MAX_SENSORS = 2;
export const FIRST_SENSOR = 0x0c;
export const temperature = list('u16', { divisor: 10, offset: 2731, notAvailable: [0] });

/** Register 15, lower byte; what else is in it has no name in a reading (sinowealth.md 4). */
export const mosfets = layout<Reading>([flag(1, 0, 'chargeEnabled'), flag(1, 1, 'dischargeEnabled')]);
export const CHARGING = 1 << 2;
export const DISCHARGING = 1 << 3;

/** Register 17: bit 6 alone is the number of sensors, whatever the other bits are (sinowealth.md 4, 8). */
export const MIN_CELLS = 3;
export const CELLS_MASK = 7;
export const TWO_SENSORS = 1 << 6;

/** Battery status, register 16 (sinowealth.md 5). The chip has no warnings. */
export const batteryStatus = alarmWord(
  '16',
  {
    0: ['cell_overvoltage', 'protection'],
    1: ['cell_undervoltage', 'protection'],
    2: ['charge_overcurrent', 'protection'],
    3: ['discharge_overcurrent', 'protection'],
    8: ['charge_overtemperature', 'protection'],
    9: ['discharge_overtemperature', 'protection'],
    10: ['charge_undertemperature', 'protection'],
    11: ['discharge_undertemperature', 'protection'],
    12: ['cell_overvoltage', 'protection'],
    13: ['short_circuit', 'protection'],
    14: ['cell_sense_fault', 'fault'],
  },
  [4, 5, 6, 7, 15],
);
