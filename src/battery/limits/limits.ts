import { blocksOf, blockStep } from './blocks';
import { blockCapStep, capStep } from './cell-controller';
import { driftStep } from './drift';
import { maximumOf, rawLimit, type Direction, type RawLimit } from './current-limit';
import {
  boardLimits,
  cellsOf,
  countsFor,
  hasJumped,
  inputsOf,
  isUsable,
  seenLater,
  type Inputs,
  type LimitsReading,
} from './inputs';
import { lossStep } from './loss';
import { limitsOf, type Limits } from './output';
import { phaseByCommand, phaseStep, targetOf } from './phase';
import { slew, type RampState } from './ramp';
import { limitedBy, type LimitReason } from './reasons';
import { highestVoltage, type LimitsSettings } from './settings';
import { resumeLimits, type LimitsState } from './state';
import { isAtLeast, isAtMost } from './tolerance';

export { isUsable, type LimitsReading } from './inputs';
export type { Limits } from './output';
export { CHEMISTRY_PRESETS, COMMON_PRESET, LIMITS_CHEMISTRIES, type LimitsChemistry } from './presets';
export { operatingPoint, type OperatingPoint } from './operating-point';
export type { LimitReason } from './reasons';
export type { LimitsSettings } from './settings';
export { checkLimitsSettings, LIMIT_CURVES } from './settings-check';
export { INITIAL_LIMITS, resumeLimits, type LimitsState } from './state';
export { boundedLimits, storedLimits } from './stored-state';

/**
 * What happens to the pack or bank. `at` is wall time, ms since the epoch. While no reading comes, the last one is given again
 * each 5 s with its age, s; `lost`: the device says that it does not answer.
 */
export type LimitsEvent =
  | { readonly kind: 'reading'; readonly reading: LimitsReading; readonly age: number; readonly at: number }
  | { readonly kind: 'lost'; readonly at: number }
  | { readonly kind: 'command'; readonly action: 'bulk' | 'float'; readonly at: number };

export interface LimitsStep {
  readonly state: LimitsState;
  readonly limits: Limits;
}

/** s; a longer gap between two steps is no ramp (charge-limits.md 1) */
const LONGEST_STEP = 10;
const MS_PER_DAY = 86_400_000;

/**
 * The limits after an event (charge-limits.md 1). Pure: nothing given is changed.
 * @param settings that `checkLimitsSettings` accepts
 * @param state of the step before; at first `INITIAL_LIMITS`. A state of before a restart is recognised by its clock
 * @param now monotonic, s
 */
export function stepLimits(settings: LimitsSettings, state: LimitsState, event: LimitsEvent, now: number): LimitsStep {
  const isRestart = state.now !== undefined && now < state.now;
  const before = isRestart ? resumeLimits(state, event.at) : state;
  if (event.kind === 'command') {
    const phase = phaseByCommand(settings, before.phase, event.action);
    return given(settings, { ...before, phase, at: event.at });
  }
  const elapsed = before.now === undefined ? 0 : now - before.now;
  const observed = { ...observe(settings, before, event, elapsed), now, at: event.at };
  const freshness = freshnessOf(settings, observed, event.kind);
  if (freshness === 'lost') return given(settings, lossStep(settings, observed, elapsed));
  if (freshness !== 'fresh') {
    const stale = { ...observed, isStale: freshness === 'stale' };
    return { state: stale, limits: limitsOf(settings, stale, false) };
  }
  return freshStep(settings, observed, elapsed);
}

/** Takes up the values of a reading; those of the last one grow older. */
function observe(
  settings: LimitsSettings,
  state: LimitsState,
  event: Exclude<LimitsEvent, { kind: 'command' }>,
  elapsed: number,
): LimitsState {
  if (event.kind === 'lost' || !isUsable(settings, event.reading, state.seen)) {
    const age = state.age === undefined ? undefined : state.age + elapsed;
    return { ...state, seen: seenLater(state.seen, elapsed), age };
  }
  const seen = seenLater(state.seen, elapsed, event.reading, event.age);
  const isNew = state.now === undefined || event.age === 0 || event.age < elapsed;
  const isJump = isNew ? hasJumped(settings, state.seen, seen) : state.isJump;
  return { ...state, seen, age: event.age, isJump };
}

type Freshness = 'none' | 'fresh' | 'stale' | 'lost';

/** A pack that was lost stays so until a fresh reading (charge-limits.md 7). */
function freshnessOf(settings: LimitsSettings, { age, loss }: LimitsState, kind: LimitsEvent['kind']): Freshness {
  const isUnanswered = kind === 'lost' || loss !== undefined;
  if (age === undefined) return isUnanswered ? 'lost' : 'none';
  if (isAtMost(age, settings.freshFor)) return 'fresh';
  return isUnanswered || !isAtMost(age, countsFor(settings)) ? 'lost' : 'stale';
}

