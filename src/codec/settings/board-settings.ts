import { BmsError } from '../../battery/errors';
import { rounded } from '../kit/parameters';
import type { SettingKey, SettingValue, SettingValues } from '../../battery/settings/vocabulary';
import type { Parameter, SettingsAccess, SettingsImage } from '../parameter';
import type { Target } from '../protocol';

/** The settings of a board as they were read. */
export interface BoardSettings {
  readonly access: SettingsAccess;
  readonly target: Target;
  readonly image: SettingsImage;
}

/** The parameters of a board by their keys, in the order of its sheet. */
export function parametersByKey({ access, target, image }: BoardSettings): Map<SettingKey, Parameter> {
  return new Map(access.parameters(target, image).map((parameter) => [parameter.key, parameter]));
}

/** What the board says of each parameter; absent where it says nothing. */
export function valuesIn(image: SettingsImage, parameters: Iterable<Parameter>): SettingValues {
  const values: SettingValues = {};
  for (const parameter of parameters) {
    const value = parameter.decode(image);
    if (value !== undefined) values[parameter.key] = value;
  }
  return values;
}

/**
 * The image with another value in it.
 * @param wasHeld see `Parameter.encode`
 * @throws BmsError `bad_value`, `unsupported`: see `Parameter.encode`
 */
export function imageWith(
  image: SettingsImage,
  parameter: Parameter,
  value: SettingValue,
  wasHeld = false,
): SettingsImage {
  return new Map(image).set(parameter.block, parameter.encode(value, image, wasHeld));
}

/**
 * The value that the board would hold: the nearest of its steps. Two values are equal for a board when it would hold the same
 * (settings-vocabulary.md 1).
 * @throws BmsError `bad_value`, `unsupported`: see `Parameter.encode`
 */
export function heldValue(parameter: Parameter, value: SettingValue, image: SettingsImage): SettingValue | undefined {
  return sameSetting(parameter.decode(image), value) ? value : parameter.decode(imageWith(image, parameter, value));
}

/** The same; a value that the board cannot hold stays as it is. */
export function heldOrAsked(parameter: Parameter, asked: SettingValue, image: SettingsImage): SettingValue {
  try {
    return heldValue(parameter, asked, image) ?? asked;
  } catch (thrown) {
    if (thrown instanceof BmsError && thrown.code !== 'internal') return asked;
    throw thrown;
  }
}

/** Whether the board holds a value already, in its steps. */
export function isHeld(parameter: Parameter, value: SettingValue, image: SettingsImage): boolean {
  return sameSetting(parameter.decode(image), heldOrAsked(parameter, value, image));
}

/** Whether two values are the same; lists by their entries. */
export function sameSetting(one: SettingValue | undefined, other: SettingValue | undefined): boolean {
  if (one === other) return true;
  if (typeof one === 'number' && typeof other === 'number') return rounded(one) === rounded(other);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  return one.length === other.length && one.every((entry, i) => entry === other[i]);
}
