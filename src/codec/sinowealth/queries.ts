import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { malformed, wrongLength } from '../kit/malformed';
import { rawReader } from '../kit/raw';
import { scaleOf } from '../kit/row';
import { valueOf } from '../kit/row-decoder';
import type { Decoded, Query } from '../protocol';
import {
  batteryStatus,
  CELLS_MASK,
  cellVoltage,
  CHARGING,
  COUNTERS,
  DISCHARGING,
  FIRST_SENSOR,
  MAX_CELLS,
  MAX_SENSORS,
  MIN_CELLS,
  mosfets,
  NUMBERS,
  packVoltage,
  SOC,
  temperature,
  TWO_SENSORS,
  type NumberRegister,
  type Place,
} from './tables';
import { buildRead, framesFor, isResponseTo, responseLength } from './wire';

/** What the meaning of other registers depends on. */
export interface SinowealthMemory {
  /** as configured, or as counted where the board does not know its configuration */
  cellCount?: number;
  /** external temperature sensors, 1 or 2 */
  sensorCount?: number;
  /** the board does not know the register of its configuration */
  isUnconfigured?: boolean;
  /** its configuration has come in the present read */
  isConfigured?: boolean;
  /** what register 0b holds, V */
  packVoltage?: number;
  /** the cells that the present read has so far, V, from the first on */
  cells?: readonly number[];
  /** the same of its sensors, °C */
  sensors?: readonly (number | null)[];
}

/** Lists belong to one read: values of two reads must not mix, and a board that is there since then may have more of them. */
export const PER_READ = ['cells', 'sensors', 'isConfigured'] as const;

type Details = Pick<Query<SinowealthMemory>, 'unanswered' | 'partOf' | 'applies'>;

/**
 * The query of one register.
 * @param decode the register and what the answer has behind it; throws `malformed` when the content cannot be true
 */
function query(
  { command, width, name, group }: Place,
  details: Details,
  decode: (data: Buffer, memory: SinowealthMemory) => Decoded<SinowealthMemory>,
): Query<SinowealthMemory> {
  const request = buildRead(command, width);
  const frames = framesFor(request);
  const length = responseLength(request);
  return {
    name,
    group,
    ...details,
    request: () => Buffer.from(request),
    frames: () => frames,
    match: (frame) => (isResponseTo(request, frame) ? 'complete' : 'foreign'),
    decode(parts, { memory }) {
      const frame = parts[0];
      if (frame?.length !== length) throw wrongLength(name, frame?.length ?? 0);
      return decode(frame, memory);
    },
  };
}

/** Below this a pack of ten cells is none: the register holds one cell, V (sinowealth.md 8). */
const LEAST_OF_TEN = 6;

/**
 * Whether the registers from 0b on hold further cells and no pack values, as on boards of 16 cells, of which only the
 * first ten can be read (sinowealth.md 8). As long as the cells are not counted there may be ten of them.
 */
export function isLarge({ cellCount = MAX_CELLS, packVoltage: voltage = LEAST_OF_TEN }: SinowealthMemory): boolean {
  return cellCount === MAX_CELLS && voltage < LEAST_OF_TEN;
}

const OF_THE_PACK: Details = { applies: ({ memory }) => !isLarge(memory) };

/** Reads its register by hand: with one value for each request, a table of one row would be most of the work. */
function numberQuery(register: NumberRegister): Query<SinowealthMemory> {
  const { type, scale = {}, name, most = Infinity } = register;
  const { divisor, offset, notAvailable } = scaleOf(scale);
  const [none] = notAvailable;
  const rawOf = rawReader(type, 'big');
  return query(register, OF_THE_PACK, (data) => {
    const raw = rawOf(data, 0);
    if (raw === none) return { reading: {} };
    const value = valueOf(raw, divisor, offset);
    if (value > most || value < -most) throw malformed(name, say`a value of ${value}`);
    return { reading: register.read(value) };
  });
}

const packVoltageQuery = query(
  { command: 0x0b, width: 2, name: 'pack voltage (0b)', group: 'fast' },
  {},
  (data, memory) => {
    const reading: Reading = {};
    packVoltage.decode(data, reading);
    const { voltage } = reading;
    if (voltage === 0) throw malformed('pack voltage (0b)', say`the voltage is 0 V`);
    const known = { packVoltage: voltage };
    return { reading: isLarge({ ...memory, ...known }) ? {} : reading, memory: known };
  },
);

const packStatusQuery = query(
  { command: 0x15, width: 2, name: 'pack status (15)', group: 'fast' },
  OF_THE_PACK,
  (data) => {
    const reading: Reading = {};
    mosfets.decode(data, reading);
    const bits = data.readUInt16BE(0) & (CHARGING | DISCHARGING);
    // Both at once: the sign of the current decides.
    if (bits === 0) reading.state = 'idle';
    else if (bits === CHARGING) reading.state = 'charging';
    else if (bits === DISCHARGING) reading.state = 'discharging';
    return { reading };
  },
);

