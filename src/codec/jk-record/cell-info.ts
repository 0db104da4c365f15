import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { flag, list, number, writeOnly, type Endian, type List } from '../kit/fields';
import type { SoftwareMemory } from './device-info';
import { sensorsFor24, sensorsFor32 } from './sensors';
import { alarmBits, inBothOrders, tables } from './tables';
import { inData } from './wire';

/** A reading with its cells, in V. */
type CellReading = Reading & { cellVoltages: number[] };

/** The state of a pack, its cells included, in both directions. Data begins behind the head of the record. */
export interface CellInfo {
  /** cells that there is room for */
  readonly slots: number;
  /**
   * @param data up to the byte of the heater at least; the last two sensors may be missing
   * @returns what the data says, be it possible or not
   */
  decode(data: Buffer, endian: Endian, memory: SoftwareMemory): CellReading;
  /** @param pack completed by `derive`; absent values become 0, or what stands for "not reported" @param data zeros */
  encode(pack: Reading, data: Buffer, endian: Endian): void;
  /** Whether the data of a record (not of registers) has the structure of this layout; never without cells (jk-ble.md 1). */
  fits(data: Buffer): boolean;
}

/** The words that hold a bit per cell or alarm. */
interface Words {
  /** cells that are connected, bit 0 = cell 1 */
  mask: number;
  alarms: number;
}

const CELLS_AT = inData(6);
/** of boards for 32 cells: 1 while a charger is plugged in */
const CHARGER_AT = inData(245);
const MILLI = { divisor: 1000 };
const PERCENT = { notAvailable: [0xff] };
const BALANCER = { off: 0, charging: 1, discharging: 2 };

const milli = inBothOrders((endian) => list('u16', MILLI, endian));
const whole = list('u16', {}, 'little');

/** How far the voltage may be from the sum of the cells: 3 %, but at least 0.3 V (jk-ble.md 1). */
const TOLERANCE = 0.03;
const LEAST_TOLERANCE_MV = 300;

/**
 * The tables of record 02, and of block 1200 of registers, of boards with a current sensor (jk-ble.md 6, jk-modbus.md 5).
 * @param slots cells that there is room for; with 32 everything behind their list lies further on
 */
function tablesFor(slots: 24 | 32) {
  const at = (on24: number, on32: number): number => (slots === 24 ? on24 : on32);
  const voltageAt = at(118, 150);
  return {
    voltageAt: inData(voltageAt),
    resistancesAt: inData(at(64, 80)),
    balancerAt: inData(at(140, 172)),
    sensors: slots === 24 ? sensorsFor24 : sensorsFor32,

    values: tables<Reading>([
      number(voltageAt, 'u32', 'voltage', MILLI),
      number(at(126, 158), 's32', 'current', MILLI),
      number(at(138, 170), 's16', 'balanceCurrent', MILLI),
      number(at(141, 173), 'u8', 'soc', PERCENT),
      number(at(142, 174), 's32', 'remainingCapacity', MILLI),
      // A full pack that holds nothing is one whose capacity is not known.
      number(at(146, 178), 'u32', 'fullCapacity', { ...MILLI, notAvailable: [0] }),
      number(at(150, 182), 'u32', 'cycles'),
      number(at(154, 186), 'u32', 'cycleCapacity', MILLI),
      number(at(158, 190), 'u8', 'soh', PERCENT),
      number(at(162, 194), 'u32', 'runtime'),
      flag(at(166, 198), 0, 'chargeEnabled'),
      flag(at(167, 199), 0, 'dischargeEnabled'),
      ...(slots === 32 ? [flag<Reading>(215, 0, 'heating')] : []),
      // These follow from other values; the power has no sign.
      writeOnly(number(at(58, 74), 'u16', 'cellVoltageAverage', MILLI)),
      writeOnly(number(at(60, 76), 'u16', 'cellVoltageDelta', MILLI)),
      writeOnly(number(at(62, 78), 'u8', 'maxCell', { offset: -1 })),
      writeOnly(number(at(63, 79), 'u8', 'minCell', { offset: -1 })),
      writeOnly(number(at(122, 154), 'u32', 'power', MILLI)),
    ]),

    words: tables<Words>([
      number(at(54, 70), 'u32', 'mask'),
      number(at(136, 166), slots === 24 ? 'u16' : 'u32', 'alarms'),
    ]),
  };
}

