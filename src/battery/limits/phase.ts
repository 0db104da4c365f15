import type { Inputs } from './inputs';
import type { LimitsSettings } from './settings';
import { hasLasted, isAtLeast, isAtMost, unbroken } from './tolerance';

/** Charging up, holding at the top, resting below it. */
export const CHARGE_PHASES = ['bulk', 'absorption', 'float'] as const;

/** See `CHARGE_PHASES`. */
export type ChargePhase = (typeof CHARGE_PHASES)[number];

/** The phase, and the sums of time that its changes wait for, s. */
export interface PhaseState {
  readonly phase: ChargePhase;
  /** wanted of a cell in float, V: falls to the float voltage */
  readonly target?: number;
  /** bulk: the highest cell is near the absorption voltage */
  readonly nearTop: number;
  /** absorption: it is well below */
  readonly belowTop: number;
  /** absorption: it is near, and the current is the tail */
  readonly tail: number;
  /** in absorption */
  readonly absorption: number;
  /** float: the highest cell is low, without a load that explains it */
  readonly rebulk: number;
  /** float: the state of charge was above `rebulkSoc` */
  readonly wasAboveRebulkSoc: boolean;
  /** of the step before, % */
  readonly soc?: number;
}

export interface PhaseStep {
  readonly state: PhaseState;
  /** in the step in which the pack is full: whether its cells are together */
  readonly full?: { readonly balanced: boolean };
}

/** V below the absorption voltage at which a cell counts as there, and at which it has left (charge-limits.md 5) */
const NEAR_BY = 0.01;
const LEFT_BY = 0.03;
/** s */
const NEAR_FOR = 10;
const LEFT_FOR = 60;
const LOW_FOR = 60;
/** Where the current or the capacity is not known, absorption lasts so many times longer. */
const WITHOUT_TAIL = 3;

/**
 * One step: the phase changes once at most, and the time counts for the phase in which the step began (charge-limits.md 5).
 * @param dt s
 * @param isRebulkDue the days since the last full charge are over
 * @param isJump the reading has jumped: nothing takes effect
 */
export function phaseStep(
  settings: LimitsSettings,
  before: PhaseState,
  inputs: Inputs,
  dt: number,
  { isRebulkDue, isJump }: { readonly isRebulkDue: boolean; readonly isJump: boolean },
): PhaseStep {
  const state = { ...clearedWhereLow(settings, before, inputs, isJump), soc: inputs.soc ?? before.soc };
  if (state.phase === 'bulk') return bulkStep(settings, state, inputs, dt, isJump);
  if (state.phase === 'absorption') return absorptionStep(settings, state, inputs, dt, isJump);
  return floatStep(settings, state, inputs, dt, isRebulkDue, isJump);
}

/** The phase of a command; the sums of absorption begin anew with float. */
export function phaseByCommand(settings: LimitsSettings, state: PhaseState, phase: 'bulk' | 'float'): PhaseState {
  return phase === 'bulk' ? toBulk(state) : state.phase === 'float' ? state : toFloat(settings, state);
}

/** What is wanted of a cell, V. */
export function targetOf({ absorptionVoltage, floatVoltage }: LimitsSettings, { phase, target }: PhaseState): number {
  if (phase !== 'float') return absorptionVoltage;
  return Math.min(absorptionVoltage, Math.max(floatVoltage, target ?? floatVoltage));
}

/** C × `tailCurrent`, A; absent where the capacity is not known. */
function hasTail({ tailCurrent }: LimitsSettings, { current, capacity }: Inputs): boolean | undefined {
  if (current === undefined || capacity === undefined) return undefined;
  return isAtMost(Math.abs(current), tailCurrent * capacity);
}

