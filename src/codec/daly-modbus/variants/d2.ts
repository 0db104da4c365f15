import type { Reading } from '../../../battery/reading';
import { D2_FLAGS } from '../../daly/alarms';
import { bitsToNumbers, layout, text, writeOnly } from '../../kit/fields';
import { encodeSettings } from '../emulated-settings';
import { d2StationOf, isD2, type DalyModbusMemory, type Decoded } from '../memory';
import { identity, mosfetSwitches, rowsOf, type Block, type Read, type RegisterMap } from '../registers';
import { CELLS_PER_WORD, statusOf } from '../status';
import {
  at,
  BALANCE_CURRENT,
  CELSIUS,
  decodeDate,
  encodeDate,
  MILLIVOLT,
  NO_SENSOR,
  NOT_IMPLEMENTED,
  register,
  switchRegister,
  TENTH,
} from '../tables';
import { d2Settings } from './d2-settings';

/* Boards without a board number (daly-modbus.md 4). */

/** All firmware has 62 status registers, newer firmware 80 (daly-modbus.md 4.1). */
export const OLD_COUNT = 62;
export const NEW_COUNT = 80;
/** The status registers that 62 leave out and that have a meaning: 3e to 46. */
const EXTENDED_COUNT = 9;

const MOST_CELLS = 32;
const BALANCING_CELLS = 0x3e;
const SETTINGS = 0x80;
const MOSFETS = 0xa5;
const VERSION = 0xa9;
const DATE = 0xcc;
const BALANCER = 0xcf;

/** Extremes lag the lists by a millivolt, and the power has no sign (daly-modbus.md 11). */
const status = statusOf({
  mostCells: MOST_CELLS,
  sensors: 0x20,
  voltage: 0x28,
  state: 0x2f,
  cellCount: 0x31,
  sensorCount: 0x32,
  alarms: [0x3a, D2_FLAGS],
  balancingCells: BALANCING_CELLS,
  rows: [
    writeOnly(register(0x2b, 'cellVoltageMax', MILLIVOLT)),
    writeOnly(register(0x2c, 'cellVoltageMin', MILLIVOLT)),
    writeOnly(register(0x2d, 'temperatureMax', CELSIUS)),
    writeOnly(register(0x2e, 'temperatureMin', CELSIUS)),
    register(0x30, 'remainingCapacity', TENTH),
    register(0x33, 'cycles'),
    switchRegister(0x34, 'balancing'),
    switchRegister(0x35, 'chargeEnabled'),
    switchRegister(0x36, 'dischargeEnabled'),
    writeOnly(register(0x37, 'cellVoltageAverage', MILLIVOLT)),
    writeOnly(register(0x38, 'cellVoltageDelta', MILLIVOLT)),
    writeOnly(register(0x39, 'power')),
  ],
});

/** A MOSFET at raw 0, which would be -40 °C, has no sensor (daly-modbus.md 11). */
const extended = layout<Reading>([
  register(0x40, 'balanceCurrent', BALANCE_CURRENT),
  register(0x42, 'mosTemperature', { ...CELSIUS, notAvailable: [NO_SENSOR, 0] }),
]);

/** A capacity of 0 was never set. */
const rating = layout<Reading>([register(SETTINGS, 'designCapacity', { ...TENTH, notAvailable: [0] })]);

/** They are read by themselves, since others may change them at any time. */
const switches = layout<Reading>([
  switchRegister(MOSFETS, 'chargeSwitch'),
  switchRegister(MOSFETS + 1, 'dischargeSwitch'),
]);

const version = layout<Reading>([
  text(at(VERSION), 16, 'softwareVersion'),
  text(at(VERSION) + 16, 16, 'hardwareVersion'),
]);

/** Boards that leave the hardware version empty have it here (daly-modbus.md 4.2). */
const machineCode = layout<Reading>([text(at(VERSION) + 32, 32, 'hardwareVersion')]);

const balancer = layout<Reading>([switchRegister(BALANCER, 'balancingSwitch')]);