function cellInfo(slots: 24 | 32): CellInfo {
  const { voltageAt, resistancesAt, balancerAt, sensors, values, words } = tablesFor(slots);

  const wordsOf = (data: Buffer, endian: Endian): Words => {
    const found = { mask: 0, alarms: 0 };
    words[endian].decode(data, found);
    return found;
  };

  return {
    slots,

    decode(data, endian, memory) {
      const { mask, alarms } = wordsOf(data, endian);
      const cellVoltages = connected(milli[endian], data, CELLS_AT, mask, slots);
      const cellResistances = connected(milli[endian], data, resistancesAt, mask, slots);
      const reading: CellReading = { cellVoltages, cellCount: cellVoltages.length, cellResistances };
      values[endian].decode(data, reading);
      sensors.decode(data, endian, memory, reading);
      reading.balancing = decodeBalancing(data, balancerAt);
      // Boards that do not watch their charger leave it 0 while they charge: only 1 says something.
      if (slots === 32 && data[CHARGER_AT] === 1) reading.chargerConnected = true;
      const found: Alarm[] = [];
      alarmBits.decode(alarms, found);
      reading.alarms = found;
      return reading;
    },

    encode(pack, data, endian) {
      const voltages = (pack.cellVoltages ?? []).slice(0, slots);
      milli[endian].encode(voltages, data, CELLS_AT);
      milli[endian].encode((pack.cellResistances ?? []).slice(0, voltages.length), data, resistancesAt);
      const alarms = alarmBits.encode(pack.alarms ?? []);
      words[endian].encode({ mask: 2 ** voltages.length - 1, alarms: slots === 24 ? alarms & 0xffff : alarms }, data);
      const { power } = pack;
      values[endian].encode({ ...pack, ...(power !== undefined && { power: Math.abs(power) }) }, data);
      sensors.encode(pack, data, endian);
      encodeBalancing(pack, data, balancerAt);
      if (slots === 32 && pack.chargerConnected === true) data.writeUInt8(1, CHARGER_AT);
    },

    fits(data) {
      const { mask } = wordsOf(data, 'little');
      if (mask === 0 || (slots === 24 && mask >>> 24 !== 0)) return false;
      const connected = whole.decode(data, CELLS_AT, slots).filter((_, slot) => isIn(mask, slot));
      const sum = connected.reduce((total, cell) => total + cell, 0);
      const voltage = data.readUInt32LE(voltageAt);
      // Two zeros agree, but tell nothing: in another layout a mask may stand where there are no cells.
      return sum > LEAST_TOLERANCE_MV && Math.abs(sum - voltage) <= Math.max(LEAST_TOLERANCE_MV, TOLERANCE * voltage);
    },
  };
}

/** For 24 cells: software up to 10. */
export const cellInfoFor24 = cellInfo(24);
/** For 32 cells: software from 11 on, and registers. */
export const cellInfoFor32 = cellInfo(32);

/** The entries of the slots that are in use, of which there are usually no others in between. */
function connected(entries: List<number>, data: Buffer, at: number, mask: number, slots: number): number[] {
  const used = Math.min(slots, 32 - Math.clz32(mask));
  const found = entries.decode(data, at, used);
  const hasGaps = (mask & (mask + 1)) !== 0;
  return hasGaps ? found.filter((_, slot) => isIn(mask, slot)) : found;
}

function isIn(mask: number, slot: number): boolean {
  return ((mask >>> slot) & 1) === 1;
}

/** Whether the balancer works. The byte also has the direction, which shows in the sign of the balancing current. */
export function decodeBalancing(data: Buffer, at: number): boolean {
  return data.readUInt8(at) !== BALANCER.off;
}

export function encodeBalancing({ balancing = false, balanceCurrent = 0 }: Reading, data: Buffer, at: number): void {
  const direction = balanceCurrent < 0 ? BALANCER.discharging : BALANCER.charging;
  data.writeUInt8(balancing ? direction : BALANCER.off, at);
}
