import { layout, number } from '../kit/fields';
import { malformed, type Block } from './block';

type Counts = Record<string, number>;

/** By their place among the twenty (ant.md 8.1). Charges (13) and cycles (14) count nothing that went wrong. */
const COUNTERS: Readonly<Record<number, string>> = {
  0: 'cellOvervoltage',
  1: 'packOvervoltage',
  2: 'cellUndervoltage',
  3: 'packUndervoltage',
  4: 'cellImbalance',
  5: 'chargeOvertemperature',
  6: 'dischargeOvertemperature',
  7: 'mosOvertemperature',
  8: 'chargeUndertemperature',
  9: 'dischargeUndertemperature',
  10: 'chargeOvercurrent',
  11: 'dischargeOvercurrent',
  12: 'shortCircuit',
  15: 'lowVoltageShutdowns',
  16: 'currentSensorFault',
  17: 'manualRestarts',
  18: 'watchdogResets',
  19: 'abnormalResets',
};

/** ffff stands for "not available or not permitted" wherever a board is read (ant.md 10.1). */
const counts = layout<Counts>(
  Object.entries(COUNTERS).map(([place, key]) =>
    number<Counts>(2 * Number(place), 'u16', key, { notAvailable: [0xffff] }),
  ),
  'little',
);

/** Function 05: lifetime counts of protections and restarts (ant.md 8.1). */
export const counters: Block = {
  func: 0x05,
  register: 0,
  wanted: counts.size,
  name: 'protection counters (05)',
  group: 'counters',
  optional: true,

  decode(data) {
    if (data.length < counts.size) throw malformed(counters.name, data.length);
    const errorCounts: Counts = {};
    counts.decode(data, errorCounts);
    return Object.keys(errorCounts).length === 0 ? {} : { errorCounts };
  },

  encode({ errorCounts = {} }) {
    const data = Buffer.alloc(counts.size);
    counts.encode(errorCounts, data);
    return data;
  },
};
