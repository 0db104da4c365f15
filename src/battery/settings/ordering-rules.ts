import { above, notBelow, type OrderingRule } from './ordering-rule';
import type { SettingKey } from './vocabulary';

/*
 * What must hold between the settings of boards (settings-vocabulary.md 2.1). A protocol takes what its boards keep, and adds its
 * own; a rule of a setting that a board does not have asks for nothing.
 */

/** Where a protection ends is on the safe side of where it begins. */
export const RECOVERY_RULES: readonly OrderingRule[] = [
  above('cellOvervoltageProtection', 'cellOvervoltageRecovery'),
  above('cellUndervoltageRecovery', 'cellUndervoltageProtection'),
  above('packOvervoltageProtection', 'packOvervoltageRecovery'),
  // ANT delivers both equal, which turns the protection off.
  notBelow('packUndervoltageRecovery', 'packUndervoltageProtection'),
  above('cellDifferenceProtection', 'cellDifferenceRecovery'),
  ...(
    [
      'chargeOvertemperature',
      'dischargeOvertemperature',
      'mosOvertemperature',
      'boardOvertemperature',
      'ambientOvertemperature',
      'temperatureDifference',
    ] as const
  ).map((quantity) => above(`${quantity}Protection`, `${quantity}Recovery`)),
  ...(['chargeUndertemperature', 'dischargeUndertemperature', 'ambientUndertemperature'] as const).map((quantity) =>
    above(`${quantity}Recovery`, `${quantity}Protection`),
  ),
];

/** The second level of a protection acts beyond the first. */
export const SECOND_LEVEL_RULES: readonly OrderingRule[] = [
  above('cellOvervoltage2Protection', 'cellOvervoltageProtection'),
  above('cellOvervoltage2Protection', 'cellOvervoltage2Recovery'),
  above('cellUndervoltageProtection', 'cellUndervoltage2Protection'),
  above('cellUndervoltage2Recovery', 'cellUndervoltage2Protection'),
];

/** The steps of overcurrent. */
export const OVERCURRENT_RULES: readonly OrderingRule[] = [
  above('dischargeOvercurrent2Protection', 'dischargeOvercurrentProtection'),
  above('shortCircuitProtection', 'dischargeOvercurrent2Protection'),
];

/** Balancing goes on below where charging ends. */
export const BALANCING_RULES: readonly OrderingRule[] = [
  above('cellOvervoltageProtection', 'balanceStartVoltage'),
  notBelow('cellOvervoltageProtection', 'balanceLimitVoltage'),
  above('balanceLimitVoltage', 'balanceStartVoltage'),
  above('balanceDelta', 'balanceStopDelta'),
];

const SOC_VOLTAGES = [
  'socVoltage100',
  'socVoltage90',
  'socVoltage80',
  'socVoltage70',
  'socVoltage60',
  'socVoltage50',
  'socVoltage40',
  'socVoltage30',
  'socVoltage20',
  'socVoltage10',
  'socVoltage0',
] as const satisfies readonly SettingKey[];

/**
 * The table of cell voltages by state of charge does not fall as the state rises.
 * @param except steps that the board does not have: its neighbours are then compared with each other
 */
export function socTableRules(except: readonly SettingKey[] = []): OrderingRule[] {
  const steps = SOC_VOLTAGES.filter((key) => !except.includes(key));
  return steps.slice(1).map((lower, i) => notBelow(steps[i] ?? lower, lower));
}

/** What the app of JK boards keeps between the charge profile and the protections. */
export const CHARGE_PROFILE_RULES: readonly OrderingRule[] = [
  above('cellOvervoltageProtection', 'socVoltage100'),
  notBelow('socVoltage100', 'cellOvervoltageRecovery'),
  above('cellUndervoltageRecovery', 'socVoltage0'),
  notBelow('socVoltage0', 'cellUndervoltageProtection'),
  above('cellUndervoltageProtection', 'shutdownCellVoltage'),
  notBelow('cellOvervoltageProtection', 'requestedChargeCellVoltage'),
  notBelow('requestedChargeCellVoltage', 'requestedFloatCellVoltage'),
  notBelow('requestedChargeCellVoltage', 'socVoltage100'),
];

/** The protections of the chip act beyond those of the board's program. */
export const HARDWARE_RULES: readonly OrderingRule[] = [
  above('hardwareCellOvervoltageProtection', 'cellOvervoltageProtection'),
  above('cellUndervoltageProtection', 'hardwareCellUndervoltageProtection'),
];

/** What counts as full and as empty lies within the protections. */
export const FULL_AND_EMPTY_RULES: readonly OrderingRule[] = [
  notBelow('cellOvervoltageProtection', 'fullChargeCellVoltage'),
  notBelow('emptyCellVoltage', 'cellUndervoltageProtection'),
];
