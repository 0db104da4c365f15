import type { OrderingRule } from './ordering-rule';
import { safetyOf } from './safety';
import { SETTINGS, type SettingKey, type SettingValue, type SettingValues } from './vocabulary';

/*
 * In which order settings are written, so that what must hold between them holds at every moment (settings-vocabulary.md 2.2).
 */

/** A setting that changes. */
export interface SettingChange {
  readonly key: SettingKey;
  /** what goes out in one write: changes with the same one change at the same moment */
  readonly register: string;
  /** undefined where the board does not say */
  readonly from: SettingValue | undefined;
  readonly to: SettingValue;
}

/** A rule that does not hold, with the two values. */
export interface BrokenRule {
  readonly rule: OrderingRule;
  readonly upper: number;
  readonly lower: number;
}

export interface WriteOrder {
  /** one list for each register, in the order in which they are written; undefined: no order keeps the rules */
  readonly writes: readonly (readonly SettingChange[])[] | undefined;
  /** rules that would not hold in the end, of settings that change: such a set is refused */
  readonly broken: readonly BrokenRule[];
  /** rules that do not hold on the board now, of settings that stay as they are: shown, not enforced */
  readonly alreadyBroken: readonly BrokenRule[];
}

/**
 * The order of some changes. It exists wherever each register holds one setting, and the rules hold before and after: settings
 * that rise are written from the top of their chain down, settings that fall from the bottom up.
 * @param present what the board holds, in the numbers that it can hold; so are `from` and `to` of the changes
 * @param rules without a circle
 */
export function orderOfWrites(
  changes: readonly SettingChange[],
  present: SettingValues,
  rules: readonly OrderingRule[],
): WriteOrder {
  const byKey = new Map(changes.map((change) => [change.key, change]));
  const unmet = rules.flatMap((rule) => brokenRule(rule, byKey, present));
  const isTouched = ({ rule }: BrokenRule): boolean => byKey.has(rule.upper) || byKey.has(rule.lower);
  return {
    writes: sorted(groupsOf(changes), byKey, rules),
    broken: unmet.filter(isTouched),
    alreadyBroken: unmet.filter((each) => !isTouched(each)),
  };
}

type ChangeOfKey = ReadonlyMap<SettingKey, SettingChange>;

/** The rule, if it does not hold once the changes are made. Where one of its sides is no number, nothing has to hold. */
function brokenRule(rule: OrderingRule, changes: ChangeOfKey, present: SettingValues): BrokenRule[] {
  const [upper, lower] = [rule.upper, rule.lower].map((key) => {
    const change = changes.get(key);
    return change === undefined ? present[key] : change.to;
  });
  return typeof upper !== 'number' || typeof lower !== 'number' || holds(rule, upper, lower)
    ? []
    : [{ rule, upper, lower }];
}

/** Whether a rule holds between two values; between what are no numbers, always. */
export function holds(rule: OrderingRule, upper: SettingValue | undefined, lower: SettingValue | undefined): boolean {
  if (typeof upper !== 'number' || typeof lower !== 'number') return true;
  return upper > lower || (rule.orEqual && upper === lower);
}

/** Changes of one register. */
type Group = SettingChange[];

function groupsOf(changes: readonly SettingChange[]): Group[] {
  const groups = new Map<string, Group>();
  for (const change of changes) {
    const group = groups.get(change.register);
    if (group === undefined) groups.set(change.register, [change]);
    else group.push(change);
  }
  return [...groups.values()];
}

/** Topological sort; of those that may be next, the one that `byPreference` puts first. */
function sorted(groups: readonly Group[], changes: ChangeOfKey, rules: readonly OrderingRule[]): Group[] | undefined {
  const earlier = earlierGroups(groups, changes, rules);
  const waiting = new Set([...groups].sort(byPreference));
  const order: Group[] = [];
  while (waiting.size > 0) {
    const next = [...waiting].find((group) => [...(earlier.get(group) ?? [])].every((other) => !waiting.has(other)));
    if (next === undefined) return undefined;
    waiting.delete(next);
    order.push(next);
  }
  return order;
}

/** For each group those that must be written before it. */
function earlierGroups(
  groups: readonly Group[],
  changes: ChangeOfKey,
  rules: readonly OrderingRule[],
): Map<Group, Set<Group>> {
  const groupOf = new Map(groups.flatMap((group) => group.map(({ key }) => [key, group] as const)));
  const earlier = new Map(groups.map((group) => [group, new Set<Group>()]));
  for (const rule of rules) {
    const [upper, lower] = [changes.get(rule.upper), changes.get(rule.lower)];
    const first = upper && lower && firstOf(rule, upper, lower);
    if (first === undefined) continue;
    const [before, after] = [groupOf.get(first.key), groupOf.get((first === upper ? lower : upper)?.key ?? first.key)];
    if (before !== undefined && after !== undefined && before !== after) earlier.get(after)?.add(before);
  }
  return earlier;
}

/**
 * Which of the two sides of a rule must be written first; undefined where either may. A pair that the board holds the wrong
 * way round cannot be put right by the first write: it goes by the direction alone.
 */
function firstOf(rule: OrderingRule, upper: SettingChange, lower: SettingChange): SettingChange | undefined {
  if (!holds(rule, upper.from, lower.from)) {
    if (isRaised(upper) && isRaised(lower)) return upper;
    return !isRaised(upper) && !isRaised(lower) ? lower : undefined;
  }
  if (!holds(rule, upper.from, lower.to)) return upper;
  return holds(rule, upper.to, lower.from) ? undefined : lower;
}

function isRaised({ from, to }: SettingChange): boolean {
  return Number(to) > Number(from);
}

const PLACES = new Map([...SETTINGS.keys()].map((key, place) => [key, place]));

/** What makes the pack safer first, what makes it less safe last; otherwise as settings are listed. */
function byPreference(one: Group, other: Group): number {
  return safetyOfGroup(other) - safetyOfGroup(one) || placeOf(one) - placeOf(other);
}

function safetyOfGroup(group: Group): number {
  return Math.min(...group.map(({ key, from, to }) => safetyOf(key, from, to)));
}

function placeOf(group: Group): number {
  return Math.min(...group.map(({ key }) => PLACES.get(key) ?? Infinity));
}
