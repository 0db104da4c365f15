import type { Reading } from '../reading';
import { present, sum } from './numbers';

/** What a combinator takes and gives: a pack, or packs that were combined already. Its values are not rounded. */
export interface Unit {
  /** of the pack or the group */
  readonly name: string;
  /** names of the packs in it */
  readonly packs: readonly string[];
  readonly values: Readonly<Reading>;
  /** cells in series */
  readonly seriesCells?: number;
  /** by which means are weighted, Ah */
  readonly capacity?: number;
  /** capacity of all that is connected, whether it can be discharged or not: the measure of currents, Ah */
  readonly size?: number;
  /** false: lost, and only its charge and its limits count (bank.md 3) */
  readonly isLive: boolean;
}

/** Units in the order of the settings, by what they give. */
export interface Units {
  readonly live: readonly Unit[];
  /** live and held ones: what holds charge */
  readonly charged: readonly Unit[];
}

export function unitsOf(charged: readonly Unit[]): Units {
  return { live: charged.filter(({ isLive }) => isLive), charged };
}

/** Capacity of units, Ah; undefined where one is not known. */
export function totalSize(units: readonly Unit[]): number | undefined {
  const sizes = present(units.map(({ size }) => size));
  return sizes.length === 0 || sizes.length < units.length ? undefined : sum(sizes);
}
