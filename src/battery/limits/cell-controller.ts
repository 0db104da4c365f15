import type { Inputs } from './inputs';
import type { ChargePhase } from './phase';
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
  /** `falling`: the target is on its way to float */
  readonly phase: ChargePhase | 'falling';
}

/** A current of more than this fraction of the capacity per hour flows; what is less may be none. */
const NO_CURRENT = 0.01;

/** s; as long as a slow charger takes to follow, with the time until drift shows */
const LOOKAHEAD = 30;
/** V; no further ahead */
const LONGEST_LEAD = 0.05;
/** V/s; readings of a steady cell drift by less */
const NOISE_OF_DRIFT = 0.0002;
/** Half of what would lower each cell by what the highest is going to have too much: a charger that follows late does not overdo it. */
const BRAKE = 0.5;

/** The sum of cells, none with more than it may have, V. */
export function clipSum(cells: readonly number[], most: number): number {
  return cells.reduce((sum, cell) => sum + Math.min(cell, most), 0);
}

/**
 * The cap by the highest cell: the string is held at the voltage at which that cell has what it may have, and the balancer
 * lifts the others. Where the cell is on its way there and draws away from the others, the cap falls before it arrives
 * (charge-limits.md 6).
 * @param drift how fast the highest cell draws away from the lowest, V/s
 */
export function capStep(
  settings: LimitsSettings,
  cap: Cap | undefined,
  inputs: Inputs,
  moves: CapMoves,
  drift = 0,
): Cap | undefined {
  const { highest, cellVoltages, voltage } = inputs;
  const most = controlledVoltage(settings);
  if (highest === undefined) return recoveredCap(settings, cap, moves);
  const excess = isAtMost(highest, most) ? 0 : highest - most;
  const brake = moves.cells * BRAKE * coming(highest - most, drift);
  if (excess === 0 && brake === 0) {
    const waits = !isAtMost(highest, settings.absorptionVoltage) || mayMislead(moves.phase, inputs);
    return cap !== undefined && waits ? { ...cap, since: 0, isHeld: false } : recoveredCap(settings, cap, moves);
  }
  const floor = moves.cells * settings.restVoltage;
  const clip = cellVoltages === undefined ? (voltage ?? floor) - excess : clipSum(cellVoltages, most);
  const braked = Math.min(clip, Math.max(floor, clip - brake));
  return { voltage: Math.min(cap?.voltage ?? Infinity, braked), since: 0, isHeld: true };
}

/**
 * Whether a low voltage of the highest cell says nothing of what it has at the top: a load takes it down for as long as it
 * draws, and on the way to float so does the target.
 */
function mayMislead(phase: CapMoves['phase'], { current, capacity }: Inputs): boolean {
  if (phase !== 'absorption') return phase === 'falling';
  return current !== undefined && capacity !== undefined && current < -NO_CURRENT * capacity;
}

/** How far a cell will be above what it may have, beyond what it is, V. @param above what it is, V; negative below */
function coming(above: number, drift: number): number {
  const lead = Math.min(LONGEST_LEAD, Math.max(0, drift - NOISE_OF_DRIFT) * LOOKAHEAD);
  return Math.max(0, above + lead) - Math.max(0, above);
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
  const isDisobeyed = current !== undefined && capacity !== undefined && current > NO_CURRENT * capacity;
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
