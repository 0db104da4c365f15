import { CURVE_SHAPES, type LimitCurve } from '../../battery/limits/curves';
import {
  checkLimitsSettings,
  CHEMISTRY_PRESETS,
  COMMON_PRESET,
  LIMITS_CHEMISTRIES,
  LIMIT_CURVES,
  type LimitsSettings,
} from '../../battery/limits/limits';
import { ON_LOST, WHEN_BLOCKED } from '../../battery/limits/settings';
import { say } from '../../battery/sentence';
import { badValue, booleanProperty, choiceProperty, numberProperty, type Config } from './properties';

/** When limits leave: when they change, or at regular times. */
export const LIMITS_EMITS = ['change', 'interval'] as const;

/** How limits leave (charge-limits.md 14). */
export const LIMITS_FORMATS = ['object', 'values', 'influx', 'victron', 'mqtt-battery', 'pylontech'] as const;

/** See `LIMITS_FORMATS`. */
export type LimitsFormat = (typeof LIMITS_FORMATS)[number];

/** Whether the limits of a bank come from its reading or from those of its packs (bank.md 7). */
export const LIMITS_OF = ['battery', 'packs'] as const;

/** What a bms-limits does. */
export interface LimitsNodeSettings {
  readonly limits: LimitsSettings;
  readonly emit: (typeof LIMITS_EMITS)[number];
  readonly intervalMs: number;
  readonly format: LimitsFormat;
  readonly limitsOf: (typeof LIMITS_OF)[number];
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

type KeysOf<V> = { [K in keyof LimitsSettings]-?: LimitsSettings[K] extends V ? K : never }[keyof LimitsSettings];
/** How old a reading may be to be fresh follows from where it comes from. */
type RequiredNumber = Exclude<KeysOf<number>, 'freshFor'>;
type OptionalNumber = Exclude<KeysOf<number | undefined>, RequiredNumber | 'freshFor'>;

const CELL: Range = { min: 0.5, max: 5 };
const SMALL: Range = { min: 0, max: 1 };
const PERCENT: Range = { min: 0, max: 100 };
const AMPERES: Range = { min: 0.1, max: 5000 };
/** s; a week */
const SECONDS: Range = { min: 0, max: 604_800 };

/** Settings that take the figure of the preset where they are blank. */
export const PRESET_NUMBERS: Readonly<Record<RequiredNumber, Range>> = {
  ...{ absorptionVoltage: CELL, floatVoltage: CELL, rebulkVoltage: CELL, rebulkSoc: PERCENT, restVoltage: CELL },
  ...{ dischargeVoltage: CELL, overvoltage: CELL, undervoltage: CELL, coldBlock: { min: -60, max: 60 } },
  ...{ cellMargin: SMALL, protectionMargin: SMALL, voltageOffset: { min: -5, max: 5 } },
  ...{ absorptionTime: SECONDS, tailCurrent: SMALL, balanceDelta: SMALL, balanceHold: SECONDS },
  ...{ rebulkDays: { min: 0, max: 3650 }, raiseHold: SECONDS, raiseRate: { min: 0.0001, max: 1 } },
  ...{ voltageHold: SECONDS, voltageRamp: { min: 0.000001, max: 1 }, lostAfter: SECONDS, holdFor: SECONDS },
};

/** Settings that are off, or taken from the reading, where they are blank. */
export const OPTIONAL_NUMBERS: Readonly<Record<OptionalNumber, Range>> = {
  ...{ maxChargeCurrent: AMPERES, maxDischargeCurrent: AMPERES },
  ...{ cells: { min: 1, max: 1000, integer: true }, capacity: { min: 0.1, max: 1_000_000 } },
  ...{ chargeToSoc: PERCENT, forceChargeBelow: PERCENT, forceChargeUntil: PERCENT },
};

/** s; less is no rest for a receiver, more is later than any receiver waits */
export const INTERVAL: Range = { min: 1, max: 3600 };
const USUAL_INTERVAL_S = 10;

/** Formats for charger and inverter: a voltage limit without the current limits would let them charge with all they have. */
const NEEDS_MAXIMA: ReadonlySet<LimitsFormat> = new Set(['victron', 'mqtt-battery', 'pylontech']);

/**
 * The properties of a bms-limits, checked.
 * @param freshFor how old a reading of its battery may be to be fresh, s
 * @throws BmsError `bad_value`; an impossible set names the two figures that contradict each other
 */
export function limitsSettings(config: Config, freshFor: number): LimitsNodeSettings {
  const chemistry = choiceProperty(config, 'chemistry', LIMITS_CHEMISTRIES, 'lfp');
  const preset = { ...COMMON_PRESET, ...CHEMISTRY_PRESETS[chemistry] };
  const format = choiceProperty(config, 'format', LIMITS_FORMATS, 'object');
  const limits: LimitsSettings = {
    ...preset,
    ...numbersOf(config, preset),
    ...optionalNumbersOf(config),
    ...curvesOf(config, preset),
    curveShape: choiceProperty(config, 'curveShape', CURVE_SHAPES, preset.curveShape),
    followBoard: booleanProperty(config, 'followBoard', preset.followBoard),
    whenBlocked: choiceProperty(config, 'whenBlocked', WHEN_BLOCKED, preset.whenBlocked),
    onLost: choiceProperty(config, 'onLost', ON_LOST, preset.onLost),
    freshFor,
  };
  if (NEEDS_MAXIMA.has(format)) {
    for (const key of ['maxChargeCurrent', 'maxDischargeCurrent'] as const)
      if (limits[key] === undefined) throw badValue(key, undefined, say`a number, in A`);
  }
  checkLimitsSettings(limits);
  return {
    limits,
    format,
    emit: choiceProperty(config, 'emit', LIMITS_EMITS, 'change'),
    intervalMs: numberProperty(config, 'interval', { fallback: USUAL_INTERVAL_S, ...INTERVAL }) * 1000,
    limitsOf: choiceProperty(config, 'limitsOf', LIMITS_OF, 'battery'),
  };
}

function numbersOf(config: Config, preset: Omit<LimitsSettings, OptionalNumber>): Record<RequiredNumber, number> {
  const entries = Object.entries(PRESET_NUMBERS).map(([key, range]) => {
    const fallback = preset[key as RequiredNumber];
    return [key, numberProperty(config, key, { fallback, ...range })] as const;
  });
  return Object.fromEntries(entries) as Record<RequiredNumber, number>;
}

function optionalNumbersOf(config: Config): Partial<Record<OptionalNumber, number>> {
  const entries = Object.entries(OPTIONAL_NUMBERS).flatMap(([key, range]) => {
    const value = numberProperty(config, key, { fallback: undefined, ...range });
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

type CurveKey = (typeof LIMIT_CURVES)[number];

function curvesOf(config: Config, preset: Pick<LimitsSettings, CurveKey>): Record<CurveKey, LimitCurve> {
  const entries = LIMIT_CURVES.map((key) => [key, curveProperty(config, key, preset[key])] as const);
  return Object.fromEntries(entries) as Record<CurveKey, LimitCurve>;
}

/** Points as a flow file holds them; an empty list takes the preset, as every property that is blank. */
function curveProperty(config: Config, key: CurveKey, fallback: LimitCurve): LimitCurve {
  const value = config[key] ?? '';
  if (value === '') return fallback;
  if (!Array.isArray(value)) throw badValue(key, value, say`a list of points`);
  if (value.length === 0) return fallback;
  return value.map((entry: unknown, i) => {
    const [x, fraction] = Array.isArray(entry) && entry.length === 2 ? entry.map(figureOf) : [];
    if (x === undefined || fraction === undefined)
      throw badValue(`${key}[${i}]`, entry, say`two numbers: where, and from 0 to 1 what is left of the maximum`);
    return [x, fraction] as const;
  });
}

/** A number, also as text; undefined for anything else. */
function figureOf(value: unknown): number | undefined {
  const isText = typeof value === 'string' && value.trim() !== '';
  const figure = isText ? Number(value) : value;
  return typeof figure === 'number' && Number.isFinite(figure) ? figure : undefined;
}
