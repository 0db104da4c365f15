import { roundedDown } from '../derive';
import type { ChargePhase } from './phase';
import type { LimitReason } from './reasons';
import type { LimitsSettings } from './settings';
import type { LimitsState } from './state';

/** What charger and load may do, and why (charge-limits.md 1). What cannot be computed is absent; it is never 0. */
export interface Limits {
  /** V of the whole string, rounded down to 0.01 */
  chargeVoltageLimit?: number;
  /** A, rounded down to 0.1 */
  chargeCurrentLimit?: number;
  /** V of the whole string, rounded down to 0.01 */
  dischargeVoltageLimit?: number;
  /** A, rounded down to 0.1 */
  dischargeCurrentLimit?: number;
  /** whether the current limit is above 0 */
  chargeAllowed?: boolean;
  dischargeAllowed?: boolean;
  /** present where `forceChargeBelow` is set */
  chargeRequest?: boolean;
  phase: ChargePhase;
  /** V, without the offset: what the phase wants */
  chargeVoltageTarget?: number;
  /** V, without the offset: what the highest cell allows; absent while none is near */
  chargeVoltageCeiling?: number;
  /** what limits the current, the least first */
  chargeLimitedBy: LimitReason[];
  dischargeLimitedBy: LimitReason[];
  /** whether the last absorption ended with its cells together */
  balanced?: boolean;
  /** ms since the epoch */
  lastFull?: number;
  /** in the step in which absorption has ended: the pack is full */
  full?: true;
}

/** What a state gives out. @param isFull whether the pack has become full in this step */
export function limitsOf(settings: LimitsSettings, state: LimitsState, isFull: boolean): Limits {
  const charge = amperes(state.charge.given);
  const discharge = amperes(state.discharge.given);
  const { chargeVoltage } = state;
  return present({
    chargeVoltageLimit: volts(chargeVoltage === undefined ? undefined : chargeVoltage + settings.voltageOffset),
    chargeCurrentLimit: charge,
    dischargeVoltageLimit: volts(state.dischargeVoltage),
    dischargeCurrentLimit: discharge,
    chargeAllowed: charge === undefined ? undefined : charge > 0,
    dischargeAllowed: discharge === undefined ? undefined : discharge > 0,
    chargeRequest: settings.forceChargeBelow === undefined ? undefined : state.chargeRequest,
    phase: state.phase.phase,
    chargeVoltageTarget: volts(state.chargeVoltageTarget),
    chargeVoltageCeiling: volts(state.cellCap?.voltage),
    chargeLimitedBy: reasonsOf(state, state.chargeLimitedBy),
    dischargeLimitedBy: reasonsOf(state, state.dischargeLimitedBy),
    balanced: state.balanced,
    lastFull: state.lastFull,
    full: isFull ? true : undefined,
  });
}

function volts(value: number | undefined): number | undefined {
  return value === undefined ? undefined : roundedDown(value, 2);
}

function amperes(value: number | undefined): number | undefined {
  return value === undefined ? undefined : roundedDown(value, 1);
}

function reasonsOf({ loss, isStale }: LimitsState, reasons: readonly LimitReason[]): LimitReason[] {
  if (loss !== undefined) return ['lost'];
  return isStale ? [...reasons, 'stale'] : [...reasons];
}

/** The limits without the keys that have no value. */
function present(limits: Limits): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as unknown as Limits;
}
