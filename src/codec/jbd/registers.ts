import { decodeText, layout, list, number } from '../kit/fields';
import { wrongLength } from '../kit/malformed';
import type { Register } from './register';

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

/** Register aa: lifetime counts of protections; old boards give them in factory mode only (jbd.md 4). */
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
