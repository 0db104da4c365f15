import { BmsError, toBmsError } from '../../battery/errors';
import { shownValue } from '../../battery/quoted';
import { say, type Sentence } from '../../battery/sentence';

/**
 * Properties as a flow file holds them: from the editor, from an older release, or, where an environment variable
 * stands in, as text. Each function gives a value of the right type or throws `bad_value`; a property that is
 * missing or blank takes its default.
 */

/** A flow file's node configuration. */
export type Config = Readonly<Record<string, unknown>>;

export interface NumberRange<D> {
  /** for a missing or blank property */
  fallback: D;
  min: number;
  max: number;
  integer?: boolean;
}

/** What a node makes of its properties, or what is wrong with them: a node that is not set up as meant does nothing. */
export function settingsOr<S>(settings: () => S): S | BmsError {
  try {
    return settings();
  } catch (thrown) {
    return toBmsError(thrown);
  }
}

/** A number within a range. @throws BmsError `bad_value` */
export function numberProperty<D>(config: Config, key: string, range: NumberRange<D>): number | D {
  const value = config[key];
  if (isBlank(value)) return range.fallback;
  const parsed = typeof value === 'string' ? Number(value) : value;
  const { min, max, integer = false } = range;
  if (typeof parsed !== 'number' || !(parsed >= min && parsed <= max) || (integer && !Number.isInteger(parsed))) {
    throw badValue(
      key,
      value,
      integer ? say`a whole number from ${min} to ${max}` : say`a number from ${min} to ${max}`,
    );
  }
  return parsed;
}

/** One of several words. @throws BmsError `bad_value` */
export function choiceProperty<C extends string>(config: Config, key: string, choices: readonly C[], fallback: C): C {
  const value = config[key];
  if (isBlank(value)) return fallback;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw badValue(key, value, say`one of ${choices.join(', ')}`);
  return found;
}

/** Yes or no. @throws BmsError `bad_value` */
export function booleanProperty(config: Config, key: string, fallback: boolean): boolean {
  const value = config[key];
  if (isBlank(value)) return fallback;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw badValue(key, value, say`true or false`);
}

/** Text, trimmed; '' when missing. */
export function textProperty(config: Config, key: string): string {
  const value = config[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** The same for what a node cannot work without. @throws BmsError `bad_value` where an environment variable is not set */
export function settledText(config: Config, key: string): string {
  const text = textProperty(config, key);
  if (variableIn(text) !== undefined) throw badValue(key, text, say`set`);
  return text;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** The name of the environment variable that a property consists of: Node-RED leaves one that is not set as it stands. */
export function variableIn(value: string): string | undefined {
  return /^\$\{([^}]+)\}$/.exec(value)?.[1];
}

/** The error for a property that is not what it must be. */
export function badValue(key: string, value: unknown, wanted: Sentence): BmsError {
  const variable = typeof value === 'string' ? variableIn(value) : undefined;
  if (variable !== undefined) {
    return new BmsError(
      'bad_value',
      say`The property ${key} is the environment variable ${variable}, which is not set.`,
    );
  }
  const shown = value === undefined ? say`missing` : shownValue(value);
  return new BmsError('bad_value', say`The property ${key} is ${shown}; it must be ${wanted}.`);
}
