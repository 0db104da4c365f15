import type { Reading } from '../../battery/reading';
import type { EmulatedBoard } from '../untyped';

/*
 * The balancer of a board, for the simulator. Left alone it works when the cells want it; told to, it works until it is
 * told to stop (ant.md 7, ant-legacy.md 5).
 */

/** What a board remembers: 1 once it was told to balance. */
const TOLD = 'toldToBalance';

/** The pack as the status of the board shows it. */
export function shownBalancing(pack: Reading, board: EmulatedBoard | undefined): Reading {
  if (board === undefined || !board.memory.has(TOLD) || !board.switches.balancing) return pack;
  return { ...pack, balancing: true };
}

/** To be called when it is told to balance. */
export function tellToBalance(board: EmulatedBoard): void {
  board.memory.set(TOLD, 1);
}
