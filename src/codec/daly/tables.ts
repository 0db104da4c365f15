import type { BatteryState, Reading } from '../../battery/reading';
import { flag, layout, list, number, onOff, text, type Layout } from '../kit/fields';

/*
 * The data bytes of each id (daly.md 4, 7). Only what stands here is decoded: unused bytes of an answer hold
 * left-overs of earlier ones (daly.md 3).
 */

/** 90. The wire counts discharging as positive, ours is the other way round (daly.md 12). */
export const PACK = layout<Reading>([
  number(0, 'u16', 'voltage', { divisor: 10 }),
  number(4, 'u16', 'current', { divisor: -10, offset: 30000 }),
  number(6, 'u16', 'soc', { divisor: 10 }),
]);

/** 91: the cell numbers may differ from ours among equal cells (daly.md 10), so only the simulator uses it. */
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

/** 92: read by nobody here, since 96 tells more. */
export const TEMPERATURE_RANGE = layout<TemperatureRange>([
  number(0, 'u8', 'temperatureMax', { offset: 40 }),
  number(1, 'u8', 'maxSensor'),
  number(2, 'u8', 'temperatureMin', { offset: 40 }),
  number(3, 'u8', 'minSensor'),
]);

export interface Mosfets extends Pick<Reading, 'chargeEnabled' | 'dischargeEnabled' | 'remainingCapacity'> {
  /** position in STATES */
  stateCode?: number;
  /** counts up while the board lives; often mistaken for the cycle count (daly.md 10) */
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
  /** a bit per input, the first one lowest; the outputs, which follow, have no name in a reading */
  inputs?: number;
}

/** Digital inputs that a board has. */
export const INPUTS = 4;

/** 94. The cycles are called reserved in the newer document, but captures hold them (daly.md 12). */
export const COUNTS = layout<Counts>([
  number(0, 'u8', 'cellCount'),
  number(1, 'u8', 'sensorCount'),
  onOff(2, 'u8', 'chargerConnected'),
  onOff(3, 'u8', 'loadConnected'),
  number(4, 'u8', 'inputs'),
  number(5, 'u16', 'cycles'),
]);

/** Bounds of what a board can report (daly.md 8); 48 cells are 16 frames, the most that 95 has. */
export const MAX_CELLS = 48;
export const MAX_SENSORS = 16;

/** 95: three cells in each frame. `width` is in bytes; `allFrames` is what a dongle's host gets (daly.md 1). */
export const CELLS = { values: list('u16', { divisor: 1000 }), perFrame: 3, width: 6, allFrames: 16 };

/** 96: seven sensors in each frame; raw 0 (-40 °C) is a sensor that is not connected. */
export const TEMPERATURES = {
  values: list('u8', { offset: 40, notAvailable: [0] }),
  perFrame: 7,
  width: 7,
  allFrames: 3,
};

/** 50. A rated capacity of zero was never set. */
export const RATING = layout<Reading>([number(0, 'u32', 'designCapacity', { divisor: 1000, notAvailable: [0] })]);

export interface ProductionDate {
  /** since 2000 */
  year?: number;
  month?: number;
  day?: number;
}

/** 53 */
export const PRODUCTION_DATE = layout<ProductionDate>([
  number(2, 'u8', 'year'),
  number(3, 'u8', 'month'),
  number(4, 'u8', 'day'),
]);

const DATE = /^20(\d\d)-(\d\d)-(\d\d)$/;

/** YYYY-MM-DD, or undefined for a date that the calendar does not have: never set, or damaged. */
export function dateText({ year = 0, month = 0, day = 0 }: ProductionDate): string | undefined {
  const date = new Date(Date.UTC(2000 + year, month - 1, day));
  // A month or day that does not exist runs over into another month.
  if (year > 99 || date.getUTCMonth() !== month - 1) return undefined;
  return date.toISOString().slice(0, 10);
}

/** The parts of YYYY-MM-DD; none for a date outside the century that the wire can tell. */
export function dateParts(date: string | undefined): ProductionDate {
  const [, year, month, day] = DATE.exec(date ?? '') ?? [];
  return year === undefined ? {} : { year: Number(year), month: Number(month), day: Number(day) };
}

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
