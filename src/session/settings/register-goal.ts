import { holds } from '../../battery/settings/order';
import type { OrderingRule } from '../../battery/settings/ordering-rule';
import { settingInfo, type SettingKey } from '../../battery/settings/vocabulary';
import type { Parameter, RegisterWrite, SettingsImage } from '../../codec/parameter';
import { isHeld, parametersByKey, type BoardSettings } from '../../codec/settings/board-settings';
import { fulfilled, type WritableSetting } from '../../codec/settings/writable';

/** One register, and what its settings shall hold. */
export interface RegisterGoal {
  readonly register: string;
  /** what changes */
  readonly keys: readonly SettingKey[];
  /** all that stands in it and is no state: a setting that stays may depend on one that changes */
  readonly settings: readonly WritableSetting[];
  /** the board as it shall be once all registers are written: what speaks against it was weighed before */
  readonly end: SettingsImage;
}

/** What a register shall hold after a write. @param board whose parameters they are @param end see `RegisterGoal` */
export function goalOf(
  { register, parameters, image }: RegisterWrite,
  board: BoardSettings,
  end: SettingsImage,
): RegisterGoal {
  const settings = board.access
    .parameters(board.target, board.image)
    .filter((parameter) => parameter.register === register && settingInfo(parameter.key).class !== 'V')
    .flatMap((parameter) => settingIn(parameter, image));
  return { register, keys: parameters.map(({ key }) => key), settings, end };
}

/** The same register as the board held it. */
export function goalIn({ register, keys, settings }: RegisterGoal, held: SettingsImage): RegisterGoal {
  return { register, keys, settings: settings.flatMap(({ parameter }) => settingIn(parameter, held)), end: held };
}

function settingIn(parameter: Parameter, image: SettingsImage): RegisterGoal['settings'] {
  const value = parameter.decode(image);
  return value === undefined ? [] : [{ parameter, value, wasHeld: true }];
}

/** The blocks in which the settings of some registers stand. */
export function blockIdsOf(goals: readonly RegisterGoal[]): Set<string> {
  return new Set(goals.flatMap(({ settings }) => settings.map(({ parameter }) => parameter.block)));
}

/** The write that reaches a goal. @param image the board as it is: all else in the register stays so */
export function writeOf(goal: RegisterGoal, image: SettingsImage): RegisterWrite {
  const { register, keys, settings } = goal;
  const parameters = settings.map(({ parameter }) => parameter).filter(({ key }) => keys.includes(key));
  const { image: wanted, refused } = fulfilled(image, settings);
  return { register, parameters, image: refused.length > 0 ? asAtEnd(goal, image) : wanted };
}

/** The image with the blocks of a goal as they shall be, where no values can say it. */
function asAtEnd(goal: RegisterGoal, image: SettingsImage): SettingsImage {
  const blocks = [...blockIdsOf([goal])].flatMap((id) => {
    const data = goal.end.get(id);
    return data === undefined ? [] : [[id, data] as const];
  });
  return new Map([...image, ...blocks]);
}

/** Whether the board holds a goal, in its steps. */
export function isReached({ settings }: RegisterGoal, image: SettingsImage): boolean {
  return settings.every(({ parameter, value }) => image.has(parameter.block) && isHeld(parameter, value, image));
}

/**
 * Whether a write breaks a rule between settings that holds now, and shall hold.
 * @param board before it
 * @param end the board once all is written
 */
export function breaksRule(
  { parameters, image: after }: RegisterWrite,
  board: BoardSettings,
  end: SettingsImage,
): boolean {
  const { access, target, image: before } = board;
  const written = new Set(parameters.map(({ key }) => key));
  const byKey = parametersByKey(board);
  const isKept = (rule: OrderingRule, image: SettingsImage): boolean =>
    holds(rule, byKey.get(rule.upper)?.decode(image), byKey.get(rule.lower)?.decode(image));
  return access
    .rules(target, before)
    .filter(({ upper, lower }) => written.has(upper) || written.has(lower))
    .some((rule) => isKept(rule, before) && isKept(rule, end) && !isKept(rule, after));
}
