import type { BatteryState, Reading } from '../../battery/reading';
import { flag, layout, list, number, onOff, text, type Layout } from '../kit/fields';

/*
 * The data bytes of each id (daly.md 4, 7). Only what stands here is decoded: unused bytes of a response hold left-overs of
 * earlier ones (daly.md 3).
 */

/** The counts of 94, which requests and responses of lists need. */
export interface DalyMemory {
  cellCount?: number;
  sensorCount?: number;
}

/** 90. On the wire a discharging current is positive; in a reading it is negative (daly.md 12). */
export const PACK = layout<Reading>([
  number(0, 'u16', 'voltage', { divisor: 10 }),
  number(4, 'u16', 'current', { divisor: -10, offset: 30000 }),
  number(6, 'u16', 'soc', { divisor: 10 }),
]);

/** 91, for the emulator alone: 95 has the same and more, and among equal cells 91 may name another one (daly.md 10). */
export const CELL_RANGE = layout<Reading>([
  number(0, 'u16', 'cellVoltageMax', { divisor: 1000 }),
  number(2, 'u8', 'maxCell'),
  number(3, 'u16', 'cellVoltageMin', { divisor: 1000 }),
  number(5, 'u8', 'minCell'),
]);

export interface TemperatureRange extends Pick<Reading, 'temperatureMax' | 'temperatureMin'> {
  /** sensor numbers, from 1 */
  maxSensor?: number;
  minSensor?: number;
}

/** 92, for the emulator alone: 96 has the same and more. */
export const TEMPERATURE_RANGE = layout<TemperatureRange>([
  number(0, 'u8', 'temperatureMax', { offset: 40 }),
  number(1, 'u8', 'maxSensor'),
  number(2, 'u8', 'temperatureMin', { offset: 40 }),
  number(3, 'u8', 'minSensor'),
]);

export interface Mosfets extends Pick<Reading, 'chargeEnabled' | 'dischargeEnabled' | 'remainingCapacity'> {
  /** position in STATES */
  stateCode?: number;
  /** counts up while the board works; no cycle count, for which it is often taken (daly.md 10) */
  heartbeat?: number;
}

/** 93 */
export const MOSFETS = layout<Mosfets>([
  number(0, 'u8', 'stateCode'),
  flag(1, 0, 'chargeEnabled'),
  flag(2, 0, 'dischargeEnabled'),
  number(3, 'u8', 'heartbeat'),
  number(4, 'u32', 'remainingCapacity', { divisor: 1000 }),
]);

/** 93 byte 0 */
export const STATES: readonly BatteryState[] = ['idle', 'charging', 'discharging'];

export interface Counts extends Pick<Reading, 'cellCount' | 'cycles' | 'chargerConnected' | 'loadConnected'> {
  sensorCount?: number;
  /** a bit per input, the first one lowest; a reading has no key for the outputs behind them */
  inputs?: number;
}

/** Digital inputs that a board has. */
export const INPUTS = 4;

/** 94. The newer vendor document calls the cycles reserved, but captures hold them (daly.md 12). */
export const COUNTS = layout<Counts>([
  number(0, 'u8', 'cellCount'),
  number(1, 'u8', 'sensorCount'),
  onOff(2, 'u8', 'chargerConnected'),
  onOff(3, 'u8', 'loadConnected'),
  number(4, 'u8', 'inputs'),
  number(5, 'u16', 'cycles'),
]);

/** The most that a board can report (daly.md 8): 48 cells fill the 16 frames of 95. */
export const MAX_CELLS = 48;
export const MAX_SENSORS = 16;

/** 95: three cells in each frame. `width` is in bytes; a host behind a dongle gets `allFrames` (daly.md 1). */
export const CELLS = { values: list('u16', { divisor: 1000 }), perFrame: 3, width: 6, allFrames: 16 };

/** 96: seven sensors in each frame; raw 0 (-40 °C) is a sensor that is not connected. */
export const TEMPERATURES = {
  values: list('u8', { offset: 40, notAvailable: [0] }),
  perFrame: 7,
  width: 7,
  allFrames: 3,
};

/** 50; a rated capacity of 0 was never set. */
export const RATING = layout<Reading>([number(0, 'u32', 'designCapacity', { divisor: 1000, notAvailable: [0] })]);

/** Where 53 has its production date: year since 2000, month and day in a byte each (daly.md 7). */
export const PRODUCTION_DATE_AT = 2;

/** Text in numbered frames of seven characters (daly.md 7). */
export interface TextTable {
  id: number;
  name: string;
  frames: number;
  table: Layout<Reading>;
}

export const TEXT_WIDTH = 7;

export const TEXTS: readonly TextTable[] = [
  { id: 0x57, name: 'battery code (57)', frames: 5, table: layout<Reading>([text(0, 35, 'serialNumber')]) },
  { id: 0x62, name: 'software version (62)', frames: 2, table: layout<Reading>([text(0, 14, 'softwareVersion')]) },
  { id: 0x63, name: 'hardware version (63)', frames: 2, table: layout<Reading>([text(0, 14, 'hardwareVersion')]) },
];
