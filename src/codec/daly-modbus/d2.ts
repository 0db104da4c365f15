import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { bitsToNumbers, layout, numbersToBits } from '../kit/fields';
import type { Decoded, Memory } from '../untyped';
import { decodeAlarms, encodeAlarms } from './alarms-d2';
import type { Block, Read } from './block';
import { MEMORY, isD2, VARIANT, type NamedMemory } from './memory';
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

/** All firmware has 62 status registers, newer firmware 80 (daly-modbus.md 4.1). */
export const OLD_COUNT = 62;
export const NEW_COUNT = 80;

const MAX_CELLS = 32;
const SENSORS = 0x20;
const MAX_SENSORS = 8;
const VOLTAGE = 0x28;
const STATE = 0x2f;
const CELL_COUNT = 0x31;
const SENSOR_COUNT = 0x32;
const BALANCING_CELLS = 0x3e;
const CELLS_PER_WORD = 16;

const pack = layout<Reading>([
  register(VOLTAGE, 'voltage', TENTH),
  register(VOLTAGE + 1, 'current', CURRENT),
  register(VOLTAGE + 2, 'soc', TENTH),
  register(0x30, 'remainingCapacity', TENTH),
  register(CELL_COUNT, 'cellCount'),
  register(0x33, 'cycles'),
  switchRegister(0x34, 'balancing'),
  switchRegister(0x35, 'chargeEnabled'),
  switchRegister(0x36, 'dischargeEnabled'),
]);

/** A MOSFET at raw 0, which would be -40 °C, has no sensor (daly-modbus.md 11). */
const extended = layout<Reading>([
  register(0x40, 'balanceCurrent', BALANCE_CURRENT),
  register(0x42, 'mosTemperature', { ...CELSIUS, notAvailable: [NO_SENSOR, 0] }),
]);

/** Extremes lag the lists by a millivolt and the power has no sign (daly-modbus.md 11): only written here. */
const written = layout<Reading>([
  register(0x2b, 'cellVoltageMax', MILLIVOLT),
  register(0x2c, 'cellVoltageMin', MILLIVOLT),
  register(0x2d, 'temperatureMax', CELSIUS),
  register(0x2e, 'temperatureMin', CELSIUS),
  register(0x37, 'cellVoltageAverage', MILLIVOLT),
  register(0x38, 'cellVoltageDelta', MILLIVOLT),
  register(0x39, 'power'),
]);

const NAME = 'status of a D2 board (0000)';

/** Registers 00 to 3d, or to 4f (daly-modbus.md 4.1). @throws BmsError `malformed` */
export function decodeStatus(data: Buffer): Decoded {
  checkLength(NAME, data, OLD_COUNT);
  const cellCount = data.readUInt16BE(at(CELL_COUNT));
  checkCellCount(NAME, cellCount, MAX_CELLS);
  checkPack(NAME, data, VOLTAGE);
  const reading: Reading = {};
  pack.decode(data, reading);
  const state = stateOf(data.readUInt16BE(at(STATE)));
  if (state !== undefined) reading.state = state;
  const cells = decodeCells(data, cellCount);
  if (cells !== undefined) reading.cellVoltages = cells;
  const temperatures = decodeTemperatures(data, SENSORS, MAX_SENSORS, data.readUInt16BE(at(SENSOR_COUNT)));
  if (temperatures !== undefined) reading.temperatures = temperatures;
  const alarms = decodeAlarms(data);
  if (alarms !== undefined) reading.alarms = alarms;
  const balancing = reading.balancing === true ? 1 : 0;
  if (data.length >= at(NEW_COUNT)) decodeExtended(data, 0, reading, balancing, cellCount);
  const registers = data.length / at(1);
  return { reading, memory: memoryOf(registers, balancing, cellCount) };
}

/** By their plain names: four computed keys take as long as all the rest of a status. */
function memoryOf(registers: number, balancing: number, cellCount: number): NamedMemory {
  return { variant: VARIANT.d2, registers, balancing, cellCount };
}

/**
 * Registers 3e to 42. Older sheets have a mileage in 3e, so that it is taken for cells only when register 34 agrees
 * that there are some, or none (daly-modbus.md 4.1).
 * @param balancing the fact of that name, where it is known
 */
function decodeExtended(
  data: Buffer,
  base: number,
  into: Reading,
  balancing: number | undefined,
  cellCount: number,
): void {
  extended.decode(data, into, base);
  const low = data.readUInt16BE(base + at(BALANCING_CELLS));
  const high = data.readUInt16BE(base + at(BALANCING_CELLS + 1));
  if (low === NOT_IMPLEMENTED || high === NOT_IMPLEMENTED) return;
  const cells = bitsToNumbers(((high << CELLS_PER_WORD) | low) >>> 0).filter((cell) => cell <= cellCount);
  if ((cells.length > 0 ? 1 : 0) === balancing) into.balancingCells = cells;
}

/** The registers that 62-register reads leave out, where there are such (daly-modbus.md 4.1). */
export const extendedStatus: Read = {
  name: 'extended status of a D2 board (003e)',
  group: 'fast',
  optional: true,
  start: BALANCING_CELLS,
  count: 9,
  applies: (target) =>
    isD2(target) && target.memory[MEMORY.registers] === OLD_COUNT && target.memory[MEMORY.extended] !== 0,

  decode(data, memory: Memory) {
    checkLength(extendedStatus.name, data, extendedStatus.count);
    const reading: Reading = {};
    const cellCount = memory[MEMORY.cellCount] ?? MAX_CELLS;
    decodeExtended(data, -at(BALANCING_CELLS), reading, memory[MEMORY.balancing], cellCount);
    // Without a MOSFET temperature the firmware does not fill these registers: not asked again (daly-modbus.md 4.1).
    if (reading.mosTemperature === undefined) return { reading: {}, memory: { [MEMORY.extended]: 0 } };
    return { reading, memory: { [MEMORY.extended]: 1 } };
  },
};

/** The status registers of a board, all 80 of them. */
export const statusBlock: Block = {
  start: 0,
  count: NEW_COUNT,

  encode(from) {
    const data = emptyRegisters(NEW_COUNT);
    // What a board finds out by itself: extremes, state. What the pack does not tell, the board does not have.
    const whole = summarise({ ...from });
    encodeCells(whole.cellVoltages ?? [], data, MAX_CELLS);
    pack.encode({ ...whole, cellCount: whole.cellCount ?? 0 }, data);
    extended.encode(whole, data);
    written.encode({ ...whole, power: Math.abs(whole.power ?? 0) }, data);
    if (whole.state !== undefined) data.writeUInt16BE(stateCode(whole.state), at(STATE));
    if (whole.temperatures !== undefined) {
      encodeTemperatures(whole.temperatures, data, SENSORS, MAX_SENSORS, SENSOR_COUNT);
    }
    if (whole.alarms !== undefined) encodeAlarms(whole.alarms, data);
    if (whole.balancingCells !== undefined) {
      data.writeUInt16BE(numbersToBits(whole.balancingCells, 1, CELLS_PER_WORD), at(BALANCING_CELLS));
      const high = numbersToBits(whole.balancingCells, 1 + CELLS_PER_WORD, CELLS_PER_WORD);
      data.writeUInt16BE(high, at(BALANCING_CELLS + 1));
    }
    return data;
  },
};
