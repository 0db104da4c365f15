import type { Reading } from './reading';

/*
 * Finds values of one reading that cannot all be true. A checksum that only adds up bytes detects neither swapped bytes nor
 * errors that cancel each other; the rest of the reading often contradicts such a response.
 */

export type ReadingKey = keyof Reading;

/** The values that can contradict each other. */
export type Evidence = Pick<
  Reading,
  | 'voltage'
  | 'current'
  | 'power'
  | 'soc'
  | 'remainingCapacity'
  | 'fullCapacity'
  | 'designCapacity'
  | 'cellCount'
  | 'cellVoltages'
  | 'cellVoltageMin'
  | 'cellVoltageMax'
  | 'minCell'
  | 'maxCell'
  | 'balancingCells'
>;

/** A way in which values of one reading contradict each other. */
interface Rule {
  readonly keys: readonly (keyof Evidence)[];
  /** Their difference as a multiple of the tolerance: above 1 they contradict each other; undefined when one is missing. */
  excess(evidence: Evidence): number | undefined;
}

/** Values that contradict each other. */
export interface Contradiction {
  readonly keys: readonly ReadingKey[];
}

/** Tolerance as a share of the voltage, and in V at least: cells and pack are measured in turn, and rounded. */
const SUM_OF_CELLS = 0.03;
const SUM_OF_CELLS_V = 0.1;
/** V between the highest and the lowest cell */
const SPREAD = 0.5;
/** remaining over full capacity: a pack may have learned its full capacity too low */
const OVERFULL = 1.2;
/** percentage points between the state of charge and the ratio of the capacities */
const SOC_POINTS = 3;
/** V between a reported extreme and that of the reported cell voltages */
const EXTREME = 0.1;
/** V: below this no battery can power its board */
const NO_VOLTAGE = 0.5;
/** tolerance as a share of the power, plus W */
const POWER = 0.2;
const POWER_W = 50;

/** Hysteresis, as a multiple of the tolerance: values near the limit are not doubted again and again. */
const MORE = 0.5;

/** Whole numbers that differ are beyond any tolerance. */
const WRONG = 2;
const RIGHT = 0;

const RULES: readonly Rule[] = [
  {
    keys: ['voltage', 'cellVoltages'],
    excess({ voltage, cellVoltages }) {
      if (voltage === undefined || cellVoltages === undefined || cellVoltages.length === 0) return undefined;
      let sum = 0;
      for (const cell of cellVoltages) sum += cell;
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
      let highest = Math.max(minCell, maxCell);
      for (const cell of balancingCells) highest = Math.max(highest, cell);
      return WRONG * Math.max(0, highest - count);
    },
  },
  {
    keys: ['cellVoltages'],
    excess: ({ cellVoltages }) => apart(highestOf(cellVoltages), lowestOf(cellVoltages)) / SPREAD,
  },
  {
    keys: ['cellVoltageMax', 'cellVoltages'],
    excess: ({ cellVoltageMax, cellVoltages }) => apart(cellVoltageMax, highestOf(cellVoltages)) / EXTREME,
  },
  {
    keys: ['cellVoltageMin', 'cellVoltages'],
    excess: ({ cellVoltageMin, cellVoltages }) => apart(cellVoltageMin, lowestOf(cellVoltages)) / EXTREME,
  },
  {
    keys: ['remainingCapacity', 'fullCapacity', 'designCapacity'],
    excess(evidence) {
      const full = fullOf(evidence);
      if (full === undefined || evidence.remainingCapacity === undefined) return undefined;
      return evidence.remainingCapacity / (OVERFULL * full);
    },
  },
  {
    keys: ['soc', 'remainingCapacity', 'fullCapacity', 'designCapacity'],
    excess(evidence) {
      const full = fullOf(evidence);
      const { soc, remainingCapacity } = evidence;
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
 * The contradictions within a response, or between it and the rest of the reading.
 * @param beside the rest of the reading; where both have a value, that of the response counts
 * @param known an accepted reading: a contradiction that it also has is a property of this board, or of its configured
 *   capacities, and is not reported
 */
export function contradictions(answer: Readonly<Reading>, beside: Evidence = {}, known?: Evidence): Contradiction[] {
  const found: Contradiction[] = [];
  const evidence = evidenceOf(answer, beside);
  for (const rule of RULES) {
    const excess = concerns(rule, answer) ? rule.excess(evidence) : undefined;
    if (excess === undefined || !(excess > 1)) continue;
    const usual = (known && rule.excess(known)) ?? 0;
    if (excess <= usual + MORE) continue;
    found.push(rule);
  }
  return found;
}

/**
 * The values that can contradict each other, of a response and of the rest of the reading: far less than a copy of both, and
 * always of one shape.
 * @param beside the rest of the reading; where both have a value, that of the response counts
 */
export function evidenceOf(answer: Readonly<Reading>, beside: Evidence = {}): Evidence {
  return {
    voltage: answer.voltage ?? beside.voltage,
    current: answer.current ?? beside.current,
    power: answer.power ?? beside.power,
    soc: answer.soc ?? beside.soc,
    remainingCapacity: answer.remainingCapacity ?? beside.remainingCapacity,
    fullCapacity: answer.fullCapacity ?? beside.fullCapacity,
    designCapacity: answer.designCapacity ?? beside.designCapacity,
    cellCount: answer.cellCount ?? beside.cellCount,
    cellVoltages: answer.cellVoltages ?? beside.cellVoltages,
    cellVoltageMin: answer.cellVoltageMin ?? beside.cellVoltageMin,
    cellVoltageMax: answer.cellVoltageMax ?? beside.cellVoltageMax,
    minCell: answer.minCell ?? beside.minCell,
    maxCell: answer.maxCell ?? beside.maxCell,
    balancingCells: answer.balancingCells ?? beside.balancingCells,
  };
}

function concerns({ keys }: Rule, answer: Readonly<Reading>): boolean {
  for (const key of keys) if (answer[key] !== undefined) return true;
  return false;
}

/** Full capacity, Ah; undefined where it is not reported, or 0. */
function fullOf({ fullCapacity, designCapacity }: Evidence): number | undefined {
  const full = fullCapacity ?? designCapacity;
  return full === undefined || full <= 0 ? undefined : full;
}

function highestOf(cells: readonly number[] = []): number | undefined {
  let highest = cells[0];
  for (const cell of cells) if (highest === undefined || cell > highest) highest = cell;
  return highest;
}

function lowestOf(cells: readonly number[] = []): number | undefined {
  let lowest = cells[0];
  for (const cell of cells) if (lowest === undefined || cell < lowest) lowest = cell;
  return lowest;
}

/** V between two voltages; 0 when one is missing. */
function apart(one: number | undefined, other: number | undefined): number {
  return one === undefined || other === undefined ? 0 : Math.abs(one - other);
}