const alarmQuery = query(
  { command: 0x16, width: 2, name: 'battery status (16)', group: 'fast' },
  OF_THE_PACK,
  (data) => {
    const alarms: Alarm[] = [];
    batteryStatus.decode(data.readUInt16BE(0), alarms);
    return { reading: { alarms } };
  },
);

/** With every poll, because the meaning of all else depends on it: a number from a damaged answer must not last. */
const configurationQuery = query(
  { command: 0x17, width: 2, name: 'pack configuration (17)', group: 'fast' },
  { unanswered: (isKnown) => (isKnown ? {} : { isUnconfigured: true }) },
  (data) => {
    const bits = data.readUInt16BE(0);
    const cellCount = (bits & CELLS_MASK) + MIN_CELLS;
    const sensorCount = (bits & TWO_SENSORS) === 0 ? 1 : 2;
    return { reading: { cellCount }, memory: { cellCount, sensorCount, isConfigured: true, isUnconfigured: false } };
  },
);

/** Whether the configuration has come in this read, or never will: without it a list of a board that has it would be cut short. */
function areListsKnown({ isConfigured, isUnconfigured }: SinowealthMemory): boolean {
  return isConfigured === true || isUnconfigured === true;
}

/** Whether it is the turn of the value at an index of a list: the first one begins it anew. */
function isNext(values: readonly unknown[] = [], index: number): boolean {
  return index === 0 || values.length === index;
}

/**
 * Registers 01 to 0a, one cell each (sinowealth.md 4). A board with a configuration must have all
 * its cells; of another one they are counted up to the first 0, and each completes the list so far.
 */
function cellQuery(index: number): Query<SinowealthMemory> {
  const name = `cell ${index + 1} (${(index + 1).toString(16).padStart(2, '0')})`;
  return query(
    { command: index + 1, width: 2, name, group: 'cells' },
    {
      partOf: 'cells',
      applies: ({ memory }) =>
        areListsKnown(memory) && index < (memory.cellCount ?? MAX_CELLS) && isNext(memory.cells, index),
    },
    (data, { cells = [], cellCount }) => {
      const [volts = 0] = cellVoltage.decode(data, 0, 1);
      if (volts === 0 && cellCount === undefined && index > 0) return { reading: {}, memory: { cellCount: index } };
      if (volts === 0) throw malformed(name, say`the voltage is 0 V`);
      if (!isNext(cells, index)) return { reading: {} };
      const cellVoltages = index === 0 ? [volts] : [...cells, volts];
      const isTold = index + 1 === (cellCount ?? index + 1);
      const isLast = cellCount === undefined && index + 1 === MAX_CELLS;
      return {
        reading: isTold ? { cellVoltages } : {},
        memory: isLast ? { cells: cellVoltages, cellCount: MAX_CELLS } : { cells: cellVoltages },
      };
    },
  );
}

/** Registers 0c and 0d, the external sensors (sinowealth.md 4). A board without a configuration has one. */
function sensorQuery(index: number): Query<SinowealthMemory> {
  const command = FIRST_SENSOR + index;
  return query(
    { command, width: 2, name: `temperature ${index + 1} (${command.toString(16).padStart(2, '0')})`, group: 'fast' },
    {
      partOf: 'temperatures',
      applies: ({ memory }) =>
        areListsKnown(memory) && !isLarge(memory) && index < (memory.sensorCount ?? 1) && isNext(memory.sensors, index),
    },
    (data, { sensors = [], sensorCount = 1 }) => {
      if (!isNext(sensors, index)) return { reading: {} };
      const temperatures = [...(index === 0 ? [] : sensors), ...temperature.decode(data, 0, 1)];
      return { reading: index + 1 >= sensorCount ? { temperatures } : {}, memory: { sensors: temperatures } };
    },
  );
}

const counting = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** The configuration comes first, because the lists depend on it, and the voltage distinguishes large boards (sinowealth.md 7, 8). */
export const queries: readonly Query<SinowealthMemory>[] = [
  configurationQuery,
  packVoltageQuery,
  ...counting(MAX_SENSORS).map(sensorQuery),
  ...NUMBERS.map(numberQuery),
  packStatusQuery,
  alarmQuery,
  ...counting(MAX_CELLS).map(cellQuery),
  ...COUNTERS.map(numberQuery),
];

/** What both must be answered for a board to count as found (sinowealth.md 1). */
export const probe: readonly Query<SinowealthMemory>[] = [numberQuery(SOC), packVoltageQuery];
