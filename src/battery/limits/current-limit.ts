import { interpolate, type LimitCurve } from './curves';
import type { Inputs } from './inputs';
import type { LimitReason, OwnLimit } from './reasons';
import type { LimitsSettings } from './settings';

/** The two currents that are limited. */
export type Direction = 'charge' | 'discharge';

/** A current limit before hold and ramp. */
export interface RawLimit {
  /** A; absent where no maximum is set */
  readonly raw?: number;
  /** nothing may flow, whatever the maximum */
  readonly isZero: boolean;
  /** what each reason allows by itself, A; fractions where no maximum is set */
  readonly limits: readonly OwnLimit[];
}

/** What a reason leaves of the maximum. */
interface Restriction {
  readonly reason: LimitReason;
  readonly fraction: number;
}

export function maximumOf(settings: LimitsSettings, direction: Direction): number | undefined {
  return direction === 'charge' ? settings.maxChargeCurrent : settings.maxDischargeCurrent;
}

/**
 * The least of what curves, blocks and the board allow: two reasons do not add up (charge-limits.md 4).
 * @param blocks what blocks this direction
 */
export function rawLimit(
  settings: LimitsSettings,
  direction: Direction,
  inputs: Inputs,
  blocks: readonly LimitReason[],
): RawLimit {
  const maximum = maximumOf(settings, direction);
  const board = direction === 'charge' ? inputs.board.chargeCurrent : inputs.board.dischargeCurrent;
  const restrictions = [
    ...blocks.map((reason) => ({ reason, fraction: 0 })),
    ...curveRestrictions(settings, direction, inputs),
  ];
  const fraction = Math.min(1, ...restrictions.map((each) => each.fraction));
  const limits = restrictions.map((each) => ({ reason: each.reason, limit: each.fraction * (maximum ?? 1) }));
  const isZero = fraction <= 0 || (board !== undefined && board <= 0);
  if (maximum === undefined) return { isZero, limits };
  const base = Math.min(maximum, Math.max(0, board ?? maximum));
  return { raw: base * fraction, isZero, limits: [...limits, { reason: 'board', limit: base }] };
}

/** What the curves leave: by temperature, what the coldest and the hottest sensor both allow. */
function curveRestrictions(settings: LimitsSettings, direction: Direction, inputs: Inputs): Restriction[] {
  const cell = direction === 'charge' ? inputs.highest : inputs.lowest;
  const rows: readonly (readonly [LimitReason, LimitCurve, readonly (number | undefined)[]])[] = [
    ['cell_voltage', settings[`${direction}ByCell`], [cell]],
    ['temperature', settings[`${direction}ByTemperature`], [inputs.coldest, inputs.hottest]],
    ['mos_temperature', settings[`${direction}ByMos`], [inputs.mos]],
    ['soc', settings[`${direction}BySoc`], [inputs.soc]],
  ];
  return rows.map(([reason, curve, values]) => {
    const known = values.filter((value) => value !== undefined);
    return { reason, fraction: Math.min(1, ...known.map((x) => interpolate(curve, settings.curveShape, x))) };
  });
}
