import type { Reading, TextKey } from '../reading';
import { greatest, least, mean, present, whole } from './numbers';

/** A value by the readings of all packs that give values. */
type Rule<V> = (values: readonly Readonly<Reading>[]) => V | undefined;

type Rules = { readonly [K in keyof Reading]?: Rule<NonNullable<Reading[K]>> };

type AnyKey = 'cycles' | 'mosTemperature' | 'balancerTemperature' | 'ambientTemperature' | 'timeSinceCharge';
type FlagKey = 'balancing' | 'balancingSwitch' | 'heating' | 'heatingSwitch' | 'chargerConnected' | 'loadConnected';

const overAny =
  (key: AnyKey, statistic: (numbers: readonly number[]) => number | undefined): Rule<number> =>
  (values) =>
    statistic(present(values.map((each) => each[key])));

/** True where it is of one. */
const ofOne =
  (key: FlagKey): Rule<boolean> =>
  (values) => {
    const known = present(values.map((each) => each[key]));
    return known.length === 0 ? undefined : known.includes(true);
  };

/** The text that all have. */
const commonText =
  (key: TextKey): Rule<string> =>
  (values) => {
    const texts = whole(values.map((each) => each[key]));
    return texts?.every((text) => text === texts[0]) === true ? texts[0] : undefined;
  };

/** The rules of bank.md 2 that are the same for packs in parallel and in series. */
const RULES: Rules = {
  cycles: overAny('cycles', greatest),
  mosTemperature: overAny('mosTemperature', greatest),
  balancerTemperature: overAny('balancerTemperature', greatest),
  ambientTemperature: overAny('ambientTemperature', mean),
  timeSinceCharge: overAny('timeSinceCharge', least),
  balancing: ofOne('balancing'),
  balancingSwitch: ofOne('balancingSwitch'),
  heating: ofOne('heating'),
  heatingSwitch: ofOne('heatingSwitch'),
  chargerConnected: ofOne('chargerConnected'),
  loadConnected: ofOne('loadConnected'),
  errorCounts: (values) => countsOf(present(values.map(({ errorCounts }) => errorCounts))),
  manufacturer: commonText('manufacturer'),
  model: commonText('model'),
  hardwareVersion: commonText('hardwareVersion'),
  softwareVersion: commonText('softwareVersion'),
  // Dates as YYYY-MM-DD sort by time.
  manufactureDate: (values) => present(values.map(({ manufactureDate }) => manufactureDate)).sort()[0],
};

function countsOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> | undefined {
  if (all.length === 0) return undefined;
  const total = new Map<string, number>();
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) total.set(name, (total.get(name) ?? 0) + count);
  return Object.fromEntries(total);
}

/** What follows from the readings of packs whatever their connection. */
export function commonOf(values: readonly Readonly<Reading>[]): Reading {
  const found = Object.entries(RULES).map(([key, rule]) => [key, rule(values)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}
