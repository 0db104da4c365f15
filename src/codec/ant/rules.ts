import { above, type OrderingRule } from '../../battery/settings/ordering-rule';
import {
  BALANCING_RULES,
  OVERCURRENT_RULES,
  RECOVERY_RULES,
  SECOND_LEVEL_RULES,
  socTableRules,
} from '../../battery/settings/ordering-rules';

/**
 * What must hold between the settings at all times, in both protocols of ANT (settings-ant.md 5, settings-ant-legacy.md 4).
 * Boards are delivered with warnings beyond their protections.
 */
export const RULES: readonly OrderingRule[] = [
  ...RECOVERY_RULES,
  ...SECOND_LEVEL_RULES,
  ...OVERCURRENT_RULES,
  ...BALANCING_RULES,
  ...socTableRules(),
  above('socLowWarning', 'socLow2Warning'),
];
