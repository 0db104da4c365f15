import type { BlockState } from './blocks';
import type { Cap } from './cell-controller';
import type { DriftState } from './drift';
import { seenLater, type Seen } from './inputs';
import type { PhaseState } from './phase';
import type { RampState } from './ramp';
import type { LimitReason } from './reasons';

/** What a lost pack is given at first, and for how long it has been lost. */
export interface LossState {
  /** since the first step that saw the loss, s */
  readonly lasted: number;
  /** A; absent where no limit is given out */
  readonly charge?: number;
  readonly discharge?: number;
}

/** What the limits remember, as plain JSON: it may be stored and taken up again after a restart. */
export interface LimitsState {
  /** monotonic time of the last step, s; absent before the first one and after a restart */
  readonly now?: number;
  /** wall time of the last event, ms since the epoch */
  readonly at: number;
  readonly seen: Seen;
  /** of the last reading, s; absent before the first one */
  readonly age?: number;
  /** the last reading has jumped: it lowers limits, but raises none (charge-limits.md 3) */
  readonly isJump: boolean;
  readonly phase: PhaseState;
  /** whether the last absorption ended with its cells together */
  readonly balanced?: boolean;
  /** ms since the epoch */
  readonly lastFull?: number;
  readonly blocks: BlockState;
  /** of the highest cell against the lowest */
  readonly drift?: DriftState;
  /** by the highest cell */
  readonly cellCap?: Cap;
  /** by what blocks charging, and by a loss */
  readonly blockCap?: Cap;
  readonly charge: RampState;
  readonly discharge: RampState;
  readonly chargeLimitedBy: readonly LimitReason[];
  readonly dischargeLimitedBy: readonly LimitReason[];
  /** while the pack is lost */
  readonly loss?: LossState;
  readonly isStale: boolean;
  /** charge voltage limit without the offset, V; absent where it cannot be computed */
  readonly chargeVoltage?: number;
  /** its target, V */
  readonly chargeVoltageTarget?: number;
  /** V */
  readonly dischargeVoltage?: number;
  readonly chargeRequest: boolean;
}

/** A pack of which nothing is known. */
export const INITIAL_LIMITS: LimitsState = {
  at: 0,
  seen: {},
  isJump: false,
  phase: { phase: 'bulk', nearTop: 0, belowTop: 0, tail: 0, absorption: 0, rebulk: 0, wasAboveRebulkSoc: false },
  blocks: { isCold: false, isLow: false, isAtTarget: false, recovered: 0, charging: 0 },
  charge: { risingFor: 0 },
  discharge: { risingFor: 0 },
  chargeLimitedBy: [],
  dischargeLimitedBy: [],
  isStale: false,
  chargeRequest: false,
};

/** s; currents of an older state are not taken up again (charge-limits.md 4) */
const CURRENTS_COUNT_FOR = 600;

/**
 * The state to go on with after a restart, when the monotonic clock begins anew: currents only of a young state, and of a loss
 * only its time.
 * @param at wall time now, ms since the epoch
 */
export function resumeLimits(state: LimitsState, at: number): LimitsState {
  const away = (at - state.at) / 1000;
  const isYoung = away >= 0 && away < CURRENTS_COUNT_FOR;
  const resumed = { ...state, now: undefined, at, drift: undefined, seen: seenLater(state.seen, Math.max(0, away)) };
  const age = state.age === undefined ? undefined : state.age + Math.max(0, away);
  if (isYoung) {
    const loss = state.loss && { ...state.loss, lasted: state.loss.lasted + away };
    return { ...resumed, age, loss, charge: resumedRamp(state.charge), discharge: resumedRamp(state.discharge) };
  }
  return { ...resumed, age, loss: undefined, charge: { risingFor: 0 }, discharge: { risingFor: 0 } };
}

/** The first step takes the lesser of this and what it finds, then goes on as after a step down. */
function resumedRamp({ given }: RampState): RampState {
  return { given, risingFor: 0, isResumed: true };
}
