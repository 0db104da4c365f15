import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { bitsToNumbers, layout, numbersToBits } from '../kit/fields';
import { decodeAlarms, encodeAlarms } from './alarms-p81';
import type { Block, Read } from './block';
import { MEMORY, mayBeP81, VARIANT } from './memory';
import {
  at,
  BALANCE_CURRENT,
  CELSIUS,
  CURRENT,
  decodeCells,
  decodeTemperatures,
  emptyRegisters,
  encodeCells,
  encodeTemperatures,
  MILLIVOLT,
  NO_SENSOR,
  NOT_IMPLEMENTED,
  register,
  stateCode,
  stateOf,
  switchRegister,
  TENTH,
} from './registers';
import { checkCellCount, checkLength, checkPack } from './validity';

const MAX_CELLS = 48;
const SENSORS = 0x30;
const MAX_SENSORS = 8;
const VOLTAGE = 0x38;
const CELL_COUNT = 0x3c;
const SENSOR_COUNT = 0x3d;
const STATE = 0x48;
const BALANCING = 0x4d;
const BALANCING_CELLS = 0x4f;
const BALANCING_WORDS = 3;
const CELLS_PER_WORD = 16;

const pack = layout<Reading>([
  register(VOLTAGE, 'voltage', TENTH),
  register(VOLTAGE + 1, 'current', CURRENT),
  register(VOLTAGE + 2, 'soc', TENTH),
  register(CELL_COUNT, 'cellCount'),
]);

/** Registers 00 to 3f (daly-modbus.md 5.1), asked by the status query. 3b is a heartbeat, not a state of health (daly-modbus.md 12). */
export const cells: Read = {
  name: 'cells and pack (0000)',
  group: 'fast',
  start: 0x00,
  count: 64,
  applies: mayBeP81,

  decode(data) {
    checkLength(cells.name, data, cells.count);
    const cellCount = data.readUInt16BE(at(CELL_COUNT));
    checkCellCount(cells.name, cellCount, MAX_CELLS);
    checkPack(cells.name, data, VOLTAGE);
    const reading: Reading = {};
    pack.decode(data, reading);
    const cellVoltages = decodeCells(data, cellCount);
    if (cellVoltages !== undefined) reading.cellVoltages = cellVoltages;
    const temperatures = decodeTemperatures(data, SENSORS, MAX_SENSORS, data.readUInt16BE(at(SENSOR_COUNT)));
    if (temperatures !== undefined) reading.temperatures = temperatures;
    return { reading, memory: { [MEMORY.variant]: VARIANT.p81, [MEMORY.cellCount]: cellCount } };
  },
};

const state = layout<Reading>([
  register(0x4b, 'remainingCapacity', TENTH),
  register(0x4c, 'cycles'),
  register(0x4e, 'balanceCurrent', BALANCE_CURRENT),
  switchRegister(0x52, 'chargeEnabled'),
  switchRegister(0x53, 'dischargeEnabled'),
  switchRegister(0x55, 'heating'),
  register(0x5a, 'mosTemperature', { ...CELSIUS, notAvailable: [NO_SENSOR] }),
]);

/** Registers 41 to 7e (daly-modbus.md 5.1). */
export const status: Read = {
  name: 'state and faults (0041)',
  group: 'fast',
  start: 0x41,
  count: 62,
  applies: mayBeP81,

  decode(data, memory) {
    checkLength(status.name, data, status.count);
    const base = -at(status.start);
    const reading: Reading = {};
    state.decode(data, reading, base);
    const told = stateOf(data.readUInt16BE(base + at(STATE)));
    if (told !== undefined) reading.state = told;
    decodeBalancing(data, base, reading, memory[MEMORY.cellCount] ?? MAX_CELLS);
    const alarms = decodeAlarms(data, base);
    if (alarms !== undefined) reading.alarms = alarms;
    return { reading, memory: { [MEMORY.variant]: VARIANT.p81 } };
  },
};

/**
 * Register 4d is 0 for no, 1 for passive and 2 for active balancing. Anything else, such as the 7 of a pack that is
 * not balancing, says nothing, and the cells decide (daly-modbus.md 5.1, 12).
 */
function decodeBalancing(data: Buffer, base: number, into: Reading, cellCount: number): void {
  const balancing: number[] = [];
  let known = false;
  for (let word = 0; word < BALANCING_WORDS; word++) {
    const bits = data.readUInt16BE(base + at(BALANCING_CELLS + word));
    if (bits === NOT_IMPLEMENTED) continue;
    known = true;
    for (const cell of bitsToNumbers(bits, 1 + CELLS_PER_WORD * word)) if (cell <= cellCount) balancing.push(cell);
  }
  if (known) into.balancingCells = balancing;
  const mode = data.readUInt16BE(base + at(BALANCING));
  if (mode <= 2) into.balancing = mode !== 0;
  else if (known) into.balancing = balancing.length > 0;
}

/** What is also told elsewhere, or lags it: only written here. */
const written = layout<Reading>([
  register(0x3e, 'cellVoltageMax', MILLIVOLT),
  register(0x3f, 'maxCell'),
  register(0x40, 'cellVoltageMin', MILLIVOLT),
  register(0x41, 'minCell'),
  register(0x42, 'cellVoltageDelta', MILLIVOLT),
  register(0x43, 'temperatureMax', CELSIUS),
  register(0x45, 'temperatureMin', CELSIUS),
  register(0x57, 'cellVoltageAverage', MILLIVOLT),
  register(0x58, 'power'),
]);

/** Registers 00 to 7e of a board. */
export const statusBlock: Block = {
  start: 0,
  count: 0x7f,

  encode(from) {
    const data = emptyRegisters(statusBlock.count);
    // What a board finds out by itself: extremes, state. What the pack does not tell, the board does not have.
    const whole = summarise({ ...from });
    encodeCells(whole.cellVoltages ?? [], data, MAX_CELLS);
    pack.encode({ ...whole, cellCount: whole.cellCount ?? 0 }, data);
    state.encode(whole, data);
    written.encode({ ...whole, power: Math.abs(whole.power ?? 0) }, data);
    if (whole.state !== undefined) data.writeUInt16BE(stateCode(whole.state), at(STATE));
    if (whole.temperatures !== undefined) {
      encodeTemperatures(whole.temperatures, data, SENSORS, MAX_SENSORS, SENSOR_COUNT);
    }
    if (whole.balancing !== undefined) data.writeUInt16BE(whole.balancing ? 1 : 0, at(BALANCING));
    for (let word = 0; word < BALANCING_WORDS && whole.balancingCells !== undefined; word++) {
      const bits = numbersToBits(whole.balancingCells, 1 + CELLS_PER_WORD * word, CELLS_PER_WORD);
      data.writeUInt16BE(bits, at(BALANCING_CELLS + word));
    }
    if (whole.alarms !== undefined) encodeAlarms(whole.alarms, data);
    return data;
  },
};
