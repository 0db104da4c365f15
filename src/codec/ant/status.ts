import type { Alarm } from '../../battery/alarm';
import type { BatteryState, Reading } from '../../battery/reading';
import { flag, layout, list, number, numbersToBits } from '../kit/fields';
import { highest, protections, warnings } from './alarms';
import { decodeBalance } from './balance';
import { malformed, type Block } from './block';
import { balancer, BY_HAND, encodeBalancer, encodeSwitches, isBalancing, OFF, ON } from './codes';
import { decodeConnections, decodeSwitchBits, encodeConnections, encodeSwitchBits } from './connections';
import { cyclesOf, throughputOf } from './lifetime';
import { switches } from './switches';

/** the level of permission that is now in force (ant.md 9.1) */
export const LEVEL_AT = 0;
const STATE_AT = 1;
const SENSOR_COUNT_AT = 2;
const CELL_COUNT_AT = 3;
const PROTECTIONS_AT = 4;
const WARNINGS_AT = 12;
const CELLS_AT = 28;

/*
 * Behind the cells and sensors; their offsets are those of a board with neither, to which the length of both lists
 * is added (ant.md 5).
 */
const DISCHARGE_MOS_AT = 40;
const CHARGE_MOS_AT = 41;
const BALANCER_AT = 42;
const BOARD_TYPE_AT = 43;
const DESIGN_CAPACITY_AT = 44;
const THROUGHPUT_AT = 52;
const BALANCING_AT = 64;
/** What follows is an extension of varying length. */
const CORE_LENGTH = 106;

/** A list of 32 cells is the most that a balancing word can tell of; 186 bytes are the longest answer seen. */
const MAX_CELLS = 32;
const MAX_SENSORS = 8;

/** Tells a sensor that is not connected. */
const ABSENT_SENSOR = { notAvailable: [-40] };

/** Newer firmware keeps error flags in the upper three bits of a cell voltage. */
const CELL_MASK = 0x1fff;
const MILLIVOLT = { divisor: 1000 };

const cells = list('u16', MILLIVOLT, 'little');
const temperatures = list('s16', ABSENT_SENSOR, 'little');

/** The wire counts discharging as positive, ours is the other way round (ant.md 12). */
const core = layout<Reading>(
  [
    number(28, 's16', 'mosTemperature', ABSENT_SENSOR),
    number(30, 's16', 'balancerTemperature', ABSENT_SENSOR),
    number(32, 'u16', 'voltage', { divisor: 100 }),
    number(34, 's16', 'current', { divisor: -10 }),
    number(36, 'u16', 'soc'),
    number(38, 'u16', 'soh'),
    number(DESIGN_CAPACITY_AT, 'u32', 'designCapacity', { divisor: 1e6, notAvailable: [0] }),
    number(48, 'u32', 'remainingCapacity', { divisor: 1e6 }),
    number(THROUGHPUT_AT, 'u32', 'cycleCapacity', MILLIVOLT),
    number(56, 's32', 'power', { divisor: -1 }),
    number(60, 'u32', 'runtime'),
  ],
  'little',
);

/** Extremes follow from the cells, which are read; here they are only written. */
const extremes = layout<Reading>(
  [
    number(68, 'u16', 'cellVoltageMax', MILLIVOLT),
    number(70, 'u16', 'maxCell'),
    number(72, 'u16', 'cellVoltageMin', MILLIVOLT),
    number(74, 'u16', 'minCell'),
    number(76, 'u16', 'cellVoltageDelta', MILLIVOLT),
    number(78, 'u16', 'cellVoltageAverage', MILLIVOLT),
  ],
  'little',
);

const HEATING_AT = WARNINGS_AT + 4;
const HEATING_BIT = 4;

/** States in the warning word (ant.md 6.2). Of them only the heater is read: nothing else in the answer tells it. */
const states = layout<Reading>([
  flag(WARNINGS_AT + 2, 7, 'chargeEnabled'),
  flag(WARNINGS_AT + 3, 0, 'dischargeEnabled'),
  flag(WARNINGS_AT + 3, 5, 'balancing'),
  flag(HEATING_AT, HEATING_BIT, 'heating'),
]);

/** None, idle, charging, standby, discharging; the fault that follows says nothing of the current (ant.md 5). */
const STATES: readonly BatteryState[] = ['idle', 'idle', 'charging', 'idle', 'discharging'];
const STATE_CODES: Readonly<Record<BatteryState, number>> = { idle: 1, charging: 2, discharging: 4 };

/** The fact that tells the level of permission. */
export const LEVEL = 'level';

/**
 * The memory that a MOSFET is off for no reason that its code tells, as for seconds while it is switched on (ant.md 5.2): then
 * the missing bit of a switch proves nothing.
 */
export const UNEXPLAINED = { charge: 'chargeUnexplained', discharge: 'dischargeUnexplained' } as const;

