import type { AlarmCode } from '../alarm';
import type { Inputs } from './inputs';
import type { LimitReason } from './reasons';
import type { LimitsSettings } from './settings';
import { hasLasted, isAtLeast, isAtMost, unbroken } from './tolerance';

/** The blocks that hold on for longer than what began them, and the sums of time after which one ends, s. */
export interface BlockState {
  readonly isCold: boolean;
  readonly isLow: boolean;
  readonly isAtTarget: boolean;
  /** the lowest cell has recovered */
  readonly recovered: number;
  /** the pack is charged, and its lowest cell above the lowest point */
  readonly charging: number;
}

/** What is blocked, and why (charge-limits.md 4). */
export interface Blocks {
  readonly charge: readonly LimitReason[];
  readonly discharge: readonly LimitReason[];
}

/** °C above `coldBlock` at which charging is allowed again */
const COLD_HYSTERESIS = 2;
/** V above the lowest point of `dischargeByCell` */
const RECOVERED_BY = 0.15;
/** s */
const RECOVERS_IN = 60;
/** % below `chargeToSoc` at which charging is allowed again */
const TARGET_HYSTERESIS = 5;

const BOTH_ALARMS: readonly AlarmCode[] = [
  ...([
    'short_circuit',
    'overtemperature',
    'undertemperature',
    'mos_overtemperature',
    'mos_fault',
    'afe_fault',
  ] as const),
  ...(['sensor_fault', 'current_sensor_fault', 'communication_fault', 'communication_lost'] as const),
];
const CHARGE_ALARMS: ReadonlySet<string> = new Set<AlarmCode>([
  ...(['cell_overvoltage', 'pack_overvoltage', 'charge_overcurrent', 'charge_overtemperature'] as const),
  ...(['charge_undertemperature', 'charge_mos_fault', 'cell_count_mismatch'] as const),
  ...BOTH_ALARMS,
]);
const DISCHARGE_ALARMS: ReadonlySet<string> = new Set<AlarmCode>([
  ...(['cell_undervoltage', 'pack_undervoltage', 'discharge_overcurrent', 'discharge_overtemperature'] as const),
  ...(['discharge_undertemperature', 'discharge_mos_fault', 'low_capacity'] as const),
  ...BOTH_ALARMS,
]);

/**
 * Which blocks begin and end.
 * @param dt s; 0 at a reading that has jumped, which ends none
 * @param isFullDue a full charge is due: charging does not stop at `chargeToSoc`
 */
export function blockStep(
  settings: LimitsSettings,
  state: BlockState,
  inputs: Inputs,
  dt: number,
  { isFullDue, isJump }: { readonly isFullDue: boolean; readonly isJump: boolean },
): BlockState {
  const low = lowStep(settings, state, inputs, dt, isJump);
  const isCold = coldStep(settings, state.isCold, inputs, isJump);
  return { ...low, isCold, isAtTarget: !isFullDue && targetStep(settings, state.isAtTarget, inputs, isJump) };
}

function coldStep({ coldBlock }: LimitsSettings, isCold: boolean, inputs: Inputs, isJump: boolean): boolean {
  const { coldest, lacksTemperature } = inputs;
  if (lacksTemperature) return true;
  if (coldest === undefined) return false;
  return isAtMost(coldest, coldBlock) || (isCold && (isJump || !isAtLeast(coldest, coldBlock + COLD_HYSTERESIS)));
}

type LowState = Pick<BlockState, 'isLow' | 'recovered' | 'charging'>;

function lowStep(
  { dischargeByCell }: LimitsSettings,
  state: LowState,
  { lowest, current }: Inputs,
  dt: number,
  isJump: boolean,
): LowState {
  const floor = dischargeByCell[0]?.[0];
  if (floor === undefined || lowest === undefined) return { isLow: state.isLow, recovered: 0, charging: 0 };
  if (isAtMost(lowest, floor)) return { isLow: true, recovered: 0, charging: 0 };
  if (!state.isLow) return { isLow: false, recovered: 0, charging: 0 };
  const recovered = unbroken(state.recovered, isAtLeast(lowest, floor + RECOVERED_BY), dt);
  const charging = unbroken(state.charging, current !== undefined && current > 0, dt);
  const ends = !isJump && (hasLasted(recovered, RECOVERS_IN) || hasLasted(charging, RECOVERS_IN));
  return { isLow: !ends, recovered, charging };
}

function targetStep({ chargeToSoc }: LimitsSettings, isAtTarget: boolean, { soc }: Inputs, isJump: boolean): boolean {
  if (chargeToSoc === undefined || soc === undefined) return false;
  return isAtLeast(soc, chargeToSoc) || (isAtTarget && (isJump || !isAtMost(soc, chargeToSoc - TARGET_HYSTERESIS)));
}

/** What blocks now. */
export function blocksOf(state: BlockState, { chargeEnabled, dischargeEnabled, alarms }: Inputs): Blocks {
  const severe = alarms.filter(({ level }) => level !== 'warning');
  return {
    charge: listed([
      ['charge_off', !chargeEnabled],
      ['alarm', severe.some(({ code }) => CHARGE_ALARMS.has(code))],
      ['cold', state.isCold],
      ['soc_target', state.isAtTarget],
    ]),
    discharge: listed([
      ['discharge_off', !dischargeEnabled],
      ['alarm', severe.some(({ code }) => DISCHARGE_ALARMS.has(code))],
      ['low_voltage', state.isLow],
    ]),
  };
}

function listed(reasons: readonly (readonly [reason: LimitReason, holds: boolean])[]): LimitReason[] {
  return reasons.flatMap(([reason, holds]) => (holds ? [reason] : []));
}
