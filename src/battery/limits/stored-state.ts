import { maximumOf, type Direction } from './current-limit';
import { CHARGE_PHASES } from './phase';
import { LIMIT_REASONS } from './reasons';
import type { LimitsSettings } from './settings';
import type { LimitsState } from './state';

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
/** a current, an age or a sum of times */
const isAmount: Check = (value) => isNumber(value) && Number(value) >= 0;
const isBoolean: Check = (value) => typeof value === 'boolean';
const isText: Check = (value) => typeof value === 'string';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    isText(value) && words.includes(String(value));
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const objectOf =
  (keys: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(keys).every(([key, check]) => check((value as Readonly<Record<string, unknown>>)[key]));

const seen = (check: Check): Check => optional(objectOf({ value: check, age: isAmount }));
const SEEN = objectOf({
  ...{ voltage: seen(isNumber), current: seen(isNumber), soc: seen(isNumber), cellCount: seen(isNumber) },
  ...{ cellVoltages: seen(listOf(isNumber)), cellVoltageMax: seen(isNumber), cellVoltageMin: seen(isNumber) },
  ...{ seriesCells: seen(isNumber), fullCapacity: seen(isNumber), designCapacity: seen(isNumber) },
  ...{ temperatureMin: seen(isNumber), temperatureMax: seen(isNumber), mosTemperature: seen(isNumber) },
  ...{ chargeEnabled: seen(isBoolean), dischargeEnabled: seen(isBoolean) },
  alarms: seen(listOf(objectOf({ code: isText, level: isText }))),
  ...{ chargeVoltageLimit: seen(isNumber), chargeCurrentLimit: seen(isNumber) },
  ...{ dischargeVoltageLimit: seen(isNumber), dischargeCurrentLimit: seen(isNumber) },
});
const CAP = optional(objectOf({ voltage: isNumber, since: isAmount, isHeld: isBoolean }));
const RAMP = objectOf({
  ...{ raw: optional(isAmount), given: optional(isAmount), risingFor: isAmount, isResumed: optional(isBoolean) },
});
const REASONS = listOf(oneOf(LIMIT_REASONS));

const STATE = objectOf({
  ...{ now: optional(isNumber), at: isNumber, seen: SEEN, age: optional(isAmount), isJump: isBoolean },
  phase: objectOf({
    ...{ phase: oneOf(CHARGE_PHASES), target: optional(isNumber), nearTop: isAmount, belowTop: isAmount },
    ...{
      tail: isNumber,
      absorption: isNumber,
      rebulk: isNumber,
      wasAboveRebulkSoc: isBoolean,
      soc: optional(isNumber),
    },
  }),
  ...{ balanced: optional(isBoolean), lastFull: optional(isNumber) },
  blocks: objectOf({
    ...{ isCold: isBoolean, isLow: isBoolean, isAtTarget: isBoolean, recovered: isAmount, charging: isAmount },
  }),
  ...{ cellCap: CAP, blockCap: CAP, charge: RAMP, discharge: RAMP },
  ...{ chargeLimitedBy: REASONS, dischargeLimitedBy: REASONS, isStale: isBoolean, chargeRequest: isBoolean },
  loss: optional(objectOf({ lasted: isAmount, charge: optional(isAmount), discharge: optional(isAmount) })),
  ...{ chargeVoltage: optional(isAmount), chargeVoltageTarget: optional(isNumber) },
  dischargeVoltage: optional(isAmount),
});

/** A state as a context store gives it back, where it is one: anybody may have edited it. */
export function storedLimits(kept: unknown): LimitsState | undefined {
  return STATE(kept) ? (kept as LimitsState) : undefined;
}

/** The state with currents within maxima that may have been lowered since it was kept. */
export function boundedLimits(settings: LimitsSettings, state: LimitsState): LimitsState {
  const bounded = (direction: Direction, current: number | undefined): number | undefined =>
    current === undefined ? undefined : Math.min(current, maximumOf(settings, direction) ?? current);
  const { charge, discharge, loss } = state;
  return {
    ...state,
    charge: { ...charge, given: bounded('charge', charge.given) },
    discharge: { ...discharge, given: bounded('discharge', discharge.given) },
    loss: loss && {
      ...loss,
      charge: bounded('charge', loss.charge),
      discharge: bounded('discharge', loss.discharge),
    },
  };
}
