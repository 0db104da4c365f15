import type { Reading } from '../../../battery/reading';
import { bitsToNumbers, layout, number, text, writeOnly } from '../../kit/fields';
import { encodeSettings } from '../emulated-settings';
import { isP81, mayBeP81, p81Station, type Decoded } from '../memory';
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
import { p81Settings } from './p81-settings';
import { CODE_BYTES } from './p81-alarms';

/* Boards with a board number (daly-modbus.md 5). */

/** The first registers: cells, temperatures, pack. */
export const FIRST_COUNT = 64;

const MOST_CELLS = 48;
const STATUS = 0x41;
const STATUS_COUNT = 62;
const BALANCING = 0x4d;
const BALANCING_CELLS = 0x4f;
const BALANCING_WORDS = MOST_CELLS / CELLS_PER_WORD;
const SETTINGS = 0x100;
const MOSFETS = 0x121;
const DATE = 0x129;
const VERSION = 0x178;
const NO_RATING = NOT_IMPLEMENTED * 0x10001;

/**
 * Other registers have the extremes, or have them later; the power has no sign (daly-modbus.md 11). 3b is a heartbeat and no
 * state of health (daly-modbus.md 12); 66 to 69 are said to repeat the alarms in another order (daly-modbus.md 6.3).
 */
const status = statusOf({
  mostCells: MOST_CELLS,
  sensors: 0x30,
  voltage: 0x38,
  cellCount: 0x3c,
  sensorCount: 0x3d,
  state: 0x48,
  balancingCells: BALANCING_CELLS,
  alarms: [0x6d, CODE_BYTES],
  rows: [
    writeOnly(register(0x3e, 'cellVoltageMax', MILLIVOLT)),
    writeOnly(register(0x3f, 'maxCell')),
    writeOnly(register(0x40, 'cellVoltageMin', MILLIVOLT)),
    writeOnly(register(0x41, 'minCell')),
    writeOnly(register(0x42, 'cellVoltageDelta', MILLIVOLT)),
    writeOnly(register(0x43, 'temperatureMax', CELSIUS)),
    writeOnly(register(0x45, 'temperatureMin', CELSIUS)),
    register(0x4b, 'remainingCapacity', TENTH),
    register(0x4c, 'cycles'),
    register(0x4e, 'balanceCurrent', BALANCE_CURRENT),
    switchRegister(0x52, 'chargeEnabled'),
    switchRegister(0x53, 'dischargeEnabled'),
    switchRegister(0x55, 'heating'),
    writeOnly(register(0x57, 'cellVoltageAverage', MILLIVOLT)),
    writeOnly(register(0x58, 'power')),
    register(0x5a, 'mosTemperature', { ...CELSIUS, notAvailable: [NO_SENSOR] }),
  ],
});

const version = layout<Reading>([
  text(at(VERSION), 28, 'softwareVersion'),
  text(at(VERSION) + 28, 14, 'hardwareVersion'),
  text(at(VERSION) + 42, 24, 'serialNumber'),
]);

/** A capacity of 0 was never set. */
const rating = layout<Reading>([
  number(at(0x109), 'u32', 'designCapacity', { divisor: 1000, notAvailable: [NO_RATING, 0] }),
]);

/** They are read by themselves, since others may change them at any time. */
const switches = layout<Reading>([
  switchRegister(MOSFETS, 'chargeSwitch'),
  switchRegister(MOSFETS + 1, 'dischargeSwitch'),
]);

/** Registers 00 to 3f (daly-modbus.md 5.1). @throws BmsError `malformed` */
export function decodeFirst(name: string, data: Buffer): Decoded {
  const reading = status.decodeMeasurements(name, data);
  return { reading, memory: { variant: 'p81', cellCount: reading.cellCount } };
}

/**
 * Register 4d is 0 for no, 1 for passive and 2 for active balancing. Any other number means nothing, such as the 7 of a pack
 * that does not balance: then the cells decide (daly-modbus.md 5.1, 12).
 */
function decodeBalancing(data: Buffer, base: number, into: Reading, cellCount: number): void {
  const balancing: number[] = [];
  let isThere = false;
  for (let word = 0; word < BALANCING_WORDS; word++) {
    const bits = data.readUInt16BE(base + at(BALANCING_CELLS + word));
    if (bits === NOT_IMPLEMENTED) continue;
    isThere = true;
    for (const cell of bitsToNumbers(bits, 1 + CELLS_PER_WORD * word)) if (cell <= cellCount) balancing.push(cell);
  }
  if (isThere) into.balancingCells = balancing;
  const mode = data.readUInt16BE(base + at(BALANCING));
  if (mode <= 2) into.balancing = mode !== 0;
  else if (isThere) into.balancing = balancing.length > 0;
}

/** Registers 41 to 7e (daly-modbus.md 5.1). */
export const state: Read = {
  name: 'state and faults (0041)',
  group: 'fast',
  start: STATUS,
  count: STATUS_COUNT,
  applies: mayBeP81,
  decode(data, base, { cellCount = MOST_CELLS }) {
    const reading: Reading = {};
    status.decodeRest(data, base, reading);
    decodeBalancing(data, base, reading, cellCount);
    return { reading, memory: { variant: 'p81' } };
  },
};

export const mosfets = mosfetSwitches('MOSFET switches (0121)', MOSFETS, 2);

const reads: readonly Read[] = [
  state,
  identity('version (0178)', VERSION, 74, rowsOf(version)),
  identity('settings (0100)', SETTINGS, 81, (data, base) => ({
    ...rowsOf(rating)(data, base),
    ...decodeDate(data, base + at(DATE)),
  })),
  mosfets,
];

const blocks: readonly Block[] = [
  {
    start: 0,
    count: STATUS + STATUS_COUNT,
    encode(from, data) {
      const { balancing } = status.encode(from, data);
      if (balancing !== undefined) data.writeUInt16BE(balancing ? 1 : 0, at(BALANCING));
    },
  },
  {
    start: VERSION,
    count: 74,
    encode(from, data, base) {
      data.fill(0);
      version.encode(from, data, base);
    },
  },
  {
    start: SETTINGS,
    count: VERSION - SETTINGS,
    encode(from, data, base, board) {
      encodeSettings(p81Settings, from, data, base, board);
      switches.encode(from, data, base);
      encodeDate(from, data, base + at(DATE));
    },
  },
];

/** The map of boards with a board number. */
export const p81: RegisterMap = { has: isP81, stationOf: p81Station, reads, blocks, settings: p81Settings };
