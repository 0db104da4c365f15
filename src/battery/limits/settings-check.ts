import { BmsError } from '../errors';
import { say, type Sentence } from '../sentence';
import { interpolate, type LimitCurve } from './curves';
import { controlledVoltage, highestVoltage, type LimitsSettings } from './settings';
import { isAtLeast, isAtMost } from './tolerance';

/** A figure with the names of the settings that it comes from. */
type Figure = readonly [name: string, value: number];

/** What must hold between two figures: the first is below the second, or no more than it. */
interface OrderRule {
  readonly lower: Figure;
  readonly upper: Figure;
  readonly orEqual: boolean;
}

/** The settings that are curves. */
export const LIMIT_CURVES = [
  ...(['chargeByCell', 'dischargeByCell', 'chargeByTemperature', 'dischargeByTemperature'] as const),
  ...(['chargeByMos', 'dischargeByMos', 'chargeBySoc', 'dischargeBySoc'] as const),
];

/**
 * Whether limits may be given out by some settings (charge-limits.md 2).
 * @throws BmsError `bad_value` that names the two figures which contradict each other
 */
export function checkLimitsSettings(settings: LimitsSettings): void {
  const problem = curveProblem(settings) ?? orderProblem(settings) ?? fractionProblem(settings);
  if (problem !== undefined) throw new BmsError('bad_value', problem);
}

function orderRules(settings: LimitsSettings): OrderRule[] {
  const { absorptionVoltage, floatVoltage, rebulkVoltage, restVoltage, undervoltage, protectionMargin } = settings;
  const most: Figure = ['overvoltage - protectionMargin', highestVoltage(settings)];
  return [
    rule(['rebulkVoltage', rebulkVoltage], ['floatVoltage', floatVoltage], false),
    rule(['floatVoltage', floatVoltage], ['absorptionVoltage', absorptionVoltage], true),
    rule(['absorptionVoltage + cellMargin', controlledVoltage(settings)], most, true),
    rule(['chargeByCell', settings.chargeByCell.at(-1)?.[0] ?? NaN], most, true),
    rule(['restVoltage', restVoltage], ['rebulkVoltage', rebulkVoltage], false),
    rule(
      ['undervoltage + 2 * protectionMargin', undervoltage + 2 * protectionMargin],
      ['dischargeByCell', settings.dischargeByCell[0]?.[0] ?? NaN],
      true,
    ),
    rule(['coldBlock', settings.coldBlock], ['chargeByTemperature', settings.chargeByTemperature[0]?.[0] ?? NaN], true),
  ];
}

function rule(lower: Figure, upper: Figure, orEqual: boolean): OrderRule {
  return { lower, upper, orEqual };
}

function orderProblem(settings: LimitsSettings): Sentence | undefined {
  const broken = orderRules(settings).find(({ lower: [, lower], upper: [, upper], orEqual }) =>
    orEqual ? !isAtMost(lower, upper) : !(lower < upper) || isAtLeast(lower, upper),
  );
  if (broken === undefined) return undefined;
  const [lowerName, lower] = broken.lower;
  const [upperName, upper] = broken.upper;
  const [shownLower, shownUpper] = [shown(lower), shown(upper)];
  return broken.orEqual
    ? say`${lowerName} is ${shownLower}; it must not be above ${upperName}, which is ${shownUpper}.`
    : say`${lowerName} is ${shownLower}; it must be below ${upperName}, which is ${shownUpper}.`;
}

function curveProblem(settings: LimitsSettings): Sentence | undefined {
  for (const name of LIMIT_CURVES) {
    const curve = settings[name];
    const isRising = curve.every(([x], i) => Number.isFinite(x) && (i === 0 || x > (curve[i - 1]?.[0] ?? NaN)));
    if (!isRising) return say`The points of ${name} must rise: ${xOf(curve)}.`;
    const wrong = curve.find(([, fraction]) => !(fraction >= 0 && fraction <= 1));
    if (wrong !== undefined) return say`A fraction of ${name} is ${wrong[1]}; it must be from 0 to 1.`;
  }
  return undefined;
}

function xOf(curve: LimitCurve): string {
  return curve.map(([x]) => shown(x)).join(', ');
}

/** Charging must end at the top and in the cold, and go on up to the absorption voltage. */
function fractionProblem(settings: LimitsSettings): Sentence | undefined {
  const { chargeByCell, chargeByTemperature, absorptionVoltage, curveShape } = settings;
  const ends = [
    ['chargeByCell', chargeByCell.at(-1)],
    ['chargeByTemperature', chargeByTemperature[0]],
  ] as const;
  for (const [name, point] of ends) {
    if (point?.[1] !== 0) return say`${name} must be 0 at ${shown(point?.[0] ?? NaN)}; it is ${point?.[1] ?? NaN}.`;
  }
  if (interpolate(chargeByCell, curveShape, absorptionVoltage) > 0) return undefined;
  return say`chargeByCell is 0 at absorptionVoltage, ${shown(absorptionVoltage)}; it must be above 0, or absorption is never reached.`;
}

/** A figure without the noise of binary fractions. */
function shown(value: number): number {
  return Number(value.toFixed(6));
}
