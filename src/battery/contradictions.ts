import type { Reading } from './reading';

/*
 * Values of one reading that cannot all be true. Checksums that only add bytes up do not see bytes that have changed
 * places, nor errors that cancel each other; what such an answer says, the rest of the reading often denies.
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
  /** How far they are apart, in what may be: beyond 1 they contradict each other; undefined when one is missing. */
  excess(evidence: Evidence): number | undefined;
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
 * What in an answer cannot all be true, in itself or beside what else was told.
 * @param beside the rest of the reading; of what the answer tells itself, the answer counts
 * @param known a reading that was believed: a contradiction that it has just as much is a way of this board, or of how
 *   its capacities are set, and none
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
 * What of an answer, and beside it, can contradict each other: far less than a copy of both, and always of one shape.
 * @param beside of what the answer tells itself, the answer counts
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

/** Ah of the pack when it is full; undefined when it does not tell, or 0. */
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

/** V between two voltages; 0 when one of them is not told. */
function apart(one: number | undefined, other: number | undefined): number {
  return one === undefined || other === undefined ? 0 : Math.abs(one - other);
}