/** Function 01: everything that changes, in one answer whose layout depends on its counts (ant.md 5). */
export const status: Block = {
  func: 0x01,
  register: 0,
  wanted: 190,
  name: 'status (01)',
  group: 'fast',

  decode(data, model) {
    if (data.length < CELLS_AT) throw malformed(status.name, data.length);
    const cellCount = data.readUInt8(CELL_COUNT_AT);
    const sensorCount = data.readUInt8(SENSOR_COUNT_AT);
    const sensorsAt = CELLS_AT + cells.width * cellCount;
    const base = baseOf(data);
    if (data.length < CORE_LENGTH + base) throw malformed(status.name, data.length);

    const reading: Reading = { cellCount, cellVoltages: decodeCells(data, cellCount) };
    reading.temperatures = temperatures.decode(data, sensorsAt, sensorCount);
    core.decode(data, reading, base);
    const state = STATES[data.readUInt8(STATE_AT)];
    if (state !== undefined) reading.state = state;
    // Boards without a heater leave the bit 0, so that only a set bit says something.
    if ((data.readUInt8(HEATING_AT) & (1 << HEATING_BIT)) !== 0) reading.heating = true;
    const cycles = cyclesOf(data.readUInt32LE(base + THROUGHPUT_AT), data.readUInt32LE(base + DESIGN_CAPACITY_AT));
    if (cycles !== undefined) reading.cycles = cycles;
    decodeSwitches(data, base, model, reading);
    decodeConnections(data, CORE_LENGTH + base, reading);
    return reading;
  },

  memory(data) {
    const { charge, discharge } = codesOf(data, baseOf(data));
    return {
      [LEVEL]: data.readUInt8(LEVEL_AT),
      [UNEXPLAINED.charge]: Number(charge === OFF),
      [UNEXPLAINED.discharge]: Number(discharge === OFF),
    };
  },

  encode(pack) {
    const voltages = (pack.cellVoltages ?? []).slice(0, MAX_CELLS);
    const sensors = (pack.temperatures ?? []).slice(0, MAX_SENSORS);
    const sensorsAt = CELLS_AT + cells.width * voltages.length;
    const base = cells.width * voltages.length + temperatures.width * sensors.length;
    const data = Buffer.alloc(CORE_LENGTH + base);
    data.writeUInt8(STATE_CODES[pack.state ?? 'idle'], STATE_AT);
    data.writeUInt8(sensors.length, SENSOR_COUNT_AT);
    data.writeUInt8(voltages.length, CELL_COUNT_AT);
    cells.encode(voltages, data, CELLS_AT);
    temperatures.encode(sensors, data, sensorsAt);
    core.encode({ ...pack, cycleCapacity: throughputOf(pack) }, data, base);
    extremes.encode(pack, data, base);
    encodeAlarms(pack, data, base);
    data.writeUInt32LE(numbersToBits(pack.balancingCells ?? []), base + BALANCING_AT);
    return Buffer.concat([data, encodeConnections(pack)]);
  },
};

/** How far cells and sensors shift what follows them, bytes. */
function baseOf(data: Buffer): number {
  return cells.width * data.readUInt8(CELL_COUNT_AT) + temperatures.width * data.readUInt8(SENSOR_COUNT_AT);
}

/** The codes of both MOSFETs. */
function codesOf(data: Buffer, base: number): { charge: number; discharge: number } {
  return { charge: data.readUInt8(base + CHARGE_MOS_AT), discharge: data.readUInt8(base + DISCHARGE_MOS_AT) };
}

function decodeCells(data: Buffer, count: number): number[] {
  const voltages: number[] = [];
  for (let i = 0; i < count; i++) {
    voltages.push((data.readUInt16LE(CELLS_AT + cells.width * i) & CELL_MASK) / MILLIVOLT.divisor);
  }
  return voltages;
}

/** MOSFETs, balancer and, as their codes are alarms too, the alarms. Discharge comes before charge (ant.md 12). */
function decodeSwitches(data: Buffer, base: number, model: number | undefined, reading: Reading): void {
  const { charge, discharge } = codesOf(data, base);
  const balance = data.readUInt8(base + BALANCER_AT);
  reading.chargeEnabled = charge === ON;
  reading.dischargeEnabled = discharge === ON;
  reading.balancing = isBalancing(balance);
  decodeSwitchBits(data, { charge, discharge }, BY_HAND, reading);
  const alarms: Alarm[] = [];
  protections.decode(data, PROTECTIONS_AT, alarms);
  warnings.decode(data, WARNINGS_AT, alarms);
  switches.charge.decode(charge, alarms);
  switches.discharge.decode(discharge, alarms);
  balancer.decode(balance, alarms);
  decodeBalance(data, base + BALANCING_AT, data.readUInt8(base + BOARD_TYPE_AT), model, reading, alarms);
  reading.alarms = highest(alarms);
}

function encodeAlarms(pack: Reading, data: Buffer, base: number): void {
  const alarms = pack.alarms ?? [];
  protections.encode(alarms, data, PROTECTIONS_AT);
  warnings.encode(alarms, data, WARNINGS_AT);
  const said: Alarm[] = [];
  protections.decode(data, PROTECTIONS_AT, said);
  warnings.decode(data, WARNINGS_AT, said);
  states.encode(pack, data);
  encodeSwitchBits(pack, data);
  const unsaid = alarms.filter(
    (entry) => !said.some(({ code, level }) => code === entry.code && level === entry.level),
  );
  const { charge, discharge } = encodeSwitches(pack, switches, unsaid);
  data.writeUInt8(discharge, base + DISCHARGE_MOS_AT);
  data.writeUInt8(charge, base + CHARGE_MOS_AT);
  data.writeUInt8(encodeBalancer(pack), base + BALANCER_AT);
}
