import fc from 'fast-check';
import { alarm, type Alarm, type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';

/** Whole numbers of a wire; both ends may come. */
export const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

/** Values that a wire carries as whole numbers from `min` to `max`. */
export const scaled = (min: number, max: number, divisor: number): fc.Arbitrary<number> =>
  whole(min, max).map((raw) => raw / divisor);

/** Text as a board has it in a field: printable, and no blanks around it. */
export const label = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme-ascii', maxLength })
    .map((value) => value.trim())
    .filter((value) => value !== '');

/** Days as YYYY-MM-DD. */
export const date = (lastYear: number, firstYear = 2000): fc.Arbitrary<string> =>
  fc
    .date({ min: new Date(`${firstYear}-01-01`), max: new Date(`${lastYear}-12-31`), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10));

/** Cells with those of them that are being balanced. @param balanced how many can be; @param least raw value of a cell, mV */
export const cells = (max: number, { balanced = max, least = 0, most = 0xffff } = {}): fc.Arbitrary<Reading> =>
  fc
    .array(scaled(least, most, 1000), { minLength: 1, maxLength: max })
    .chain((cellVoltages) =>
      fc
        .subarray(cellVoltages.map((_, i) => i + 1).slice(0, balanced))
        .map((balancingCells) => ({ cellVoltages, balancingCells, cellCount: cellVoltages.length })),
    );

/** Some of these alarms, in this order. */
export const alarmsOf = (known: readonly (readonly [AlarmCode, AlarmLevel])[]): fc.Arbitrary<Alarm[]> =>
  fc.subarray([...known]).map((set) => set.map(([code, level]) => alarm(code, level)));
