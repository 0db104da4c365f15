import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { flag, layout, list, number } from '../fields';
import { alarmBits } from '../jk-record/alarms';
import { checkCells, decodeBalancing, encodeBalancing, type CellRecord } from './cell-record';
import { sensorsFor24, sensorsFor32 } from './sensors';

const CELLS_AT = 6;
const MILLI = { per: 1000 };
/** everything above 100 is no percentage */
const PERCENT = { absent: [0xff, ...Array.from({ length: 0xff - 101 }, (_, i) => 101 + i)] };

const cells = list('u16', MILLI, 'little');
const resistances = list('u16', MILLI, 'little');

/** How far the voltage may be from the sum of the cells: 3 %, but at least 0.3 V (jk-ble 1); mV. */
const TOLERANCE = 0.03;
const LEAST_TOLERANCE = 300;

/**
 * The cell record of boards with a current sensor (jk-ble 6).
 * @param slots cells that there is room for; with 32 everything behind their list lies further on
 */
function jk02(slots: 24 | 32): CellRecord {
  const at = (on24: number, on32: number): number => (slots === 24 ? on24 : on32);
  const maskAt = at(54, 70);
  const resistancesAt = at(64, 80);
  const voltageAt = at(118, 150);
  const alarmsAt = at(136, 166);
  const balancerAt = at(140, 172);
  const sensors = slots === 24 ? sensorsFor24 : sensorsFor32;

  const values = layout<Reading>(
    [
      number(voltageAt, 'u32', 'voltage', MILLI),
      number(at(126, 158), 's32', 'current', MILLI),
      number(at(138, 170), 's16', 'balanceCurrent', MILLI),
      number(at(141, 173), 'u8', 'soc', PERCENT),
      number(at(142, 174), 's32', 'remainingCapacity', MILLI),
      // A full pack that holds nothing is one whose capacity is not known.
      number(at(146, 178), 'u32', 'fullCapacity', { ...MILLI, absent: [0] }),
      number(at(150, 182), 'u32', 'cycles'),
      number(at(154, 186), 'u32', 'cycleCapacity', MILLI),
      number(at(158, 190), 'u8', 'soh', PERCENT),
      number(at(162, 194), 'u32', 'runtime'),
      flag(at(166, 198), 0, 'chargeEnabled'),
      flag(at(167, 199), 0, 'dischargeEnabled'),
      ...(slots === 32 ? [flag<Reading>(215, 0, 'heating')] : []),
    ],
    'little',
  );

  /** What follows from other values, which is only written: the power has no sign there. */
  const summary = layout<Reading>(
    [
      number(at(58, 74), 'u16', 'cellVoltageAverage', MILLI),
      number(at(60, 76), 'u16', 'cellVoltageDelta', MILLI),
      number(at(62, 78), 'u8', 'maxCell', { zero: -1 }),
      number(at(63, 79), 'u8', 'minCell', { zero: -1 }),
      number(at(122, 154), 'u32', 'power', MILLI),
    ],
    'little',
  );

  return {
    fits(record) {
      const mask = record.readUInt32LE(maskAt);
      if (mask === 0 || (slots === 24 && mask >>> 24 !== 0)) return false;
      let sum = 0;
      for (let slot = 0; slot < slots; slot++) {
        if (isIn(mask, slot)) sum += record.readUInt16LE(CELLS_AT + slot * cells.width);
      }
      const voltage = record.readUInt32LE(voltageAt);
      // Two zeros agree, but tell nothing: in another layout a mask may stand where there are no cells.
      return sum > LEAST_TOLERANCE && Math.abs(sum - voltage) <= Math.max(LEAST_TOLERANCE, TOLERANCE * voltage);
    },

    decode(record, facts) {
      const mask = record.readUInt32LE(maskAt);
      const connected = (_: number, slot: number): boolean => isIn(mask, slot);
      const reading: Reading = {};
      reading.cellVoltages = cells.decode(record, CELLS_AT, slots).filter(connected);
      checkCells(reading.cellVoltages);
      reading.cellCount = reading.cellVoltages.length;
      reading.cellResistances = resistances.decode(record, resistancesAt, slots).filter(connected);
      values.decode(record, reading);
      sensors.decode(record, facts, reading);
      reading.balancing = decodeBalancing(record, balancerAt);
      const alarms: Alarm[] = [];
      alarmBits.decode(slots === 24 ? record.readUInt16LE(alarmsAt) : record.readUInt32LE(alarmsAt), alarms);
      reading.alarms = alarms;
      return reading;
    },

    encode(pack, record) {
      const voltages = (pack.cellVoltages ?? []).slice(0, slots);
      cells.encode(voltages, record, CELLS_AT);
      record.writeUInt32LE(2 ** voltages.length - 1, maskAt);
      resistances.encode((pack.cellResistances ?? []).slice(0, voltages.length), record, resistancesAt);
      const { power, voltage = sumOf(voltages) } = pack;
      values.encode({ ...pack, voltage }, record);
      summary.encode({ ...pack, ...(power !== undefined && { power: Math.abs(power) }) }, record);
      sensors.encode(pack, record);
      encodeBalancing(pack, record, balancerAt);
      const alarms = alarmBits.encode(pack.alarms ?? []);
      if (slots === 24) record.writeUInt16LE(alarms & 0xffff, alarmsAt);
      else record.writeUInt32LE(alarms, alarmsAt);
    },
  };
}

/** Software 4 to 10. */
export const jk02For24 = jk02(24);
/** Software from 11 on. */
export const jk02For32 = jk02(32);

function isIn(mask: number, slot: number): boolean {
  return ((mask >>> slot) & 1) === 1;
}

function sumOf(voltages: readonly number[]): number {
  return voltages.reduce((sum, voltage) => sum + voltage, 0);
}
