import type { Reading } from './reading';

/*
 * Values of one reading that cannot all be true. Checksums that only add bytes up do not see bytes that have changed
 * places, nor errors that cancel each other; what such an answer says, the rest of the reading often denies.
 */

export type ReadingKey = keyof Reading;

/** A way in which values of one reading contradict each other. */
interface Rule {
  readonly keys: readonly ReadingKey[];
  /** How far they are apart, in what may be: beyond 1 they contradict each other; undefined when one is missing. */
  excess(reading: Readonly<Reading>): number | undefined;
}

/** Values that contradict each other. */
export interface Contradiction {
  readonly keys: readonly ReadingKey[];
}

/** Of the voltage, and V at least: cells and pack are measured one after the other, and rounded. */
const SUM_OF_CELLS = 0.03;
const SUM_OF_CELLS_V = 0.1;
/** V between the highest and the lowest cell */
const SPREAD = 0.5;
/** of the full capacity, which a pack may have learned too low */
const OVERFULL = 1.2;
/** points between the state of charge and what the capacities say */
const SOC_POINTS = 3;
/** V between an extreme that the board tells and that of the cells it tells */
const EXTREME = 0.1;
/** V: no battery has so little and still answers */
const NO_VOLTAGE = 0.5;
/** of the power, and W besides */
const POWER = 0.2;
const POWER_W = 50;

/** How much further than usual values may be apart, in what may be, so that those near the limit are not doubted anew. */
const MORE = 0.5;

/** Values that are whole numbers differ at once by more than they may. */
const WRONG = 2;
const RIGHT = 0;

const RULES: readonly Rule[] = [
  {
    keys: ['voltage', 'cellVoltages'],
    excess({ voltage, cellVoltages }) {
      if (voltage === undefined || cellVoltages === undefined || cellVoltages.length === 0) return undefined;
      const sum = cellVoltages.reduce((total, cell) => total + cell, 0);
      return Math.abs(sum - voltage) / Math.max(SUM_OF_CELLS * Math.max(sum, voltage), SUM_OF_CELLS_V);
    },
  },
  {
    keys: ['cellCount', 'cellVoltages'],
    excess: ({ cellCount, cellVoltages }) =>
      cellCount === undefined || cellVoltages === undefined
        ? undefined
        : WRONG * Math.abs(cellCount - cellVoltages.length),
  },
  {
    keys: ['balancingCells', 'cellVoltages', 'cellCount', 'minCell', 'maxCell'],
    excess({ balancingCells = [], cellVoltages, cellCount, minCell = 0, maxCell = 0 }) {
      const count = cellVoltages?.length ?? cellCount;
      if (count === undefined) return undefined;
      return WRONG * Math.max(0, Math.max(minCell, maxCell, ...balancingCells) - count);
    },
  },
  { keys: ['cellVoltages'], excess: ({ cellVoltages }) => spreadOf(cellVoltages) / SPREAD },
  {
    keys: ['cellVoltageMax', 'cellVoltages'],
    excess: ({ cellVoltageMax, cellVoltages }) => apart(cellVoltageMax, cellVoltages, Math.max) / EXTREME,
  },
  {
    keys: ['cellVoltageMin', 'cellVoltages'],
    excess: ({ cellVoltageMin, cellVoltages }) => apart(cellVoltageMin, cellVoltages, Math.min) / EXTREME,
  },
  {
    keys: ['remainingCapacity', 'fullCapacity', 'designCapacity'],
    excess(reading) {
      const full = fullOf(reading);
      if (full === undefined || reading.remainingCapacity === undefined) return undefined;
      return reading.remainingCapacity / (OVERFULL * full);
    },
  },
  {
    keys: ['soc', 'remainingCapacity', 'fullCapacity', 'designCapacity'],
    excess(reading) {
      const full = fullOf(reading);
      const { soc, remainingCapacity } = reading;
      if (full === undefined || soc === undefined || remainingCapacity === undefined) return undefined;
      return Math.abs(soc - Math.min(100, (100 * remainingCapacity) / full)) / SOC_POINTS;
    },
  },
  {
    keys: ['voltage', 'soc', 'current', 'remainingCapacity'],
    excess({ voltage, soc = 0, current = 0, remainingCapacity = 0 }) {
      if (voltage === undefined || voltage >= NO_VOLTAGE) return undefined;
      return soc !== 0 || current !== 0 || remainingCapacity !== 0 ? WRONG : RIGHT;
    },
  },
  {
    keys: ['power', 'voltage', 'current'],
    excess({ power, voltage, current }) {
      if (power === undefined || voltage === undefined || current === undefined) return undefined;
      // Boards differ in whether their power has a sign.
      const product = Math.abs(voltage * current);
      return Math.abs(Math.abs(power) - product) / (POWER * product + POWER_W);
    },
  },
];

/**
 * What in a reading cannot all be true.
 * @param among only contradictions in which a key of this part of the reading takes part
 * @param known a reading that was believed: a contradiction that it has just as much is a way of this board, or of how
 *   its capacities are set, and none
 */
export function contradictions(
  reading: Readonly<Reading>,
  among: Readonly<Reading> = reading,
  known?: Readonly<Reading>,
): Contradiction[] {
  const found: Contradiction[] = [];
  for (const rule of RULES) {
    if (!rule.keys.some((key) => among[key] !== undefined)) continue;
    const excess = rule.excess(reading);
    if (excess === undefined || !(excess > 1)) continue;
    const usual = (known && rule.excess(known)) ?? 0;
    if (excess <= usual + MORE) continue;
    found.push(rule);
  }
  return found;
}

/** Ah of the pack when it is full; undefined when it does not tell, or 0. */
function fullOf({ fullCapacity, designCapacity }: Readonly<Reading>): number | undefined {
  const full = fullCapacity ?? designCapacity;
  return full === undefined || full <= 0 ? undefined : full;
}

function spreadOf(cells: readonly number[] = []): number {
  let min = Infinity;
  let max = -Infinity;
  for (const cell of cells) {
    if (cell < min) min = cell;
    if (cell > max) max = cell;
  }
  return max > min ? max - min : 0;
}

function apart(
  extreme: number | undefined,
  cells: readonly number[] = [],
  of: (...values: number[]) => number,
): number {
  return extreme === undefined || cells.length === 0 ? 0 : Math.abs(extreme - of(...cells));
}