/** The sums of absorption end with a real discharge: not with a counter that stands low all the time. */
function clearedWhereLow(settings: LimitsSettings, state: PhaseState, inputs: Inputs, isJump: boolean): PhaseState {
  const { rebulkSoc, rebulkVoltage } = settings;
  const { soc, highest } = inputs;
  const hasFallen = soc !== undefined && state.soc !== undefined && state.soc > rebulkSoc && soc <= rebulkSoc;
  const isLow = highest !== undefined && isAtMost(highest, rebulkVoltage);
  return !isJump && (hasFallen || isLow) ? { ...state, tail: 0, absorption: 0 } : state;
}

function bulkStep(
  { absorptionVoltage }: LimitsSettings,
  state: PhaseState,
  { highest = 0 }: Inputs,
  dt: number,
  isJump: boolean,
): PhaseStep {
  const nearTop = unbroken(state.nearTop, isAtLeast(highest, absorptionVoltage - NEAR_BY), dt);
  if (isJump || !hasLasted(nearTop, NEAR_FOR)) return { state: { ...state, nearTop } };
  return { state: { ...state, phase: 'absorption', nearTop: 0, belowTop: 0 } };
}

function absorptionStep(
  settings: LimitsSettings,
  state: PhaseState,
  inputs: Inputs,
  dt: number,
  isJump: boolean,
): PhaseStep {
  const { absorptionVoltage, absorptionTime, balanceDelta, balanceHold } = settings;
  const { highest = 0, lowest = 0 } = inputs;
  const tailFlows = hasTail(settings, inputs);
  const counts = isAtLeast(highest, absorptionVoltage - NEAR_BY) && tailFlows !== false;
  const sums = {
    belowTop: unbroken(state.belowTop, !isAtLeast(highest, absorptionVoltage - LEFT_BY), dt),
    tail: state.tail + (counts ? dt : 0),
    absorption: state.absorption + dt,
  };
  const next = { ...state, ...sums };
  if (isJump) return { state: next };
  const wanted = tailFlows === undefined ? WITHOUT_TAIL * absorptionTime : absorptionTime;
  const balanced = isAtMost(highest - lowest, balanceDelta);
  if (counts && hasLasted(sums.tail, wanted) && (balanced || hasLasted(sums.absorption, balanceHold))) {
    return { state: toFloat(settings, next), full: { balanced } };
  }
  return { state: hasLasted(sums.belowTop, LEFT_FOR) ? toBulk(next) : next };
}

function floatStep(
  settings: LimitsSettings,
  state: PhaseState,
  inputs: Inputs,
  dt: number,
  isRebulkDue: boolean,
  isJump: boolean,
): PhaseStep {
  const { rebulkSoc, rebulkVoltage, floatVoltage, voltageRamp } = settings;
  const { soc, highest = 0 } = inputs;
  const target = Math.max(floatVoltage, targetOf(settings, state) - voltageRamp * dt);
  const isLow = isAtMost(highest, rebulkVoltage) && hasTail(settings, inputs) === true;
  const rebulk = unbroken(state.rebulk, isLow, dt);
  const wasAboveRebulkSoc = state.wasAboveRebulkSoc || (!isJump && soc !== undefined && soc > rebulkSoc);
  const next = { ...state, target, rebulk, wasAboveRebulkSoc };
  const isLowBySoc = soc !== undefined && soc <= rebulkSoc && state.wasAboveRebulkSoc;
  const ends = isLowBySoc || hasLasted(rebulk, LOW_FOR) || isRebulkDue;
  return { state: ends && !isJump ? toBulk(next) : next };
}

function toBulk(state: PhaseState): PhaseState {
  return { ...state, phase: 'bulk', target: undefined, nearTop: 0, belowTop: 0, rebulk: 0 };
}

function toFloat({ absorptionVoltage }: LimitsSettings, state: PhaseState): PhaseState {
  const cleared = { nearTop: 0, belowTop: 0, tail: 0, absorption: 0, rebulk: 0, wasAboveRebulkSoc: false };
  return { ...state, ...cleared, phase: 'float', target: absorptionVoltage };
}
