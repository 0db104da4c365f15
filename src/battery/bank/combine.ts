import type { NumberKey, Reading } from '../reading';
import { combinedLimit, type LimitOptions } from './current-limit';
import { isConnected } from './member';
import { greatest, least, mean, middle, present, sum, weightsOf, whole } from './numbers';
import type { Combinator } from './settings';
import { totalSize, unitsOf, type Unit, type Units } from './unit';

/** What the rules need besides the units. */
export interface CombineOptions extends LimitOptions {
  readonly socOf: 'available' | 'all';
}

/** A value of the combination. @param soFar values by rules that stand before this one */
type Rule<V> = (units: Units, soFar: Readonly<Reading>, options: CombineOptions) => V | undefined;

type Rules = { readonly [K in keyof Reading]?: Readonly<Record<Combinator, Rule<NonNullable<Reading[K]>>>> };

const valuesOf = (units: readonly Unit[], key: NumberKey): (number | undefined)[] =>
  units.map(({ values }) => values[key]);
const any = (units: readonly Unit[], key: NumberKey): number[] => present(valuesOf(units, key));
const all = (units: readonly Unit[], key: NumberKey): number[] | undefined => whole(valuesOf(units, key));

type Statistic = (values: readonly number[]) => number | undefined;

/** A rule over the values of one key: of those that have it, or only where all have it. */
const overAny =
  (key: NumberKey, statistic: Statistic): Rule<number> =>
  ({ live }) =>
    statistic(any(live, key));
const overAll =
  (key: NumberKey, statistic: Statistic, of: keyof Units = 'live'): Rule<number> =>
  (units) =>
    mapped(all(units[of], key), statistic);

function mapped<T, R>(value: T | undefined, how: (value: T) => R | undefined): R | undefined {
  return value === undefined ? undefined : how(value);
}

/** Those that can be discharged, where there are any (bank.md 2, `socOf`). */
function deliverable({ charged }: Units, { socOf }: CombineOptions): readonly Unit[] {
  if (socOf === 'all') return charged;
  const available = charged.filter(({ values }) => values.dischargeEnabled !== false);
  return available.length === 0 ? charged : available;
}

const overDeliverable =
  (key: NumberKey): Rule<number> =>
  (units, _soFar, options) =>
    mapped(all(deliverable(units, options), key), sum);

/** What is in a unit, Ah: as it says, else by its state of charge. */
function remainingOf({ values, capacity }: Unit): number | undefined {
  const { remainingCapacity, soc } = values;
  if (remainingCapacity !== undefined) return remainingCapacity;
  return soc === undefined || capacity === undefined ? undefined : (soc * capacity) / 100;
}

/** Ah: below the resolution of any board a string holds nothing, and has no state of charge. */
const LEAST_CAPACITY = 5e-4;

/** A string is empty when its emptiest member is, and full when the one that lacks least is. */
function seriesCharge({ charged }: Units): { remaining: number; full: number } | undefined {
  const remaining = whole(charged.map(remainingOf));
  const lacking = whole(charged.map((unit) => mapped(unit.capacity, (c) => c - (remainingOf(unit) ?? c))));
  if (remaining === undefined || lacking === undefined) return undefined;
  const full = Math.min(...remaining) + Math.min(...lacking);
  return full >= LEAST_CAPACITY ? { remaining: Math.min(...remaining), full } : undefined;
}

const asPercentage = (soc: number): number => Math.min(100, Math.max(0, soc));

function parallelSoc(units: Units, _soFar: Readonly<Reading>, options: CombineOptions): number | undefined {
  const members = deliverable(units, options);
  return mapped(weightedMean(members, 'soc'), asPercentage);
}

function weightedMean(members: readonly Unit[], key: NumberKey): number | undefined {
  const values = all(members, key);
  const weights = weightsOf(members.map(({ capacity }) => capacity));
  if (values === undefined || weights === undefined) return undefined;
  return sum(values.map((value, i) => value * (weights[i] ?? 0)));
}

function seriesSoc(units: Units): number | undefined {
  const { charged } = units;
  if (charged.every(({ capacity }) => capacity === undefined)) return mapped(all(charged, 'soc'), least);
  return mapped(seriesCharge(units), ({ remaining, full }) => asPercentage((100 * remaining) / full));
}

/** By the own power of all (bank.md 2), else by that of the combination. */
function power({ live }: Units, { voltage, current }: Readonly<Reading>): number | undefined {
  const own = all(live, 'power');
  if (own !== undefined) return sum(own);
  return voltage === undefined || current === undefined ? undefined : voltage * current;
}

type SwitchKey = 'chargeEnabled' | 'dischargeEnabled' | 'chargeSwitch' | 'dischargeSwitch';

/** One closed path is enough side by side; one open path is enough in a row. */
function pathRules(key: SwitchKey): Readonly<Record<Combinator, Rule<boolean>>> {
  const decided =
    (decisive: boolean): Rule<boolean> =>
    ({ live }) => {
      const values = live.map(({ values: each }) => each[key]);
      if (values.includes(decisive)) return decisive;
      return whole(values) === undefined ? undefined : !decisive;
    };
  return { parallel: decided(true), series: decided(false) };
}

