import type { SettingKey } from './vocabulary';

/**
 * What must hold between two settings of a board at all times, and so fixes the order in which they are written: a row of a
 * table (settings-vocabulary.md 2.1). Where one of them is absent, nothing has to hold.
 */
export interface OrderingRule {
  readonly upper: SettingKey;
  readonly lower: SettingKey;
  /** whether the two may be equal */
  readonly orEqual: boolean;
}

/** A rule: the first is above the second. */
export function above(upper: SettingKey, lower: SettingKey): OrderingRule {
  return { upper, lower, orEqual: false };
}

/** A rule: the first is not below the second. */
export function notBelow(upper: SettingKey, lower: SettingKey): OrderingRule {
  return { upper, lower, orEqual: true };
}
