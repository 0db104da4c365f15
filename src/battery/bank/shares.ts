import type { Direction } from './current-limit';
import type { ParallelNode } from './groups';
import { sum, weightsOf, whole } from './numbers';
import { entryOf, setEntry, type BankState } from './state';
import { totalSize } from './unit';

/** How long shares are smoothed, ms. */
const SMOOTHING_MS = 60_000;
/** After a pack has joined or left nothing is measured for so long, ms. */
const SETTLING_MS = 30_000;
/** Current by capacity below which the shares say nothing. */
const LEAST_CURRENT = 0.05;

/** The measured share of a unit in its parallel connection; undefined: never measured. */
export function shareOf(state: BankState, node: string, unit: string, direction: Direction): number | undefined {
  return entryOf(entryOf(state.shares, node)?.[direction], unit);
}

/** Total current of the live units of a node and their capacity; undefined where one is not known. */
export function loadOf({ units }: ParallelNode): { current: number; size: number; currents: number[] } | undefined {
  const live = units.filter(({ isLive }) => isLive);
  const currents = whole(live.map(({ values }) => values.current));
  const size = totalSize(live);
  return currents === undefined || size === undefined ? undefined : { current: sum(currents), size, currents };
}

/** Notes which packs count, as shares are measured only of a constellation that stays. */
export function noteLive(state: BankState, live: readonly string[]): void {
  if (live.length === state.live.length && live.every((name) => state.live.includes(name))) return;
  state.live = [...live];
  state.liveSince = state.clock;
}

/**
 * Measures how units in parallel share their current (bank.md 4). While a lost pack is held, the shares from before stand.
 * @returns whether units were measured that were not measured together before: limits by shares may then jump
 */
export function measureShares(state: BankState, nodes: readonly ParallelNode[]): boolean {
  let hasNew = false;
  for (const node of nodes) {
    const load = loadOf(node);
    if (load === undefined || !isMeasurable(state, node, load)) continue;
    const direction = load.current > 0 ? 'charge' : 'discharge';
    const members = node.units.map(({ name }) => name);
    const key = JSON.stringify([...members].sort());
    const known = entryOf(state.shares, node.name);
    const kept = known?.members === key ? known : { members: key };
    const before = kept[direction];
    hasNew ||= before === undefined;
    const weight = 1 - Math.exp(-Math.max(0, state.clock - (kept.at ?? state.clock)) / SMOOTHING_MS);
    const shares = members.map((name, i): [string, number] => {
      const now = (load.currents[i] ?? 0) / load.current;
      const last = entryOf(before, name);
      return [name, last === undefined ? now : last + (now - last) * weight];
    });
    setEntry(state.shares, node.name, { ...kept, at: state.clock, [direction]: Object.fromEntries(shares) });
  }
  return hasNew;
}

function isMeasurable(state: BankState, { units }: ParallelNode, load: { current: number; size: number }): boolean {
  if (units.some(({ isLive }) => !isLive) || load.current === 0) return false;
  return Math.abs(load.current) >= LEAST_CURRENT * load.size && state.clock - state.liveSince >= SETTLING_MS;
}

/** How the shares of live units compare with those by their capacity: 1 is fair. */
export function shareRatios(state: BankState, node: ParallelNode, direction: Direction): [string, number][] {
  const live = node.units.filter(({ isLive }) => isLive);
  const fair = weightsOf(live.map(({ capacity }) => capacity)) ?? [];
  return live.flatMap(({ name }, i): [string, number][] => {
    const share = shareOf(state, node.name, name, direction);
    const part = fair[i] ?? 0;
    return share === undefined || part <= 0 ? [] : [[name, share / part]];
  });
}
