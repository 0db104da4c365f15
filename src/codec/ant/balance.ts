import { alarm, type Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { bitsToNumbers, layout, number, type Layout } from '../kit/fields';

/** The word of an active balancer, which moves charge into one cell at a time (ant.md 5.4). */
interface Active extends Pick<Reading, 'balanceCurrent'> {
  /** 0: it works */
  fault?: number;
  /** number of the cell, 0 for none */
  cell?: number;
}

function active(divisor: number): Layout<Active> {
  return layout<Active>(
    [number(0, 'u8', 'fault'), number(1, 's8', 'balanceCurrent', { divisor }), number(3, 'u8', 'cell')],
    'little',
  );
}

/** By the type of the board, which stands before the word. */
const ACTIVE: ReadonlyMap<number, Layout<Active>> = new Map([
  [1, active(100)],
  [2, active(10)],
  [33, active(10)],
]);

/** Boards of this type have an active balancer only when their model segment names one (ant.md 5.4). */
const BY_MODEL = 33;
/** Registers of the model segment that stand for "double_balance", the one active model (ant.md 3). */
const FIRST_ACTIVE_MODEL = 512;
const LAST_ACTIVE_MODEL = 767;

/**
 * Decodes the balancing word: a bit per cell, or what an active balancer does.
 * @param at offset of the word
 * @param type of the board
 * @param model register of the model segment, if there is one
 * @param into completed in place; its `cellCount` bounds the cells
 * @param alarms a fault of an active balancer is added
 */
export function decodeBalance(
  data: Buffer,
  at: number,
  type: number,
  model: number | undefined,
  into: Reading,
  alarms: Alarm[],
): void {
  const count = into.cellCount ?? 0;
  const table = type === BY_MODEL && !isActiveModel(model) ? undefined : ACTIVE.get(type);
  if (table === undefined) {
    into.balancingCells = bitsToNumbers(data.readUInt32LE(at)).filter((cell) => cell <= count);
    return;
  }
  const word: Active = {};
  table.decode(data, word, at);
  const { fault = 0, cell = 0, balanceCurrent } = word;
  if (fault !== 0) alarms.push(alarm('balancer_fault', 'fault'));
  into.balanceCurrent = balanceCurrent;
  into.balancingCells = cell > 0 && cell <= count ? [cell] : [];
}

function isActiveModel(model = 0): boolean {
  return model >= FIRST_ACTIVE_MODEL && model <= LAST_ACTIVE_MODEL;
}
