import type { Inputs } from './inputs';
import { controlledVoltage, type LimitsSettings } from './settings';
import { hasLasted, isAtMost } from './tolerance';

/** An upper bound of the charge voltage limit: falls at once, rises by hold and ramp until it no longer binds. */
export interface Cap {
  /** of the whole string, V */
  readonly voltage: number;
  /** since there was a reason for it, s */
  readonly since: number;
  /** whether there was one in the step before */
  readonly isHeld: boolean;
}

/** What a cap may do in a step. */
export interface CapMoves {
  /** s */
  readonly dt: number;
  /** what is wanted of the string, V: a cap that reaches it is gone */
  readonly target: number;
  /** in series */
  readonly cells: number;
  /** the reading has jumped: nothing rises */
  readonly isJump: boolean;
}

/** While charging is blocked, more than this fraction of the capacity per hour shows that the charger does not obey. */
const OBEYED = 0.01;

/** The sum of cells, none with more than it may have, V. */
export function clipSum(cells: readonly number[], most: number): number {
  return cells.reduce((sum, cell) => sum + Math.min(cell, most), 0);
}

/**
 * The cap by the highest cell: the string is held at the voltage at which that cell has what it may have, and the balancer
 * lifts the others (charge-limits.md 6).
 */
export function capStep(
  settings: LimitsSettings,
  cap: Cap | undefined,
  inputs: Inputs,
  moves: CapMoves,
): Cap | undefined {
  const { highest, cellVoltages, voltage } = inputs;
  const most = controlledVoltage(settings);
  if (highest === undefined || isAtMost(highest, most)) return recoveredCap(settings, cap, moves);
  const lowestLimit = moves.cells * settings.restVoltage;
  const clip = cellVoltages === undefined ? (voltage ?? lowestLimit) - (highest - most) : clipSum(cellVoltages, most);
  return { voltage: Math.min(cap?.voltage ?? Infinity, clip), since: 0, isHeld: true };
}

/**
 * The cap while nothing may be charged: the string stays where it is, and sinks while a charger does not obey the current
 * limit (charge-limits.md 6, 10).
 */
export function blockCapStep(
  settings: LimitsSettings,
  cap: Cap | undefined,
  { voltage, current, capacity }: Inputs,
  isBlocked: boolean,
  moves: CapMoves,
): Cap | undefined {
  if (!isBlocked || settings.whenBlocked === 'current') return recoveredCap(settings, cap, moves);
  const present = Math.min(cap?.voltage ?? Infinity, voltage ?? Infinity);
  if (cap?.isHeld !== true) return heldCap(settings, present, moves);
  const isDisobeyed = current !== undefined && capacity !== undefined && current > OBEYED * capacity;
  return isDisobeyed ? heldCap(settings, present - moves.cells * settings.voltageRamp * moves.dt, moves) : cap;
}

/** @param voltage not finite where it is not known */
function heldCap({ restVoltage }: LimitsSettings, voltage: number, { cells }: CapMoves): Cap | undefined {
  if (!Number.isFinite(voltage)) return undefined;
  return { voltage: Math.max(cells * restVoltage, voltage), since: 0, isHeld: true };
}

function recoveredCap(
  { voltageHold, voltageRamp }: LimitsSettings,
  cap: Cap | undefined,
  { dt, target, cells, isJump }: CapMoves,
): Cap | undefined {
  if (cap === undefined) return undefined;
  const since = cap.since + dt;
  if (isJump || !hasLasted(since, voltageHold)) return { ...cap, since, isHeld: false };
  const voltage = cap.voltage + cells * voltageRamp * dt;
  return voltage >= target ? undefined : { voltage, since, isHeld: false };
}
