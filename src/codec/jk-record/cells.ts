import type { Reading } from '../../battery/reading';

/** V; no cell has more: what says so was damaged in a way that a sum of eight bits does not show. */
export const CELL_MAX = 5.5;

/** What cannot be true of these cells, for a message; undefined when they can be. @param cells V */
export function wrongCell(cells: readonly number[]): string | undefined {
  // NaN is wrong too.
  const wrong = cells.findIndex((voltage) => !(voltage <= CELL_MAX));
  return wrong < 0 ? undefined : `${cells[wrong]} V at cell ${wrong + 1}`;
}

const BALANCER = { off: 0, charging: 1, discharging: 2 };

/** The byte that says what the balancer does: it has the direction too, which shows in the sign of its current. */
export function decodeBalancing(data: Buffer, at: number): boolean {
  return data.readUInt8(at) !== BALANCER.off;
}

export function encodeBalancing({ balancing = false, balanceCurrent = 0 }: Reading, data: Buffer, at: number): void {
  const direction = balanceCurrent < 0 ? BALANCER.discharging : BALANCER.charging;
  data.writeUInt8(balancing ? direction : BALANCER.off, at);
}
