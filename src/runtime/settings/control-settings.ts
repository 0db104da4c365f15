import { actionValue } from '../../battery/action';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { choiceProperty, numberProperty, textProperty, type Config } from './properties';

/** What a bms-control node does by itself when no message comes any more. */
export interface DeadMan {
  afterMs: number;
  value: boolean;
}

export interface ControlSettings {
  /** '' = from the message */
  action: string;
  topic: string;
  value: string;
  valueType: ValueType;
  minIntervalMs: number | undefined;
  maxAgeMs: number | undefined;
  deadMan: DeadMan | undefined;
  /** whether the last confirmed state comes back when the device does */
  restore: boolean;
}

export const VALUE_TYPES = ['msg', 'bool', 'num', 'str', 'flow', 'global', 'env', 'jsonata'] as const;

export type ValueType = (typeof VALUE_TYPES)[number];

/** The actions that have a safe state to fall back to. */
export const SWITCHES: readonly string[] = ['charge', 'discharge', 'balancing', 'heating'];

const LONGEST_S = 86_400;

/** The properties of a bms-control, checked. @throws BmsError `bad_value` */
export function controlSettings(config: Config): ControlSettings {
  const action = textProperty(config, 'action');
  const restore = config['restore'] === true;
  const deadMan = deadManOf(config);
  if ((restore || deadMan !== undefined) && !SWITCHES.includes(action)) {
    throw new BmsError(
      'bad_value',
      say`The dead-man switch and restoring need a fixed action that switches: choose one of ${SWITCHES.join(', ')}, or turn them off.`,
    );
  }
  return {
    action,
    topic: textProperty(config, 'topic'),
    value: config['value'] === undefined ? 'payload' : textProperty(config, 'value'),
    valueType: choiceProperty(config, 'valueType', VALUE_TYPES, 'msg'),
    minIntervalMs: seconds(config, 'minInterval'),
    maxAgeMs: seconds(config, 'maxAge'),
    deadMan,
    restore,
  };
}

/** @returns ms; undefined for none */
function seconds(config: Config, key: string): number | undefined {
  const value = numberProperty(config, key, { fallback: undefined, min: 0, max: LONGEST_S });
  return value === undefined || value === 0 ? undefined : value * 1000;
}

function deadManOf(config: Config): DeadMan | undefined {
  const afterMs = seconds(config, 'deadMan');
  if (afterMs === undefined) return undefined;
  const value = actionValue(say`the safe state`, { kind: 'switch' }, textProperty(config, 'safeValue') || 'off');
  return { afterMs, value: value === true };
}
