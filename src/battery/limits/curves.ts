import { isAtLeast, isAtMost } from './tolerance';

/** Points (x, fraction), rising in x. Without a point, nothing is limited. */
export type LimitCurve = readonly (readonly [x: number, fraction: number])[];

/** How a curve runs between its points: straight, or at the smaller of both. */
export const CURVE_SHAPES = ['linear', 'step'] as const;

/** See `CURVE_SHAPES`. */
export type CurveShape = (typeof CURVE_SHAPES)[number];

/**
 * The fraction at `x` (charge-limits.md 4). Left of the first point and right of the last one, that of the point. Where the curve
 * is a step, a point itself has its own fraction. Neither shape is ever above the straight line.
 */
export function interpolate(curve: LimitCurve, shape: CurveShape, x: number): number {
  let before: LimitCurve[number] | undefined;
  for (const point of curve) {
    if (isAtLeast(point[0], x)) {
      if (before === undefined || isAtMost(point[0], x)) return point[1];
      return shape === 'step' ? Math.min(before[1], point[1]) : straight(before, point, x);
    }
    before = point;
  }
  return before === undefined ? 1 : before[1];
}

function straight([x0, y0]: LimitCurve[number], [x1, y1]: LimitCurve[number], x: number): number {
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
