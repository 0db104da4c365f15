import { holds } from '../../battery/settings/order';
import type { OrderingRule } from '../../battery/settings/ordering-rule';
import { settingInfo, type SettingKey, type SettingValue } from '../../battery/settings/vocabulary';
import type { Parameter, RegisterWrite, SettingsImage } from '../../codec/parameter';
import { isHeld, parametersByKey, type BoardSettings } from '../../codec/settings/board-settings';
import { fulfilled } from '../../codec/settings/writable';

/** One register, and what its settings shall hold. */
export interface RegisterGoal {
  readonly register: string;
  /** what changes */
  readonly keys: readonly SettingKey[];
  /** all that stands in it and is no state: a setting that stays may depend on one that changes */
  readonly settings: readonly { readonly parameter: Parameter; readonly value: SettingValue }[];
  /** the board as it held this: what it held may be put back even where nobody may ask for it, such as a value out of range */
  readonly held?: SettingsImage;
}

/** What a register shall hold after a write. @param board whose parameters they are */
export function goalOf({ register, parameters, image }: RegisterWrite, board: BoardSettings): RegisterGoal {
  const settings = board.access
    .parameters(board.target, board.image)
    .filter((parameter) => parameter.register === register && settingInfo(parameter.key).class !== 'V')
    .flatMap((parameter) => settingIn(parameter, image));
  return { register, keys: parameters.map(({ key }) => key), settings };
}

/** The same register as the board held it. */
export function goalIn({ register, keys, settings }: RegisterGoal, held: SettingsImage): RegisterGoal {
  return { register, keys, settings: settings.flatMap(({ parameter }) => settingIn(parameter, held)), held };
}

function settingIn(parameter: Parameter, image: SettingsImage): RegisterGoal['settings'] {
  const value = parameter.decode(image);
  return value === undefined ? [] : [{ parameter, value }];
}

/** The blocks in which the settings of some registers stand. */
export function blockIdsOf(goals: readonly RegisterGoal[]): Set<string> {
  return new Set(goals.flatMap(({ settings }) => settings.map(({ parameter }) => parameter.block)));
}

/** The write that reaches a goal. @param image the board as it is: all else in the register stays so */
export function writeOf(goal: RegisterGoal, image: SettingsImage): RegisterWrite {
  const { register, keys, settings, held } = goal;
  const parameters = settings.map(({ parameter }) => parameter).filter(({ key }) => keys.includes(key));
  const { image: wanted, refused } = fulfilled(image, settings);
  return { register, parameters, image: refused.length > 0 && held !== undefined ? asHeld(goal, image, held) : wanted };
}

/** The image with the blocks of a goal as they were. */
function asHeld(goal: RegisterGoal, image: SettingsImage, held: SettingsImage): SettingsImage {
  const former = [...blockIdsOf([goal])].flatMap((id) => {
    const data = held.get(id);
    return data === undefined ? [] : [[id, data] as const];
  });
  return new Map([...image, ...former]);
}

/** Whether the board holds a goal, in its steps. */
export function isReached({ settings }: RegisterGoal, image: SettingsImage): boolean {
  return settings.every(({ parameter, value }) => image.has(parameter.block) && isHeld(parameter, value, image));
}

/** Whether a write breaks a rule between settings that holds now. @param board before it */
export function breaksRule({ parameters, image: after }: RegisterWrite, board: BoardSettings): boolean {
  const { access, target, image: before } = board;
  const written = new Set(parameters.map(({ key }) => key));
  const byKey = parametersByKey(board);
  const isKept = (rule: OrderingRule, image: SettingsImage): boolean =>
    holds(rule, byKey.get(rule.upper)?.decode(image), byKey.get(rule.lower)?.decode(image));
  return access
    .rules(target, before)
    .filter(({ upper, lower }) => written.has(upper) || written.has(lower))
    .some((rule) => isKept(rule, before) && !isKept(rule, after));
}