function parallelVoltage({ live }: Units): number | undefined {
  const connected = live.filter(({ values }) => isConnected(values));
  return middle(any(connected.length === 0 ? live : connected, 'voltage'));
}

const same = <V>(rule: Rule<V>): Readonly<Record<Combinator, Rule<V>>> => ({ parallel: rule, series: rule });

/** Units whose charging is not known to be off. */
const chargeable = (units: readonly Unit[]): Unit[] => units.filter(({ values }) => values.chargeEnabled !== false);

/** The rules of bank.md 2 that differ between P and S. A rule may use the values of those before it. */
const RULES: Rules = {
  voltage: { parallel: parallelVoltage, series: overAll('voltage', sum) },
  current: { parallel: overAll('current', sum), series: overAny('current', mean) },
  power: same(power),
  fullCapacity: {
    parallel: (units, _soFar, options) =>
      mapped(whole(deliverable(units, options).map(({ capacity }) => capacity)), sum),
    series: (units) => seriesCharge(units)?.full,
  },
  remainingCapacity: {
    parallel: overDeliverable('remainingCapacity'),
    series: ({ charged }) => mapped(whole(charged.map(remainingOf)), least),
  },
  designCapacity: {
    parallel: overAll('designCapacity', sum, 'charged'),
    series: overAll('designCapacity', least, 'charged'),
  },
  soc: { parallel: parallelSoc, series: seriesSoc },
  soh: { parallel: ({ live }) => weightedMean(live, 'soh'), series: overAll('soh', least) },
  remainingEnergy: {
    parallel: overDeliverable('remainingEnergy'),
    series: (_units, { remainingCapacity, voltage }) =>
      remainingCapacity === undefined || voltage === undefined ? undefined : remainingCapacity * voltage,
  },
  cycleCapacity: { parallel: overAll('cycleCapacity', sum), series: overAll('cycleCapacity', greatest) },
  chargedEnergy: { parallel: overAll('chargedEnergy', sum), series: overAll('chargedEnergy', sum) },
  dischargedEnergy: { parallel: overAll('dischargedEnergy', sum), series: overAll('dischargedEnergy', sum) },
  chargedCapacity: { parallel: overAll('chargedCapacity', sum), series: overAll('chargedCapacity', greatest) },
  dischargedCapacity: { parallel: overAll('dischargedCapacity', sum), series: overAll('dischargedCapacity', greatest) },
  chargeEnabled: pathRules('chargeEnabled'),
  dischargeEnabled: pathRules('dischargeEnabled'),
  chargeSwitch: pathRules('chargeSwitch'),
  dischargeSwitch: pathRules('dischargeSwitch'),
  chargeVoltageLimit: {
    parallel: ({ live }) => least(any(chargeable(live), 'chargeVoltageLimit')),
    series: overAll('chargeVoltageLimit', sum),
  },
  chargeCurrentLimit: {
    parallel: ({ charged }, _soFar, options) => combinedLimit('charge', charged, options),
    series: ({ charged }) => least(any(charged, 'chargeCurrentLimit')),
  },
  dischargeVoltageLimit: {
    parallel: overAny('dischargeVoltageLimit', greatest),
    series: overAll('dischargeVoltageLimit', sum),
  },
  dischargeCurrentLimit: {
    parallel: ({ charged }, _soFar, options) => combinedLimit('discharge', charged, options),
    series: ({ charged }) => least(any(charged, 'dischargeCurrentLimit')),
  },
};

/** Makes a value of a key, whatever its type. */
type AnyRule = (units: Units, soFar: Readonly<Reading>, options: CombineOptions) => unknown;

const IN_ORDER = Object.entries(RULES) as readonly (readonly [string, Readonly<Record<Combinator, AnyRule>>])[];

/**
 * Makes one unit of several.
 * @param name of the group
 * @param charged live and held ones, in the order of the settings
 * @param isLive whether what comes out counts as live
 */
export function combine(
  how: Combinator,
  name: string,
  charged: readonly Unit[],
  isLive: boolean,
  options: CombineOptions,
): Unit {
  const units = unitsOf(charged);
  const values: Record<string, unknown> = {};
  for (const [key, rules] of IN_ORDER) {
    const value = rules[how](units, values, options);
    if (value !== undefined) values[key] = value;
  }
  const cells = whole(units.live.map(({ seriesCells }) => seriesCells));
  const common = cells?.every((count) => count === cells[0]) === true ? cells[0] : undefined;
  const full = values['fullCapacity'] as number | undefined;
  return {
    name,
    packs: charged.flatMap(({ packs }) => packs),
    values,
    seriesCells: how === 'parallel' ? common : mapped(cells, sum),
    capacity: full,
    size: how === 'parallel' ? totalSize(units.live) : full,
    isLive,
  };
}
