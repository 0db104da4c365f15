/** Why a limit is below the maximum of the settings, in the order in which equal ones are listed (charge-limits.md 1). */
export const LIMIT_REASONS = [
  'charge_off',
  'discharge_off',
  'alarm',
  'cold',
  'low_voltage',
  'soc_target',
  'board',
  'cell_voltage',
  'temperature',
  'mos_temperature',
  'soc',
  'recovering',
  'stale',
  'lost',
] as const;

/** See `LIMIT_REASONS`. */
export type LimitReason = (typeof LIMIT_REASONS)[number];

/** A reason with the limit that it sets by itself, A. */
export interface OwnLimit {
  readonly reason: LimitReason;
  readonly limit: number;
}

/** Limits that are closer than this are equal, A: they come from different calculations of one figure. */
const EQUAL = 1e-9;

/** The reasons whose own limit is below the maximum, the least first. @param maximum A */
export function limitedBy(limits: readonly OwnLimit[], maximum: number): LimitReason[] {
  return limits
    .filter(({ limit }) => limit < maximum - EQUAL)
    .sort((one, other) =>
      Math.abs(one.limit - other.limit) > EQUAL ? one.limit - other.limit : rank(one) - rank(other),
    )
    .map(({ reason }) => reason);
}

function rank({ reason }: OwnLimit): number {
  return LIMIT_REASONS.indexOf(reason);
}
