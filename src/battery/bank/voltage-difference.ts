import { freshFor } from '../fresh-for';
import { capacityOf, isConnected } from './member';
import { middle, present, whole } from './numbers';
import type { PackView } from './pack-view';
import type { BankSettings } from './settings';
import { entryOf, setEntry, type BankState, type PackMemory, type RestVoltage } from './state';

/** Current by capacity below which a voltage counts as one without load (bank.md 5). */
export const AT_REST = 0.01;
/** How long such a voltage is good for, ms. */
const REST_VALID_MS = 300_000;

/** Own voltage less that of the bus, V, and by how much they may differ, V; undefined while it is not known. */
export interface VoltageDelta {
  readonly difference: number | undefined;
  readonly allowed: number | undefined;
}

/** Differences of decimals leave traces far behind the point. */
const TRACE = 1e-9;

/** Whether voltages are so close that a pack may be connected; false while one is not known. */
export function isWithin({ difference, allowed }: VoltageDelta): boolean {
  return difference !== undefined && allowed !== undefined && Math.abs(difference) <= allowed + TRACE;
}

function isAtRest({ reading, pack }: PackView): boolean {
  const { current } = reading ?? {};
  const capacity = capacityOf(reading ?? {}, pack);
  return current !== undefined && capacity !== undefined && Math.abs(current) < AT_REST * capacity;
}

/** Keeps the last voltage without load of each pack whose reading is fresh. */
export function noteOwnRest(views: readonly PackView[], state: BankState): void {
  for (const view of views) {
    const { voltage } = view.reading ?? {};
    if (voltage === undefined || view.member.age > freshFor(view.member.pollInterval ?? 0) || !isAtRest(view)) continue;
    view.memory.rest = { voltage, at: state.clock };
  }
}

/** Keeps the last voltage without load of what is connected in parallel. @param node name of the stage, or '' */
export function noteBusRest(live: readonly PackView[], node: string, state: BankState): void {
  const connected = live.filter(({ reading }) => isConnected(reading ?? {}));
  const voltage = middle(present(connected.map(({ reading }) => reading?.voltage)));
  if (voltage !== undefined && connected.every(isAtRest)) setEntry(state.buses, node, { voltage, at: state.clock });
}

function valid(rest: RestVoltage | undefined, { clock }: BankState): number | undefined {
  return rest !== undefined && clock - rest.at <= REST_VALID_MS ? rest.voltage : undefined;
}

/** The last voltage of a pack without load, V, while it is good for anything. */
export function restOf({ rest }: PackMemory, state: BankState): number | undefined {
  return valid(rest, state);
}

/** How far a pack is from the bus of its parallel connection. @param beside live packs of the same connection */
export function packDelta(
  settings: BankSettings,
  view: PackView,
  beside: readonly PackView[],
  state: BankState,
): VoltageDelta {
  const own = valid(view.memory.rest, state);
  const bus = valid(entryOf(state.buses, settings.topology === 'stages' ? view.group : ''), state);
  // Packs in parallel have the same number of cells, so that those of another one will do.
  const counts = present([view, ...beside].map(({ reading, memory }) => reading?.cellCount ?? memory.cells));
  return {
    difference: own === undefined || bus === undefined ? undefined : own - bus,
    allowed: allowedDifference(settings, counts.slice(0, 1)),
  };
}

/** By how much voltages in parallel may differ, V. @param counts cells in series of each */
export function allowedDifference(
  { connectDifference }: BankSettings,
  counts: readonly (number | undefined)[],
): number | undefined {
  const known = whole(counts);
  return known === undefined ? undefined : connectDifference * Math.min(...known);
}