function freshStep(settings: LimitsSettings, observed: LimitsState, elapsed: number): LimitsStep {
  const state = { ...observed, loss: undefined, isStale: false, ...backFromLoss(observed) };
  const inputs = inputsOf(settings, state.seen);
  const { isJump } = state;
  // After a loss, and at a reading that has jumped, no time counts.
  const isBroken = isJump || observed.loss !== undefined;
  const dt = isBroken ? 0 : Math.min(LONGEST_STEP, elapsed);
  const drift = driftStep(state.drift, inputs, elapsed, isBroken);
  const phase = phaseStep(settings, state.phase, inputs, dt, { isRebulkDue: isRebulkDue(settings, state), isJump });
  const { full } = phase;
  const isFullDue = isRebulkDue(settings, state) || (settings.rebulkDays > 0 && state.lastFull === undefined);
  const blocks = blockStep(settings, state.blocks, inputs, dt, { isFullDue, isJump });
  const found = blocksOf(blocks, inputs);
  const raw = {
    charge: rawLimit(settings, 'charge', inputs, found.charge),
    discharge: rawLimit(settings, 'discharge', inputs, found.discharge),
  };
  const charge = currentStep(settings, 'charge', state.charge, raw.charge, dt, isJump);
  const discharge = currentStep(settings, 'discharge', state.discharge, raw.discharge, dt, isJump);
  const next: LimitsState = {
    ...state,
    ...{ drift: drift.state, phase: phase.state, blocks, charge: charge.state, discharge: discharge.state },
    ...{ chargeLimitedBy: charge.reasons, dischargeLimitedBy: discharge.reasons },
    ...(full === undefined ? {} : { balanced: full.balanced, lastFull: state.at }),
    chargeRequest: isChargeRequested(settings, state.chargeRequest, inputs),
  };
  return given(
    settings,
    { ...next, ...capsOf(settings, next, inputs, { isBlocked: raw.charge.isZero, dt, drift: drift.rate }) },
    full !== undefined,
  );
}

/** After a loss charging begins at 0, discharging with what is given out. */
function backFromLoss({ loss, charge }: LimitsState): Partial<LimitsState> {
  return loss === undefined || charge.given === undefined ? {} : { charge: { given: 0, risingFor: 0 } };
}

function isRebulkDue({ rebulkDays }: LimitsSettings, { lastFull, at }: LimitsState): boolean {
  return rebulkDays > 0 && lastFull !== undefined && at - lastFull >= rebulkDays * MS_PER_DAY;
}

/** Hold and ramp of one direction, and what limits it then. Without a maximum nothing is given out. */
function currentStep(
  settings: LimitsSettings,
  direction: Direction,
  before: RampState,
  { raw, limits }: RawLimit,
  dt: number,
  isJump: boolean,
): { state: RampState; reasons: LimitReason[] } {
  const maximum = maximumOf(settings, direction);
  if (raw === undefined || maximum === undefined) return { state: { risingFor: 0 }, reasons: limitedBy(limits, 1) };
  const start = direction === 'charge' ? 'zero' : 'raw';
  const state = slew(settings, before, { raw, maximum, start }, dt, isJump);
  const recovering = state.given !== undefined && state.given < raw ? state.given : maximum;
  return { state, reasons: limitedBy([...limits, { reason: 'recovering', limit: recovering }], maximum) };
}

function capsOf(
  settings: LimitsSettings,
  { phase, cellCap, blockCap, isJump }: LimitsState,
  inputs: Inputs,
  { isBlocked, dt, drift }: { readonly isBlocked: boolean; readonly dt: number; readonly drift: number },
): Pick<LimitsState, 'cellCap' | 'blockCap'> {
  const { cells } = inputs;
  if (cells === undefined) return { cellCap, blockCap };
  const target = targetOf(settings, phase);
  const isFalling = phase.phase === 'float' && target > settings.floatVoltage;
  const moves = { dt, cells, isJump, phase: isFalling ? 'falling' : phase.phase, target: cells * target } as const;
  return {
    cellCap: capStep(settings, cellCap, inputs, moves, drift),
    blockCap: blockCapStep(settings, blockCap, inputs, isBlocked, moves),
  };
}

/** % between the two limits of a charge request, where the upper one is not set */
const REQUEST_HYSTERESIS = 5;

/** Whether a charge is requested: between the two limits, as before (charge-limits.md 9). */
function isChargeRequested(
  { forceChargeBelow, forceChargeUntil }: LimitsSettings,
  before: boolean,
  { soc }: Inputs,
): boolean {
  if (forceChargeBelow === undefined) return false;
  if (soc === undefined) return before;
  if (isAtMost(soc, forceChargeBelow)) return true;
  return before && !isAtLeast(soc, forceChargeUntil ?? forceChargeBelow + REQUEST_HYSTERESIS);
}

/** The state with its voltages, and what it gives out. */
function given(settings: LimitsSettings, state: LimitsState, isFull = false): LimitsStep {
  const complete = { ...state, ...voltagesOf(settings, state) };
  return { state: complete, limits: limitsOf(settings, complete, isFull) };
}

/** The least of target, caps and limits of the board, but never below the rest voltage (charge-limits.md 6). */
function voltagesOf(
  settings: LimitsSettings,
  { seen, phase, cellCap, blockCap, loss, isJump, chargeVoltage, dischargeVoltage }: LimitsState,
): Pick<LimitsState, 'chargeVoltage' | 'chargeVoltageTarget' | 'dischargeVoltage'> {
  const most = loss === undefined ? countsFor(settings) : Infinity;
  const cells = cellsOf(settings, seen, most);
  if (cells === undefined) {
    return { chargeVoltage: undefined, chargeVoltageTarget: undefined, dischargeVoltage: undefined };
  }
  // While the pack is lost, the caps have what its board said last.
  const board = loss === undefined ? boardLimits(settings, seen, most) : { dischargeVoltage };
  const target = cells * targetOf(settings, phase);
  const last = isJump ? chargeVoltage : undefined;
  const bounds = [cellCap?.voltage, blockCap?.voltage, board.chargeVoltage, last].filter(
    (bound) => bound !== undefined,
  );
  const least = Math.min(target, cells * highestVoltage(settings), ...bounds);
  return {
    chargeVoltage: Math.max(cells * settings.restVoltage, least),
    chargeVoltageTarget: target,
    dischargeVoltage: Math.max(cells * settings.dischargeVoltage, board.dischargeVoltage ?? 0),
  };
}
