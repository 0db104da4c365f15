import type { Alarm } from '../../battery/alarm';
import { summarise } from '../../battery/derive';
import type { BatteryState, Reading } from '../../battery/reading';
import { bitList, choice, flag, layout, list, number, text, writeOnly } from '../kit/fields';
import { checkLength } from '../kit/malformed';
import { protections, shortNumbers, shortVersion, warnings, type Block } from './tables';

const PROTECTIONS_AT = 24;
const WARNINGS_AT = 28;
const FLAGS_AT = 33;
const CELL_COUNT_AT = 66;
const CELLS_AT = 68;

const TEMPERATURE = { divisor: 10, offset: 500 };
const MILLIVOLT = { divisor: 1000 };

const STATES: readonly BatteryState[] = ['idle', 'charging', 'discharging'];

const cells = list('u16', MILLIVOLT);
const temperatures = list('u16', TEMPERATURE);

/** Offsets 0 to 67 (jbd.md 11.3). Of the MOSFETs, discharge is bit 0 and charge bit 1, the reverse of classic boards. */
const head = layout<Reading>([
  number(0, 'u16', 'voltage', { divisor: 100 }),
  number(4, 'u32', 'current', { divisor: 100, offset: 300_000 }),
  number(8, 'u16', 'soc', { divisor: 100 }),
  number(10, 'u16', 'remainingCapacity', { divisor: 100 }),
  number(12, 'u16', 'fullCapacity', { divisor: 100 }),
  number(14, 'u16', 'designCapacity', { divisor: 100 }),
  number(16, 'u16', 'mosTemperature', TEMPERATURE),
  number(18, 'u16', 'ambientTemperature', TEMPERATURE),
  choice(20, 'u16', 'state', STATES),
  number(22, 'u16', 'soh'),
  flag(FLAGS_AT, 0, 'dischargeEnabled'),
  flag(FLAGS_AT, 1, 'chargeEnabled'),
  flag(FLAGS_AT, 3, 'heating'),
  number(36, 'u16', 'cycles'),
  // The board cuts its averages where we would round, and what it says itself is not replaced. 0 = it has no list.
  number(46, 'u16', 'cellVoltageAverage', { ...MILLIVOLT, notAvailable: [0] }),
  number(56, 'u16', 'temperatureAverage', { ...TEMPERATURE, notAvailable: [0] }),
  number(58, 'u16', 'chargeVoltageLimit', { divisor: 10 }),
  number(60, 'u16', 'chargeCurrentLimit', { divisor: 10 }),
  number(62, 'u16', 'dischargeVoltageLimit', { divisor: 10 }),
  number(64, 'u16', 'dischargeCurrentLimit', { divisor: 10 }),
  number(CELL_COUNT_AT, 'u16', 'cellCount'),
  // The extremes are those of the lists further on, which are read.
  ...[
    number<Reading>(38, 'u16', 'maxCell'),
    number<Reading>(40, 'u16', 'cellVoltageMax', MILLIVOLT),
    number<Reading>(42, 'u16', 'minCell'),
    number<Reading>(44, 'u16', 'cellVoltageMin', MILLIVOLT),
    number<Reading>(50, 'u16', 'temperatureMax', TEMPERATURE),
    number<Reading>(54, 'u16', 'temperatureMin', TEMPERATURE),
  ].map(writeOnly),
]);

const MAX_SENSOR_AT = 48;
const MIN_SENSOR_AT = 52;

/** What follows the temperatures, counted from their end. An older answer lacks its last rows. */
const VERSION_AT = 4;
const NAME_AT = 6;
const NAME_LENGTH = 30;

const tail = layout<Reading>([bitList(2, 'u16', 'balancingCells'), text(NAME_AT, NAME_LENGTH, 'deviceName')]);

/** Where the tail begins; beyond the data when they cannot be an answer. */
function tailAt(data: Buffer): number {
  if (data.length < CELLS_AT) return Infinity;
  const sensorCountAt = CELLS_AT + cells.width * data.readUInt16BE(CELL_COUNT_AT);
  if (data.length < sensorCountAt + 2) return Infinity;
  return sensorCountAt + 2 + temperatures.width * data.readUInt16BE(sensorCountAt);
}

/** Where the name of the pack lies in an answer; undefined where the data are too short for one. */
export function namePlace(data: Buffer): { from: number; to: number } | undefined {
  const from = tailAt(data) + NAME_AT;
  return from + NAME_LENGTH > data.length ? undefined : { from, to: from + NAME_LENGTH };
}

/** Block 1000: the state of the pack, its cells included (jbd.md 11.3). */
export const packStatus: Block = {
  start: 0x1000,
  end: 0x10a0,
  name: 'pack status (1000)',
  group: 'fast',

  decode(data) {
    const end = tailAt(data);
    checkLength(packStatus.name, data, end);
    const reading: Reading = {};
    head.decode(data, reading);
    const alarms: Alarm[] = [];
    protections.decode(data.readUInt32BE(PROTECTIONS_AT), alarms);
    warnings.decode(data.readUInt32BE(WARNINGS_AT), alarms);
    reading.alarms = alarms;
    const cellCount = data.readUInt16BE(CELL_COUNT_AT);
    reading.cellVoltages = cells.decode(data, CELLS_AT, cellCount);
    const sensorCountAt = CELLS_AT + cells.width * cellCount;
    reading.temperatures = temperatures.decode(data, sensorCountAt + 2, data.readUInt16BE(sensorCountAt));
    tail.decode(data, reading, end);
    if (data.length < end + NAME_AT) return { reading };
    const firmware = data.readUInt8(end + VERSION_AT);
    reading.softwareVersion = shortVersion(firmware, data.readUInt8(end + VERSION_AT + 1));
    return { reading, memory: { firmware } };
  },

  encode(pack) {
    const voltages = pack.cellVoltages ?? [];
    const sensors = pack.temperatures ?? [];
    const sensorCountAt = CELLS_AT + cells.width * voltages.length;
    const end = sensorCountAt + 2 + temperatures.width * sensors.length;
    const data = Buffer.alloc(end + tail.size);
    // A current of 0 A is not 0 on the wire.
    const whole = summarise({ ...pack, current: pack.current ?? 0, cellCount: voltages.length });
    head.encode(whole, data);
    data.writeUInt16BE(numberOf(whole.temperatureMax, sensors), MAX_SENSOR_AT);
    data.writeUInt16BE(numberOf(whole.temperatureMin, sensors), MIN_SENSOR_AT);
    data.writeUInt32BE(protections.encode(pack.alarms ?? []), PROTECTIONS_AT);
    data.writeUInt32BE(warnings.encode(pack.alarms ?? []), WARNINGS_AT);
    cells.encode(voltages, data, CELLS_AT);
    data.writeUInt16BE(sensors.length, sensorCountAt);
    temperatures.encode(sensors, data, sensorCountAt + 2);
    const [major, minor] = shortNumbers(pack.softwareVersion);
    data.writeUInt8(major, end + VERSION_AT);
    data.writeUInt8(minor, end + VERSION_AT + 1);
    tail.encode(pack, data, end);
    return data;
  },
};

/** The number, from 1, of the first sensor with this value; 0 for none. */
function numberOf(value: number | undefined, sensors: readonly (number | null)[]): number {
  return value === undefined ? 0 : sensors.indexOf(value) + 1;
}
