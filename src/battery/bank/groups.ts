import { combine, type CombineOptions } from './combine';
import type { Direction } from './current-limit';
import { heldPart, isHeld, isLive, type PackView } from './pack-view';
import { capacityOf } from './member';
import { layoutOf, type BankGroup, type BankLayout, type BankSettings } from './settings';
import { shareOf } from './shares';
import type { BankState } from './state';
import type { Unit } from './unit';

/** Units side by side: what shares one current, and has one voltage. */
export interface ParallelNode {
  /** name of the stage; '' where all groups are in parallel */
  readonly name: string;
  /** live and held ones */
  readonly units: readonly Unit[];
}

/** A group as it stands. */
export interface GroupView {
  readonly group: BankGroup;
  /** its packs */
  readonly views: readonly PackView[];
  /** undefined: it neither counts nor is held */
  readonly unit: Unit | undefined;
  /** live and held packs in it */
  readonly members: readonly Unit[];
  readonly isLive: boolean;
}

/** A bank as it stands: its groups, and what they make. */
export interface BankView {
  readonly layout: BankLayout;
  readonly groups: readonly GroupView[];
  /** whether its quorum is reached (bank.md 3) */
  readonly isLive: boolean;
  /** not rounded; undefined while it is lost */
  readonly unit: Unit | undefined;
  readonly parallel: readonly ParallelNode[];
  /** strings in which packs carry one current */
  readonly series: readonly (readonly Unit[])[];
}

/** Least number of live ones of so many. */
export function quorumOf({ quorum }: BankSettings, count: number): number {
  return Math.max(1, Math.min(count, quorum ?? Math.ceil(count / 2)));
}

/** Combines packs to groups and groups to the bank. @param views of the packs, by name */
export function assemble(settings: BankSettings, views: ReadonlyMap<string, PackView>, state: BankState): BankView {
  const layout = layoutOf(settings);
  const groups = layout.groups.map((group) => viewOf(settings, layout, group, views, state));
  const units = groups.flatMap(({ unit }) => (unit === undefined ? [] : [unit]));
  const liveGroups = groups.filter(({ isLive: isGroupLive }) => isGroupLive).length;
  const needed = layout.outer === 'series' ? groups.length : quorumOf(settings, groups.length);
  const isBankLive = groups.length > 0 && liveGroups >= needed;
  const parallel =
    layout.outer === 'parallel'
      ? [{ name: '', units }]
      : groups.map(({ group, members }) => ({ name: group.name, units: members }));
  const strings = settings.topology === 'series' ? [units] : groups.map(({ members }) => members);
  return {
    layout,
    groups,
    isLive: isBankLive,
    unit: isBankLive ? combine(layout.outer, settings.name, units, true, optionsOf(settings, state, '')) : undefined,
    parallel: settings.topology === 'series' ? [] : parallel,
    series: settings.topology === 'series' || settings.topology === 'strings' ? strings : [],
  };
}

function optionsOf(
  { socOf, currentRule, balanceAssist }: BankSettings,
  state: BankState,
  node: string,
): CombineOptions {
  return {
    socOf,
    currentRule,
    balanceAssist,
    shareOf: (unit: string, direction: Direction) => shareOf(state, node, unit, direction),
  };
}

function viewOf(
  settings: BankSettings,
  { inner }: BankLayout,
  group: BankGroup,
  all: ReadonlyMap<string, PackView>,
  state: BankState,
): GroupView {
  const views = group.packs.flatMap(({ name }) => all.get(name) ?? []);
  const members = views.flatMap((view) => unitOf(settings, view, state) ?? []);
  const live = members.filter((unit) => unit.isLive).length;
  const needed = settings.topology === 'stages' ? quorumOf(settings, group.packs.length) : group.packs.length;
  const isGroupLive = live >= needed;
  const [only] = members;
  if (settings.topology === 'parallel' || settings.topology === 'series')
    return { group, views, members, unit: only, isLive: isGroupLive };
  const isWhole = members.length === group.packs.length;
  if (!isGroupLive && !isWhole) return { group, views, members, unit: undefined, isLive: false };
  const unit = combine(inner, group.name, members, isGroupLive, optionsOf(settings, state, group.name));
  const held = isGroupLive ? unit : { ...unit, values: heldPart(unit.values), seriesCells: undefined };
  return { group, views, members, unit: held, isLive: isGroupLive };
}

/** A pack as a unit; undefined where it is neither live nor held. */
function unitOf(settings: BankSettings, view: PackView, state: BankState): Unit | undefined {
  const { pack, reading, memory } = view;
  const name = { name: pack.name, packs: [pack.name] };
  if (isLive(memory) && reading !== undefined) {
    const capacity = capacityOf(reading, pack);
    return { ...name, values: reading, seriesCells: reading.cellCount, capacity, size: capacity, isLive: true };
  }
  if (!isHeld(view, settings, state) || memory.held === undefined) return undefined;
  const capacity = capacityOf(memory.held, pack);
  return { ...name, values: memory.held, capacity, size: capacity, isLive: false };
}
