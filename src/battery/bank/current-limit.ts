import { sum, weightsOf, whole } from './numbers';
import type { CurrentRule } from './settings';
import type { Unit } from './unit';

export type Direction = 'charge' | 'discharge';

export interface LimitOptions {
  readonly currentRule: CurrentRule;
  readonly balanceAssist: boolean;
  /** part of the current of all that a unit takes; undefined: never measured */
  readonly shareOf: (unit: string, direction: Direction) => number | undefined;
}

/** A share may turn out greater by this. */
const MEASURED_MARGIN = 1.1;
/** The same where it was never measured, by the fair one. */
const UNMEASURED_MARGIN = 1.25;
/** However little a unit takes now, it is taken for at least this part of the fair share. */
const LEAST_OF_FAIR = 0.5;

/** A unit whose path is not known to be off, with what is assumed of its current. */
interface Active {
  readonly unit: Unit;
  /** A */
  readonly limit: number;
  readonly fair: number;
  readonly measured: number | undefined;
}

/**
 * The current limit of units in parallel (bank.md 7), A.
 * @param charged live and held ones
 * @returns undefined where one that counts has none; 0 where the paths of all are off
 */
export function combinedLimit(
  direction: Direction,
  charged: readonly Unit[],
  options: LimitOptions,
): number | undefined {
  const limitOf = ({ values }: Unit): number | undefined =>
    direction === 'charge' ? values.chargeCurrentLimit : values.dischargeCurrentLimit;
  if (charged.every((unit) => limitOf(unit) === undefined)) return undefined;
  const active = charged.filter((unit) => isPathOpen(direction, unit));
  const limits = whole(active.map(limitOf));
  const fair = weightsOf(active.map(({ capacity }) => capacity));
  const stopsAll = direction === 'charge' && options.balanceAssist ? charged : active;
  if (active.length === 0 || stopsAll.some((unit) => limitOf(unit) === 0)) return 0;
  if (limits === undefined || (fair === undefined && options.currentRule !== 'sum')) return undefined;
  const members = active.map((unit, i) => ({
    unit,
    limit: Math.max(0, limits[i] ?? 0),
    fair: fair?.[i] ?? 0,
    measured: options.shareOf(unit.name, direction),
  }));
  return RULES[options.currentRule](members);
}

/** Whether the path of a unit is not known to be off. */
export function isPathOpen(direction: Direction, { values }: Unit): boolean {
  return (direction === 'charge' ? values.chargeEnabled : values.dischargeEnabled) !== false;
}

const RULES: Readonly<Record<CurrentRule, (members: readonly Active[]) => number>> = {
  sum: (members) => sum(members.map(({ limit }) => limit)),
  lowest: (members) => Math.min(...members.map(({ limit, fair }) => limit / fair)),
  share: (members) => {
    const total = sum(members.map(({ limit }) => limit));
    return Math.min(total, ...assumedShares(members).map((share, i) => (members[i]?.limit ?? 0) / share));
  },
};

/** The part of the current that each member is taken to carry: never 0, never more than all. */
function assumedShares(members: readonly Active[]): number[] {
  const held = members.filter(({ unit }) => !unit.isLive);
  // A pack that is held may be gone: then the others carry its current too.
  const rest = 1 - sum(held.map(({ measured, fair }) => measured ?? fair));
  return members.map(({ unit, fair, measured }) => {
    const own =
      measured === undefined ? UNMEASURED_MARGIN * fair : Math.max(MEASURED_MARGIN * measured, LEAST_OF_FAIR * fair);
    if (!unit.isLive) return Math.min(1, own);
    return rest > 0 ? Math.min(1, Math.min(1, own) / rest) : 1;
  });
}
