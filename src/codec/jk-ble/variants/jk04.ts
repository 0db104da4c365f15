import { round } from '../../../battery/derive';
import { CELL_MAX } from '../../../battery/plausible';
import type { Reading } from '../../../battery/reading';
import type { SettingRowValues } from '../../../battery/settings/vocabulary';
import { decodeBalancing, encodeBalancing } from '../../jk-record/cell-info';
import { dataOf, emptyRecord, RECORDS } from '../../jk-record/wire';
import { layout, number, onOff, writeOnly } from '../../kit/fields';
import { LINES_JK04 } from '../lines';
import type { RecordLayout } from './layout';

const CELLS_AT = 6;
const RESISTANCES_AT = 102;
const AVERAGE_AT = 202;
const DELTA_AT = 206;
const BALANCER_AT = 220;
const BALANCE_CURRENT_AT = 222;
const SLOTS = 24;
const WIDTH = 4;

/** Lower than any cell, above any integer that stands in the same place of the other layouts (jk-ble.md 1); V. */
const CELL_MIN = 0.3;

/** Measured values are floats; these are their decimals in V, ohm and A. */
const DIGITS = 3;

const values = layout<Reading>(
  [
    number(286, 'u32', 'runtime'),
    // cell numbers from 0
    writeOnly(number(218, 'u8', 'maxCell', { offset: -1 })),
    writeOnly(number(219, 'u8', 'minCell', { offset: -1 })),
  ],
  'little',
);

/** Of record 01, whose other settings are floats (jk-ble.md 9.2). */
const switches = layout<Reading>([onOff(114, 'u8', 'balancingSwitch')]);

/** As a new balancer has them (jk-ble.md 9.2). */
const DELIVERED: SettingRowValues = {
  shutdownCellVoltage: 2.8,
  balanceStartVoltage: 3.0,
  balanceDelta: 0.01,
  balanceCurrent: 2,
};
const delivered = layout<SettingRowValues>(
  LINES_JK04.map(([row]) => row),
  'little',
);

/**
 * Active balancers, whose records are floats (jk-ble.md 7). They have neither current sensor nor MOSFETs, and no alarms;
 * their voltage is the sum of the cells. The mask at 214 is not reliable: a connected cell is one above 0 V.
 */
export const jk04: RecordLayout = {
  // The same number is the clock of 32S (jk-ble.md 9.2).
  registers: { balancing: { number: 0x6c, width: 1 } },

  fits(record) {
    return isCell(record.readFloatLE(CELLS_AT)) && isCell(record.readFloatLE(AVERAGE_AT));
  },

  decodeCells(record) {
    const cellVoltages: number[] = [];
    const cellResistances: number[] = [];
    let sum = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const voltage = floatAt(record, CELLS_AT + slot * WIDTH);
      if (voltage <= 0) continue;
      sum += record.readFloatLE(CELLS_AT + slot * WIDTH);
      cellVoltages.push(voltage);
      cellResistances.push(floatAt(record, RESISTANCES_AT + slot * WIDTH));
    }
    const reading: Reading = { cellVoltages, cellCount: cellVoltages.length, cellResistances, alarms: [] };
    reading.voltage = round(sum, DIGITS);
    reading.balancing = decodeBalancing(record, BALANCER_AT);
    const balanceCurrent = floatAt(record, BALANCE_CURRENT_AT);
    if (Number.isFinite(balanceCurrent)) reading.balanceCurrent = balanceCurrent;
    values.decode(record, reading);
    return reading;
  },

  encodeCells(pack, record) {
    const cells = (pack.cellVoltages ?? []).slice(0, SLOTS);
    cells.forEach((voltage, slot) => {
      record.writeFloatLE(voltage, CELLS_AT + slot * WIDTH);
      record.writeFloatLE(pack.cellResistances?.[slot] ?? 0, RESISTANCES_AT + slot * WIDTH);
    });
    record.writeFloatLE(pack.cellVoltageAverage ?? 0, AVERAGE_AT);
    record.writeFloatLE(pack.cellVoltageDelta ?? 0, DELTA_AT);
    encodeBalancing(pack, record, BALANCER_AT);
    record.writeFloatLE(pack.balanceCurrent ?? 0, BALANCE_CURRENT_AT);
    values.encode(pack, record);
  },

  decodeCapacity: () => undefined,

  decodeSwitches: (settings, into) => switches.decode(settings, into),

  encodeSwitches: ({ balancing }, settings) => switches.encode({ balancingSwitch: balancing }, settings),

  deliveredSettings({ cellVoltages = [], cellCount = cellVoltages.length }) {
    const record = emptyRecord(RECORDS.settings);
    delivered.encode({ ...DELIVERED, cellCount }, record);
    return Buffer.from(dataOf(record));
  },
};

/** False for NaN too. */
function isCell(voltage: number): boolean {
  return voltage >= CELL_MIN && voltage <= CELL_MAX;
}

function floatAt(record: Buffer, at: number): number {
  return round(record.readFloatLE(at), DIGITS);
}
