import { unknownAlarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { alarmWord, type AlarmBit } from '../kit/alarm-bits';
import { decodeText, layout, list, number } from '../kit/fields';
import { wrongLength } from '../kit/malformed';
import type { Group } from '../protocol';

/** One register that is read: what its answer means, in both directions. */
export interface Register {
  readonly number: number;
  /** for messages: "basic information (03)" */
  readonly name: string;
  readonly group: Group;
  /** many boards do not know it */
  readonly optional?: boolean;
  /** Whether these bytes look like an answer to this register and to no other. */
  plausible(data: Buffer): boolean;
  /** @throws BmsError `malformed` when the length cannot be right */
  decode(data: Buffer): Reading;
  /** The answer of a board in this state; absent values become 0. */
  encode(pack: Reading): Buffer;
}

const MOST_CELLS = 32;
const LONGEST_MODEL = 31;

const voltages = list('u16', { divisor: 1000 });

/** Register 04: one voltage per cell; 0 V is a valid one (jbd.md 4). */
export const cells: Register = {
  number: 0x04,
  name: 'cell voltages (04)',
  group: 'cells',
  plausible: ({ length }) => length > 0 && length % 2 === 0 && length <= MOST_CELLS * voltages.width,
  decode(data) {
    if (data.length % voltages.width !== 0) throw wrongLength(cells.name, data.length);
    return { cellVoltages: voltages.decode(data, 0, data.length / voltages.width) };
  },
  encode({ cellVoltages = [] }) {
    const data = Buffer.alloc(cellVoltages.length * voltages.width);
    voltages.encode(cellVoltages, data, 0);
    return data;
  },
};

/** Register 05: the model, plain text without end mark (jbd.md 4). */
export const model: Register = {
  number: 0x05,
  name: 'model (05)',
  group: 'identity',
  plausible: (data) =>
    data.length > 0 && data.length <= LONGEST_MODEL && /^[\x20-\x7e]+$/.test(data.toString('latin1')),
  decode(data) {
    const text = decodeText(data);
    return text === undefined ? {} : { model: text };
  },
  encode: (pack) => Buffer.from((pack.model ?? '').slice(0, LONGEST_MODEL), 'latin1'),
};

type Counts = Record<string, number>;

/** Eleven counters in this order, on newer boards followed by a twelfth (jbd.md 4). */
const COUNTERS = [
  'shortCircuit',
  'chargeOvercurrent',
  'dischargeOvercurrent',
  'cellOvervoltage',
  'cellUndervoltage',
  'chargeOvertemperature',
  'chargeUndertemperature',
  'dischargeOvertemperature',
  'dischargeUndertemperature',
  'packOvervoltage',
  'packUndervoltage',
  'systemRestarts',
] as const;

const counts = layout<Counts>(COUNTERS.map((key, i) => number<Counts>(2 * i, 'u16', key)));
const SHORT_COUNTS = counts.size - 2;

/** Register aa: lifetime counts of protections; old boards have them in factory mode only (jbd.md 4). */
export const counters: Register = {
  number: 0xaa,
  name: 'event counters (aa)',
  group: 'counters',
  optional: true,
  plausible: ({ length }) => length === counts.size || length === SHORT_COUNTS,
  decode(data) {
    if (data.length < SHORT_COUNTS || data.length % 2 !== 0) throw wrongLength(counters.name, data.length);
    const errorCounts: Counts = {};
    counts.decode(data, errorCounts);
    return { errorCounts };
  },
  encode({ errorCounts = {} }) {
    const data = Buffer.alloc(counts.size);
    counts.encode(errorCounts, data);
    return errorCounts.systemRestarts === undefined ? data.subarray(0, SHORT_COUNTS) : data;
  },
};
/** Bits 0 to 12 of the protection word mean the same in both variants (jbd.md 4.2, 9). */
const SHARED_PROTECTIONS: Readonly<Record<number, AlarmBit>> = {
  0: ['cell_overvoltage', 'protection'],
  1: ['cell_undervoltage', 'protection'],
  2: ['pack_overvoltage', 'protection'],
  3: ['pack_undervoltage', 'protection'],
  4: ['charge_overtemperature', 'protection'],
  5: ['charge_undertemperature', 'protection'],
  6: ['discharge_overtemperature', 'protection'],
  7: ['discharge_undertemperature', 'protection'],
  8: ['charge_overcurrent', 'protection'],
  9: ['discharge_overcurrent', 'protection'],
  10: ['short_circuit', 'protection'],
  11: ['afe_fault', 'fault'],
  12: ['software_lock', 'warning'],
};

/** Classic protection word (jbd.md 4.2). */
export const protections = alarmWord('protection', {
  ...SHARED_PROTECTIONS,
  13: ['charge_mos_fault', 'fault'],
  14: ['discharge_mos_fault', 'fault'],
  15: unknownAlarm('protection', 15, 'protection'),
});

/** Classic alarm word (jbd.md 4.3). DH04SC02 boards set the reserved bit 15 for ever (jbd.md 12). */
export const warnings = alarmWord(
  'alarm',
  {
    0: ['cell_overvoltage', 'warning'],
    1: ['cell_undervoltage', 'warning'],
    2: ['pack_overvoltage', 'warning'],
    3: ['pack_undervoltage', 'warning'],
    4: ['charge_overtemperature', 'warning'],
    5: ['charge_undertemperature', 'warning'],
    6: ['discharge_overtemperature', 'warning'],
    7: ['discharge_undertemperature', 'warning'],
    8: ['charge_overcurrent', 'warning'],
    9: ['discharge_overcurrent', 'warning'],
    10: ['cell_imbalance', 'warning'],
    11: ['low_capacity', 'warning'],
  },
  [12, 13, 14, 15],
);

/** Protection word of the addressed variant (jbd.md 9). */
export const addressedProtections = alarmWord('protection', {
  ...SHARED_PROTECTIONS,
  13: ['ambient_overtemperature', 'protection'],
  14: ['ambient_undertemperature', 'protection'],
  15: ['mos_overtemperature', 'protection'],
});

/** Alarm word of the addressed variant: under before over in bits 0 to 3 (jbd.md 9). */
export const addressedWarnings = alarmWord('alarm', {
  0: ['cell_undervoltage', 'warning'],
  1: ['cell_overvoltage', 'warning'],
  2: ['pack_undervoltage', 'warning'],
  3: ['pack_overvoltage', 'warning'],
  4: ['charge_overcurrent', 'warning'],
  5: ['discharge_overcurrent', 'warning'],
  6: ['charge_overtemperature', 'warning'],
  7: ['charge_undertemperature', 'warning'],
  8: ['discharge_overtemperature', 'warning'],
  9: ['discharge_undertemperature', 'warning'],
  10: ['ambient_overtemperature', 'warning'],
  11: ['ambient_undertemperature', 'warning'],
  12: ['mos_overtemperature', 'warning'],
  13: ['cell_imbalance', 'warning'],
  14: ['low_capacity', 'warning'],
});
