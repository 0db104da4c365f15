import { capacityOf, isConnected, type Member } from './member';
import { middle, present, sum, whole } from './numbers';
import { viewsOf } from './pack-memory';
import type { PackView } from './pack-view';
import { layoutOf, type BankSettings } from './settings';
import { plainCopy, type BankState } from './state';
import { allowedDifference, AT_REST, restOf, type VoltageDelta } from './voltage-difference';

/** What is switched in at once, a pack or a string of packs in series, and how it stands to the bus (bank.md 5). */
export interface SwitchCandidate {
  /** of the pack, or of the string */
  readonly name: string;
  readonly packs: readonly string[];
  readonly delta: VoltageDelta;
  /** whether something beside it may be connected: else there is no voltage to compare with */
  readonly hasBus: boolean;
  /** whether it carries current already */
  readonly isCarrying: boolean;
  /** A, as last seen; of a string that of its first pack */
  readonly current: number | undefined;
  /** Ah */
  readonly capacity: number | undefined;
}

interface SwitchUnit extends Omit<SwitchCandidate, 'delta' | 'hasBus'> {
  /** name of the parallel connection that it belongs to; undefined: it is alone */
  readonly node: string | undefined;
  readonly views: readonly PackView[];
  /** V without load */
  readonly rest: number | undefined;
  readonly cells: number | undefined;
  /** whether current can flow through it in any direction, as last seen, and in both */
  readonly isConnected: boolean;
  readonly isFullyConnected: boolean;
}

/**
 * What can be switched in, the nearest to the bus first, unknown ones last. While nothing is connected, nearest to the middle
 * of all: the first one is the bus of the others then.
 * @param state after the last step
 * @param switchedOn names of packs that were just switched on, whatever their readings say
 */
export function switchCandidates(
  settings: BankSettings,
  members: readonly Member[],
  state: BankState,
  switchedOn: ReadonlySet<string> = new Set(),
): SwitchCandidate[] {
  const views = viewsOf(settings, members, plainCopy(state));
  const units = unitsOf(settings, views).map((packs) => unitOf(settings, packs, state, switchedOn));
  return units
    .map((unit) => {
      const beside = units.filter((other) => other !== unit && other.node !== undefined && other.node === unit.node);
      const connected = beside.filter((other) => other.isConnected);
      const hasBus = connected.length > 0;
      const bus = hasBus ? busOf(connected) : middle(present([unit, ...beside].map(({ rest }) => rest)));
      const difference = unit.rest === undefined || bus === undefined ? undefined : unit.rest - bus;
      // Packs in parallel have the same number of cells, so that those of another one will do.
      const cells = present([unit, ...beside].map((each) => each.cells)).slice(0, 1);
      const delta = { difference, allowed: allowedDifference(settings, cells) };
      const { name, packs, isCarrying, current, capacity } = unit;
      return { name, packs, delta, hasBus, isCarrying, current, capacity };
    })
    .sort((a, b) => distance(a) - distance(b));
}

const distance = ({ delta }: SwitchCandidate): number => Math.abs(delta.difference ?? Number.MAX_VALUE);

/** What conducts in one direction only may be held apart from the bus by its other MOSFET. */
function busOf(connected: readonly SwitchUnit[]): number | undefined {
  const full = connected.filter(({ isFullyConnected }) => isFullyConnected);
  return middle(present((full.length > 0 ? full : connected).map(({ rest }) => rest)));
}

function unitsOf(settings: BankSettings, views: readonly PackView[]): PackView[][] {
  if (settings.topology === 'parallel' || settings.topology === 'stages') return views.map((view) => [view]);
  if (settings.topology === 'series') return [[...views]];
  return layoutOf(settings).groups.map(({ name }) => views.filter(({ group }) => group === name));
}

function unitOf(
  settings: BankSettings,
  views: readonly PackView[],
  state: BankState,
  switchedOn: ReadonlySet<string>,
): SwitchUnit {
  const packs = views.map(({ pack }) => pack.name);
  const group = views[0]?.group ?? '';
  const values = views.map(({ reading, memory }) => reading ?? memory.held ?? {});
  const sizes = views.map(({ pack }, i) => capacityOf(values[i] ?? {}, pack));
  const rests = whole(views.map(({ memory }) => restOf(memory, state)));
  const cells = whole(views.map(({ memory }, i) => values[i]?.cellCount ?? memory.cells));
  return {
    name: settings.topology === 'strings' ? group : (packs[0] ?? ''),
    packs,
    views,
    node: { parallel: '', strings: '', stages: group, series: undefined }[settings.topology],
    rest: rests === undefined ? undefined : sum(rests),
    cells: cells === undefined ? undefined : sum(cells),
    isConnected: values.every((each, i) => isConnected(each) || switchedOn.has(packs[i] ?? '')),
    isFullyConnected: values.every((each) => each.chargeEnabled !== false && each.dischargeEnabled !== false),
    isCarrying: values.some(({ current = 0 }, i) => Math.abs(current) > AT_REST * (sizes[i] ?? Infinity)),
    current: values[0]?.current,
    capacity: sizes[0],
  };
}
