import { say, type Sentence } from '../../battery/sentence';
import { orderOfWrites, type BrokenRule, type SettingChange } from '../../battery/settings/order';
import { settingInfo, type SettingKey, type SettingValue, type SettingValues } from '../../battery/settings/vocabulary';
import type { RegisterWrite, SettingsImage } from '../parameter';
import { parametersByKey, sameSetting, valuesIn, type BoardSettings } from './board-settings';
import { compareSettings } from './compare';
import {
  fulfilled,
  heldBefore,
  sortWanted,
  type RefusedSetting,
  type WritableSetting,
  type PlanInput,
} from './writable';

/** A setting that will be written. */
export interface PlannedChange {
  readonly key: SettingKey;
  readonly from: SettingValue;
  /** what the board will hold */
  readonly to: SettingValue;
  /** what was asked for is no multiple of the step of the board */
  readonly rounded?: true;
}

/** What would be written, before anything is. */
export interface SettingsPlan {
  /**
   * In the order in which it is written. What the board holds already is not in it; what changes along with a setting, since
   * both stand in one number, is.
   */
  readonly plan: readonly PlannedChange[];
  /** nothing may be written unless this is empty */
  readonly refused: readonly RefusedSetting[];
  /** what the user should know, and stops nothing */
  readonly notes: readonly Sentence[];
  /** why the settings are probably not meant for this board: nothing may be written without consent to it */
  readonly stop?: Sentence;
  /** empty where anything is refused */
  readonly writes: readonly RegisterWrite[];
}

/**
 * Plans how settings are written to a board (settings-vocabulary.md 2.2): what changes, in which order, and what is refused.
 * Where anything is, nothing is written at all.
 */
export function planSettings(input: PlanInput): SettingsPlan {
  const { board, wanted, permission } = input;
  const { stop } = compareSettings(board, wanted, permission);
  const { writable, refused, notes } = sortWanted(input);
  const { image, refused: impossible } = fulfilled(board.image, writable);
  const { changes, present } = changesTo(image, board, writable);
  const { writes, broken, alreadyBroken } = orderOfWrites(
    changes,
    present,
    board.access.rules(board.target, board.image),
  );
  const wasBroken = brokenBefore(input);
  const ordered = writes ?? [changes];
  const all = [
    ...refused,
    ...impossible,
    ...broken.filter((each) => !wasBroken(each)).flatMap((each) => refusedByRule(each, changes)),
    ...(writes === undefined ? changes.map(refusedByOrder) : []),
  ];
  return {
    plan: ordered.flat().map((change) => planned(change, writable)),
    refused: all,
    notes: [...notes, ...alreadyBroken.map(noteOf), ...broken.filter(wasBroken).map(noteOfBefore)],
    ...(stop && { stop }),
    writes: all.length > 0 ? [] : registerWrites(board.image, ordered, writable),
  };
}

/** Whether the board itself held both sides of a rule so when a document was taken of it: that may be put back. */
function brokenBefore(input: PlanInput): (broken: BrokenRule) => boolean {
  const parameters = parametersByKey(input.board);
  const held = heldBefore(input);
  return ({ rule, upper, lower }) =>
    sameSetting(parameters.get(rule.upper)?.decode(held), upper) &&
    sameSetting(parameters.get(rule.lower)?.decode(held), lower);
}

/** What changes from the image of a board to another one, in the registers that are written. */
function changesTo(
  image: SettingsImage,
  board: BoardSettings,
  writable: readonly WritableSetting[],
): { changes: SettingChange[]; present: SettingValues } {
  const parameters = board.access.parameters(board.target, board.image);
  const registers = new Set(writable.map(({ parameter }) => parameter.register));
  const [present, then] = [valuesIn(board.image, parameters), valuesIn(image, parameters)];
  const changes = parameters.flatMap(({ key, register }): SettingChange[] => {
    const [from, to] = [present[key], then[key]];
    if (to === undefined || sameSetting(from, to) || !registers.has(register)) return [];
    return [{ key, register, from, to }];
  });
  return { changes, present };
}

function planned({ key, from = null, to }: SettingChange, writable: readonly WritableSetting[]): PlannedChange {
  const setting = writable.find(({ parameter }) => parameter.key === key);
  return { key, from, to, ...(setting && !sameSetting(setting.value, to) && { rounded: true }) };
}

/** The writes in their order, each with the image of the board once it is done. */
function registerWrites(
  image: SettingsImage,
  order: readonly (readonly SettingChange[])[],
  writable: readonly WritableSetting[],
): RegisterWrite[] {
  let now = image;
  return order.flatMap((changes): RegisterWrite[] => {
    const [first] = changes;
    const inRegister = writable.filter(({ parameter }) => parameter.register === first?.register);
    if (first === undefined || inRegister.length === 0) return [];
    now = fulfilled(now, inRegister).image;
    const parameters = inRegister
      .map(({ parameter }) => parameter)
      .filter(({ key }) => changes.some((change) => change.key === key));
    return [{ register: first.register, parameters, image: now }];
  });
}

function refusedByRule(broken: BrokenRule, changes: readonly SettingChange[]): RefusedSetting[] {
  const { upper, lower } = broken.rule;
  const reason = say`${ruleSentence(broken)} Nothing was written.`;
  return changes
    .filter(({ key }) => key === upper || key === lower)
    .map(({ key }) => ({ key, code: 'bad_value', reason }));
}

function refusedByOrder({ key }: SettingChange): RefusedSetting {
  const reason = say`In no order can ${key} and the other settings be written that keeps their limits apart at every moment. Write them one after the other. Nothing was written.`;
  return { key, code: 'bad_value', reason };
}

function noteOf(broken: BrokenRule): Sentence {
  return say`${ruleSentence(broken)} The board holds it so; it is left as it is.`;
}

function noteOfBefore(broken: BrokenRule): Sentence {
  return say`${ruleSentence(broken)} The board held it so when the document was taken; it is put back.`;
}

function ruleSentence({ rule: { upper, lower, orEqual }, upper: above, lower: below }: BrokenRule): Sentence {
  const { unit } = settingInfo(upper);
  return orEqual
    ? say`${upper} (${above} ${unit}) must not be below ${lower} (${below} ${unit}).`
    : say`${upper} (${above} ${unit}) must be above ${lower} (${below} ${unit}).`;
}
