import type { Reading } from '../../src/battery/reading';

/** The packs of the worked examples in bank.md 8. */
export const A: Reading = {
  ...{ voltage: 53.2, current: 10, power: 532, soc: 60, fullCapacity: 280, remainingCapacity: 168, cellCount: 16 },
  ...{ cellVoltageMin: 3.32, minCell: 4, cellVoltageMax: 3.33, maxCell: 9, cellVoltageAverage: 3.325 },
  temperatures: [20, 22],
};
export const B: Reading = {
  ...{ voltage: 53.16, current: 6, power: 318.96, soc: 50, fullCapacity: 100, remainingCapacity: 50, cellCount: 16 },
  ...{ cellVoltageMin: 3.318, minCell: 2, cellVoltageMax: 3.326, maxCell: 7, cellVoltageAverage: 3.322 },
  temperatures: [18, 19],
};
export const FIRST_12V: Reading = { voltage: 13.3, current: 5, power: 66.5, remainingCapacity: 60, fullCapacity: 100 };
export const SECOND_12V: Reading = {
  voltage: 13.2,
  current: 5.2,
  power: 68.64,
  remainingCapacity: 50,
  fullCapacity: 105,
};