/** Registers 00 to 3d, or to 4f (daly-modbus.md 4.1). @throws BmsError `malformed` */
export function decodeStatus(name: string, data: Buffer): Decoded {
  const reading = status.decodeMeasurements(name, data);
  status.decodeRest(data, 0, reading);
  const { cellCount } = reading;
  const isBalancing = reading.balancing === true;
  if (data.length >= at(NEW_COUNT)) decodeExtended(data, 0, reading, { isBalancing, cellCount });
  const statusRegisters = data.length / at(1);
  return { reading, memory: { variant: 'd2', statusRegisters, isBalancing, cellCount } };
}

/**
 * Registers 3e to 42. Older sheets have a mileage in 3e, so that it counts as a bit for each balancing cell only where
 * register 34 agrees that there are some, or none (daly-modbus.md 4.1).
 */
function decodeExtended(
  data: Buffer,
  base: number,
  into: Reading,
  { isBalancing, cellCount = MOST_CELLS }: DalyModbusMemory,
): void {
  extended.decode(data, into, base);
  const low = data.readUInt16BE(base + at(BALANCING_CELLS));
  const high = data.readUInt16BE(base + at(BALANCING_CELLS + 1));
  if (low === NOT_IMPLEMENTED || high === NOT_IMPLEMENTED) return;
  const cells = bitsToNumbers(((high << CELLS_PER_WORD) | low) >>> 0).filter((cell) => cell <= cellCount);
  if (cells.length > 0 === isBalancing) into.balancingCells = cells;
}

const reads: readonly Read[] = [
  {
    name: 'extended status of a D2 board (003e)',
    group: 'fast',
    optional: true,
    start: BALANCING_CELLS,
    count: EXTENDED_COUNT,
    applies: (target) =>
      isD2(target) && target.memory.statusRegisters === OLD_COUNT && target.memory.hasExtended !== false,
    decode(data, base, memory) {
      const reading: Reading = {};
      decodeExtended(data, base, reading, memory);
      // Without a MOSFET temperature the firmware does not fill these registers (daly-modbus.md 4.1).
      const hasExtended = reading.mosTemperature !== undefined;
      return { reading: hasExtended ? reading : {}, memory: { hasExtended } };
    },
  },
  identity('version of a D2 board (00a9)', VERSION, 32, (data, base) => {
    const reading: Reading = {};
    version.decode(data, reading, base);
    if (reading.hardwareVersion === undefined) machineCode.decode(data, reading, base);
    return reading;
  }),
  identity('production date of a D2 board (00cc)', DATE, 2, (data, base) => decodeDate(data, base + at(DATE))),
  identity('settings of a D2 board (0080)', SETTINGS, 41, rowsOf(rating)),
];

/** Four registers: two would be as long as the production date. */
export const mosfets = mosfetSwitches('MOSFET switches of a D2 board (00a5)', MOSFETS, 4);

/** Whether the board may balance, whatever the balancer does; ffff on boards that do not have the switch (daly-modbus.md 7). */
export const balancerSwitch: Read = {
  ...identity('balancer of a D2 board (00cf)', BALANCER, 1, rowsOf(balancer)),
  group: 'counters',
};

const blocks: readonly Block[] = [
  {
    start: 0,
    count: NEW_COUNT,
    encode(from, data) {
      extended.encode(status.encode(from, data), data);
    },
  },
  {
    start: VERSION,
    count: 32,
    encode(from, data, base) {
      data.fill(0);
      version.encode(from, data, base);
    },
  },
  { start: DATE, count: 2, encode: (from, data, base) => encodeDate(from, data, base + at(DATE)) },
  {
    start: SETTINGS,
    count: 41,
    encode(from, data, base, board) {
      encodeSettings(d2Settings, from, data, base, board);
      switches.encode(from, data, base);
    },
  },
  {
    start: BALANCER,
    count: 1,
    encode(from, data, base, board) {
      const balancingSwitch = board?.switches.balancing ?? from.balancingSwitch;
      balancer.encode({ balancingSwitch }, data, base);
    },
  },
];

/** The map of boards without a board number. */
export const d2: RegisterMap = {
  stationOf: d2StationOf,
  has: isD2,
  reads: [...reads, mosfets, balancerSwitch],
  blocks,
  settings: d2Settings,
};
