import { round, roundedDown } from '../derive';
import { combinedLimit, isPathOpen, type LimitOptions } from './current-limit';
import type { PackLimits } from './member';
import { greatest, least, present } from './numbers';
import type { Unit } from './unit';

/** What a bank of packs in parallel allows, each pack with limits of its own (bank.md 7, way b). */
export interface BankLimits {
  /** V down to 0.01 */
  chargeVoltageLimit?: number;
  /** A; `givenLimits` rounds it down to 0.1, as the next one */
  chargeCurrentLimit?: number;
  /** A */
  dischargeCurrentLimit?: number;
  /** V */
  dischargeVoltageLimit?: number;
}

/** A pack that is live or held, with what it allows. */
export interface LimitedUnit {
  readonly unit: Unit;
  readonly limits: PackLimits;
}

/**
 * The limits of packs that each have their own.
 * @param units live and held ones
 * @param isMixed whether they are of unlike chemistries: then no pack goes above its own target
 */
export function limitsOf(units: readonly LimitedUnit[], options: LimitOptions, isMixed: boolean): BankLimits {
  const chargeable = units.filter(({ unit }) => isPathOpen('charge', unit)).map(({ limits }) => limits);
  const targets = present(chargeable.map(({ chargeVoltageTarget }) => chargeVoltageTarget));
  const target = isMixed ? least(targets) : greatest(targets);
  const ceiling = least(present(chargeable.map(({ chargeVoltageCeiling }) => chargeVoltageCeiling)));
  const limited = units.map(({ unit, limits }): Unit => ({ ...unit, values: withLimits(unit, limits) }));
  return {
    chargeVoltageLimit: target === undefined ? undefined : roundedDown(Math.min(target, ceiling ?? target), 2),
    chargeCurrentLimit: combinedLimit('charge', limited, options),
    dischargeCurrentLimit: combinedLimit('discharge', limited, options),
    dischargeVoltageLimit: rounding(greatest(present(units.map(({ limits }) => limits.dischargeVoltageLimit)))),
  };
}

const rounding = (value: number | undefined): number | undefined => (value === undefined ? undefined : round(value, 2));

const withLimits = ({ values }: Unit, { chargeCurrentLimit, dischargeCurrentLimit }: PackLimits): Unit['values'] => ({
  ...values,
  chargeCurrentLimit,
  dischargeCurrentLimit,
});
